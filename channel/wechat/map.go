package wechat

import (
	"guitai"
	"guitai/channel"
)

// verdict is what a word of WeChat Pay means for an order.
type verdict struct {
	outcome channel.Outcome
	reason  guitai.Code
}

// refundVerdict is what it means for a refund.
type refundVerdict struct {
	outcome channel.RefundOutcome
	reason  guitai.Code
}

// The tables below are complete: what does not stand in one means that nothing
// is known. Both spellings of a code are taken wherever v2 and v3 differ: the
// provider's own pages mix them.

func declined(why guitai.Code) verdict { return verdict{channel.Declined, why} }

func doubtful(why guitai.Code) verdict { return verdict{channel.Unknown, why} }

// misfit reads codes that mean that our account is not set up rightly, whatever
// was asked.
func misfit(code string) bool {
	switch code {
	case "NOAUTH", "NO_AUTH", "SIGNERROR", "SIGN_ERROR", "APPID_NOT_EXIST", "MCHID_NOT_EXIST", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH":
		return true
	}
	return false
}

// malformed reads codes that mean that the request was not understood.
func malformed(code string) bool {
	switch code {
	case "PARAM_ERROR", "LACK_PARAMS", "XML_FORMAT_ERROR", "POST_DATA_EMPTY", "REQUIRE_POST_METHOD", "NOT_UTF8", "INVALID_REQUEST":
		return true
	}
	return false
}

// busy reads codes that mean that we called too often.
func busy(code string) bool { return code == "FREQUENCY_LIMITED" || code == "RATELIMIT_EXCEEDED" }

// chargeVerdict reads the err_code of micropay
// (wiki/doc/api/micropay.php?chapter=9_10, 错误码).
func chargeVerdict(code string) verdict {
	switch code {
	case "USERPAYING", "USER_PAYING":
		return verdict{outcome: channel.Waiting}
	case "SYSTEMERROR", "SYSTEM_ERROR", "BANKERROR", "BANK_ERROR":
		return doubtful(guitai.CodeOutcomeUnknown)
	case "ORDERPAID", "ORDER_PAID", "OUT_TRADE_NO_USED", "BUYER_MISMATCH":
		// The number has an order already: paid, sent before, or waiting for
		// another payer. We send each number once, so this is our own message
		// come twice, and the first one may have taken the money.
		return doubtful(guitai.CodeOutcomeUnknown)
	case "AUTHCODEEXPIRE", "AUTH_CODE_EXPIRE":
		return declined(guitai.CodeCodeExpired)
	case "AUTH_CODE_ERROR":
		return declined(guitai.CodeCodeUsed)
	case "AUTH_CODE_INVALID":
		return declined(guitai.CodeCodeRefused)
	case "NOTENOUGH", "NOT_ENOUGH":
		return declined(guitai.CodeBalanceLow)
	case "RULE_LIMIT", "RULELIMIT":
		return declined(guitai.CodeLimitReached)
	case "ACCOUNT_ERROR", "ACCOUNTERROR", "USER_ACCOUNT_ABNORMAL":
		return declined(guitai.CodePayerBlocked)
	case "NOTSUPORTCARD", "TRADE_ERROR":
		return declined(guitai.CodeWalletRefused)
	case "ORDERCLOSED", "ORDER_CLOSED", "ORDERREVERSED", "ORDER_REVERSED":
		return declined(guitai.CodeOrderRefused)
	}
	return either(code, declined)
}

// either reads what may come of any call that asks for something: our account
// or our message is at fault, and nothing was done.
func either(code string, means func(guitai.Code) verdict) verdict {
	switch {
	case misfit(code):
		return means(guitai.CodeAccountTrouble)
	case malformed(code):
		return means(guitai.CodeOrderRefused)
	}
	return doubtful(guitai.CodeOutcomeUnknown)
}

// nativeVerdict reads the code of a refused POST /v3/pay/transactions/native.
func nativeVerdict(code string) verdict {
	switch code {
	case "ORDER_PAID", "ORDERPAID", "OUT_TRADE_NO_USED":
		return doubtful(guitai.CodeOutcomeUnknown) // the number has an order, which may be paid
	case "ORDER_CLOSED", "ORDERCLOSED":
		return declined(guitai.CodeOrderRefused)
	case "RULE_LIMIT", "RULELIMIT":
		return declined(guitai.CodeLimitReached)
	case "NOT_ENOUGH", "NOTENOUGH":
		return declined(guitai.CodeBalanceLow)
	case "ACCOUNT_ERROR", "ACCOUNTERROR":
		return declined(guitai.CodeAccountTrouble)
	case "TRADE_ERROR":
		return declined(guitai.CodeWalletRefused)
	}
	if busy(code) {
		return declined(guitai.CodeWalletBusy) // there is no code that anybody could pay
	}
	return either(code, declined)
}

// queryVerdict reads the code of a refused query, v2 or v3. Only one of them
// says something about the order.
func queryVerdict(code string) verdict {
	switch code {
	case "ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS":
		return verdict{outcome: channel.NotFound}
	}
	if busy(code) {
		return doubtful(guitai.CodeWalletBusy)
	}
	return either(code, doubtful)
}

// stateVerdict reads trade_state, v2 or v3
// (doc/v3/merchant/4012791880; wiki/doc/api/micropay.php?chapter=9_02).
func stateVerdict(state string) verdict {
	switch state {
	case "SUCCESS", "REFUND": // REFUND: paid, and at least one refund was asked for
		return verdict{outcome: channel.Paid}
	case "NOTPAY", "USERPAYING", "ACCEPT":
		return verdict{outcome: channel.Waiting}
	case "CLOSED", "REVOKED":
		return verdict{outcome: channel.Closed}
	case "PAYERROR":
		return declined(guitai.CodeWalletRefused)
	}
	return doubtful(guitai.CodeOutcomeUnknown)
}

// closeVerdict reads the code of a refused close.
func closeVerdict(code string) verdict {
	switch code {
	case "ORDER_PAID", "ORDERPAID":
		return verdict{outcome: channel.EndRefused}
	case "ORDER_CLOSED", "ORDERCLOSED":
		return verdict{outcome: channel.Closed}
	case "ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS":
		return verdict{outcome: channel.NotFound}
	}
	if busy(code) {
		return doubtful(guitai.CodeWalletBusy)
	}
	return either(code, doubtful)
}

// reverseVerdict reads the err_code of reverse
// (wiki/doc/api/micropay.php?chapter=9_11, 错误码).
func reverseVerdict(code string) verdict {
	switch code {
	case "ORDERREVERSED", "ORDER_REVERSED", "ORDERCLOSED", "ORDER_CLOSED":
		return verdict{outcome: channel.Closed}
	case "ORDERNOTEXIST", "ORDER_NOT_EXIST":
		return verdict{outcome: channel.NotFound}
	case "REVERSE_EXPIRE", "TRADE_STATE_ERROR":
		return verdict{outcome: channel.EndRefused}
	case "USER_ACCOUNT_ABNORMAL": // the money cannot go back this way
		return verdict{channel.EndRefused, guitai.CodePayerAccountGone}
	}
	if busy(code) {
		return doubtful(guitai.CodeWalletBusy)
	}
	return either(code, doubtful)
}

// refundStateVerdict reads a refund's status
// (doc/v3/merchant/4012791883).
func refundStateVerdict(state string) refundVerdict {
	switch state {
	case "SUCCESS":
		return refundVerdict{outcome: channel.RefundDone}
	case "PROCESSING":
		return refundVerdict{outcome: channel.RefundPending}
	case "ABNORMAL":
		return refundVerdict{channel.RefundStuck, guitai.CodePayerAccountGone}
	case "CLOSED":
		return refundVerdict{channel.RefundDeclined, guitai.CodeWalletRefused}
	}
	return refundVerdict{channel.RefundUnknown, guitai.CodeOutcomeUnknown}
}

// refundVerdictOf reads the code of a refused refund. Who called too often has
// not refunded anything, but the same number can be sent again: unknown, so that
// it is asked about and then is.
func refundVerdictOf(code string) refundVerdict {
	no := func(why guitai.Code) refundVerdict { return refundVerdict{channel.RefundDeclined, why} }
	switch code {
	case "NOT_ENOUGH", "NOTENOUGH":
		return no(guitai.CodeMerchantFundsLow)
	case "USER_ACCOUNT_ABNORMAL", "ACCOUNT_ERROR", "ACCOUNTERROR":
		return no(guitai.CodePayerAccountGone)
	case "TRADE_OVERDUE":
		return no(guitai.CodeRefundTooLate)
	case "RULE_LIMIT", "RULELIMIT":
		return no(guitai.CodeLimitReached)
	case "RESOURCE_NOT_EXISTS", "ORDER_NOT_EXIST", "ORDERNOTEXIST", "REFUND_FEE_MISMATCH", "INVALID_TRANSACTIONID",
		"TRADE_STATE_ERROR", "ORDER_CLOSED", "ORDERCLOSED":
		return no(guitai.CodeOrderRefused)
	case "TRADE_ERROR", "ERROR":
		return no(guitai.CodeWalletRefused)
	}
	if busy(code) {
		return refundVerdict{channel.RefundUnknown, guitai.CodeWalletBusy}
	}
	v := either(code, declined)
	if v.outcome == channel.Declined {
		return no(v.reason)
	}
	return refundVerdict{channel.RefundUnknown, v.reason}
}

// askRefundVerdict reads the code of a refused query about a refund.
func askRefundVerdict(code string) refundVerdict {
	switch code {
	case "RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS", "REFUNDNOTEXIST", "ORDER_NOT_EXIST", "ORDERNOTEXIST":
		return refundVerdict{outcome: channel.RefundNotFound}
	}
	if busy(code) {
		return refundVerdict{channel.RefundUnknown, guitai.CodeWalletBusy}
	}
	return refundVerdict{channel.RefundUnknown, either(code, doubtful).reason}
}
