package alipay

import (
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// The gateway's codes [3]. The others are in refusal.
const (
	codeSuccess = "10000"
	codeWaiting = "10003" // alipay.trade.pay only: the payer types the password. It is not success.
	codeFailed  = "40004" // the business failed: sub_code says how
)

// refusal says whether the gateway refused the call before it came to the
// trade, and why. What stands here did nothing; 20000 and everything else that
// is not documented may have done anything.
func refusal(n node) (guitai.Code, bool) {
	if n.Code == "20001" && strings.Contains(n.SubCode, "auth-token") {
		return guitai.CodeAccountTrouble, true
	}
	// isp. and aop. are the platform's own troubles under whatever code.
	if !strings.HasPrefix(n.SubCode, "isv.") {
		return "", false
	}
	switch n.Code {
	case "40001", // parameter missing
		"40002", // parameter invalid: signature, app_id, timestamp…
		"40003", // parameters do not fit together
		"40006": // no permission
		return guitai.CodeAccountTrouble, true
	case "40005": // called too often
		return guitai.CodeWalletBusy, true
	}
	return "", false
}

// unsignedRefusal reports whether the answer is one of those that the gateway
// cannot sign, because it did not learn whose key to sign for. No other answer
// is believed without a signature.
func unsignedRefusal(n node) bool {
	return (n.Code == "40001" || n.Code == "40002") &&
		(strings.HasPrefix(n.SubCode, "isv.missing-") || strings.HasPrefix(n.SubCode, "isv.invalid-"))
}

// orderFailure is the table of sub codes of alipay.trade.pay [4] and precreate
// [5] that say for sure that nothing was taken and nothing will be. Not in it
// on purpose: ACQ.SYSTEM_ERROR, aop.ACQ.SYSTEM_ERROR and isp.unknow-error
// (unknown by their own words) and ACQ.TRADE_HAS_SUCCESS (paid: to be asked
// about).
func orderFailure(sub string) (guitai.Code, bool) {
	switch sub {
	case "ACQ.PAYMENT_AUTH_CODE_INVALID", "SOUNDWAVE_PARSER_FAIL", "ACQ.SOUNDWAVE_PARSER_FAIL":
		return guitai.CodeCodeRefused, true
	case "ACQ.BUYER_BALANCE_NOT_ENOUGH", "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH":
		return guitai.CodeBalanceLow, true
	case "ACQ.PAYMENT_REQUEST_HAS_RISK":
		return guitai.CodeRiskRefused, true
	case "ACQ.TOTAL_FEE_EXCEED", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR",
		"ACQ.BEYOND_PAY_RESTRICTION", "ACQ.BEYOND_PER_RECEIPT_RESTRICTION":
		return guitai.CodeLimitReached, true
	case "ACQ.BUYER_ENABLE_STATUS_FORBID", "ACQ.ERROR_BALANCE_PAYMENT_DISABLE", "ACQ.MOBILE_PAYMENT_SWITCH_OFF",
		"ACQ.USER_FACE_PAYMENT_SWITCH_OFF":
		return guitai.CodePayerBlocked, true
	case "ACQ.PAYMENT_FAIL", "ACQ.PULL_MOBILE_CASHIER_FAIL", "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE":
		return guitai.CodeWalletRefused, true
	case "ACQ.INVALID_PARAMETER", "ACQ.EXIST_FORBIDDEN_WORD", "ACQ.CONTEXT_INCONSISTENT", "ACQ.TRADE_HAS_CLOSE",
		"ACQ.BUYER_SELLER_EQUAL", "ACQ.TRADE_BUYER_NOT_MATCH":
		return guitai.CodeOrderRefused, true
	case "ACQ.ACCESS_FORBIDDEN", "ACQ.PARTNER_ERROR", "ACQ.SELLER_BEEN_BLOCKED", "ACQ.INVALID_STORE_ID":
		return guitai.CodeAccountTrouble, true
	}
	return "", false
}

// endRefusal is the table of sub codes of alipay.trade.cancel [7] that say that
// the order will not be reversed any more: only asking is left. The seller's
// empty purse is not among them: it fills again, and so does the reversal's hope.
func endRefusal(sub string) bool {
	switch sub {
	case "ACQ.CANCEL_NOT_ALLOWED", "ACQ.TRADE_CANCEL_TIME_OUT", "ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_STATUS_ERROR",
		"ACQ.REASON_TRADE_BEEN_FREEZEN", "ACQ.REASON_TRADE_REFUND_FEE_ERR": // the last: a part was refunded before
		return true
	}
	return false
}

// refundFailure is the table of sub codes of alipay.trade.refund [8] that say
// for sure that this refund gave nothing back. Not in it on purpose:
// ACQ.SYSTEM_ERROR and its like, and ACQ.DISCORDANT_REPEAT_REQUEST (there is a
// refund under this number, but another one: to be asked about).
func refundFailure(sub string) (guitai.Code, bool) {
	switch sub {
	case "ACQ.SELLER_BALANCE_NOT_ENOUGH":
		return guitai.CodeMerchantFundsLow, true
	case "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "ACQ.REASON_TRADE_REFUND_FEE_ERR", "ACQ.REFUND_FEE_ERROR":
		return guitai.CodeRefundExceeds, true
	case "ACQ.TRADE_HAS_FINISHED":
		return guitai.CodeRefundTooLate, true
	case "ACQ.BUYER_ENABLE_STATUS_FORBID", "ACQ.BUYER_ERROR", "ACQ.BUYER_NOT_EXIST":
		return guitai.CodePayerAccountGone, true
	case "ACQ.INVALID_PARAMETER", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_STATUS_ERROR", "ACQ.TRADE_NOT_ALLOW_REFUND":
		return guitai.CodeOrderRefused, true
	case "ACQ.REASON_TRADE_BEEN_FREEZEN":
		return guitai.CodeWalletRefused, true
	case "ACQ.ACCESS_FORBIDDEN", "ACQ.PARTNER_ERROR", "ACQ.MERCHANT_STATUS_NOT_NORMAL":
		return guitai.CodeAccountTrouble, true
	}
	return "", false
}

// unsaid is the answer of a call that brought nothing to believe.
func (h heard) unsaid() channel.Answer {
	if h.fate == notSent {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeWalletUnreachable}
	}
	return unknown()
}

func unknown() channel.Answer {
	return channel.Answer{Outcome: channel.Unknown, Reason: guitai.CodeOutcomeUnknown}
}

// ours reports whether the node speaks of the order that was asked for. A node
// that does not is a true answer to another question.
func (n node) ours(o channel.Order) bool {
	return n.OutTradeNo == o.No && (o.WalletNo == "" || n.TradeNo == "" || n.TradeNo == o.WalletNo)
}

// paid is the answer for an order that the wallet took money for.
func (n node) paid(o channel.Order, at time.Time) channel.Answer {
	m, ok := amount(n.TotalAmount)
	if !ok || !m.Positive() || n.TradeNo == "" || !n.ours(o) {
		return unknown()
	}
	return channel.Answer{Outcome: channel.Paid, Amount: m, PaidAt: at, WalletNo: n.TradeNo, Payer: n.payer()}
}

// orderAnswer reads what pay and precreate have in common: everything but
// their successes.
func orderAnswer(h heard) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	if why, ok := refusal(h.node); ok {
		return channel.Answer{Outcome: channel.Declined, Reason: why}
	}
	if h.node.Code == codeFailed {
		if why, ok := orderFailure(h.node.SubCode); ok {
			return channel.Answer{Outcome: channel.Declined, Reason: why}
		}
	}
	return unknown()
}

func chargeAnswer(h heard, o channel.Order) channel.Answer {
	n := h.node
	switch {
	case h.fate == believed && n.Code == codeSuccess:
		return n.paid(o, parseTime(n.GmtPayment))
	case h.fate == believed && n.Code == codeWaiting:
		if !n.ours(o) {
			return unknown()
		}
		return channel.Answer{Outcome: channel.Waiting, WalletNo: n.TradeNo, Payer: n.payer()}
	}
	return orderAnswer(h)
}

func showAnswer(h heard, o channel.Order, expires time.Time) channel.Answer {
	n := h.node
	if h.fate != believed || n.Code != codeSuccess {
		return orderAnswer(h)
	}
	if !n.ours(o) || !printable(n.QRCode) {
		return unknown()
	}
	return channel.Answer{Outcome: channel.Waiting, Code: n.QRCode, CodeExpires: expires}
}

// printable reports whether a text may stand in a code on a screen.
func printable(s string) bool {
	if s == "" || len(s) > 1024 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// askAnswer reads alipay.trade.query [6]. A refusal of the question says
// nothing about the order.
func askAnswer(h heard, o channel.Order) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	n := h.node
	if n.Code == codeFailed && n.SubCode == "ACQ.TRADE_NOT_EXIST" {
		return channel.Answer{Outcome: channel.NotFound}
	}
	if n.Code != codeSuccess {
		return unknown()
	}
	return tradeAnswer(n, o, parseTime(n.SendPayDate))
}

// tradeAnswer is the table of trade_status, in answers [6] and in notices [10].
func tradeAnswer(n node, o channel.Order, paidAt time.Time) channel.Answer {
	if !n.ours(o) {
		return unknown()
	}
	switch n.TradeStatus {
	case "WAIT_BUYER_PAY":
		return channel.Answer{Outcome: channel.Waiting, WalletNo: n.TradeNo, Payer: n.payer()}
	case "TRADE_SUCCESS", "TRADE_FINISHED":
		return n.paid(o, paidAt)
	case "TRADE_CLOSED":
		return channel.Answer{Outcome: channel.Closed, WalletNo: n.TradeNo}
	}
	return unknown()
}

// endAnswer reads alipay.trade.cancel [7]. The action is close, refund, or
// missing where there was no trade.
func endAnswer(h heard, o channel.Order) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	n := h.node
	switch {
	case n.Code == codeSuccess:
		done := n.RetryFlag == "N" && (n.Action == "close" || n.Action == "refund" || n.Action == "")
		if done && n.ours(o) {
			return channel.Answer{Outcome: channel.Closed, WalletNo: n.TradeNo}
		}
	case n.Code == codeFailed && n.SubCode == "ACQ.TRADE_NOT_EXIST":
		return channel.Answer{Outcome: channel.NotFound}
	case n.Code == codeFailed && endRefusal(n.SubCode):
		return channel.Answer{Outcome: channel.EndRefused}
	}
	return unknown()
}

// closeAnswer reads alipay.trade.close [15], which End calls only for a trade
// that alipay.trade.cancel has just refused to cancel: that it should not exist
// contradicts it.
func closeAnswer(h heard, o channel.Order) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	n := h.node
	switch {
	case n.Code == codeSuccess && n.ours(o):
		return channel.Answer{Outcome: channel.Closed, WalletNo: n.TradeNo}
	case n.Code == codeFailed && endRefusal(n.SubCode):
		return channel.Answer{Outcome: channel.EndRefused}
	}
	return unknown()
}

func refundUnknown() channel.RefundAnswer {
	return channel.RefundAnswer{Outcome: channel.RefundUnknown, Reason: guitai.CodeOutcomeUnknown}
}

func (h heard) unsaidRefund() channel.RefundAnswer {
	if h.fate == notSent {
		return channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: guitai.CodeWalletUnreachable}
	}
	return refundUnknown()
}

// refundAnswer reads alipay.trade.refund [8]. Only fund_change=Y says that money
// moved now; N is a repeat or a refund that is not through yet. refund_fee is
// the sum of all refunds of the order, so it can only be checked to be enough.
func refundAnswer(h heard, r channel.Refund) channel.RefundAnswer {
	if h.fate != believed {
		return h.unsaidRefund()
	}
	n := h.node
	if why, ok := refusal(n); ok {
		return channel.RefundAnswer{Outcome: channel.RefundDeclined, Reason: why}
	}
	if why, ok := refundFailure(n.SubCode); ok && n.Code == codeFailed {
		return channel.RefundAnswer{Outcome: channel.RefundDeclined, Reason: why}
	}
	if n.Code != codeSuccess || !n.ours(r.Order) {
		return refundUnknown()
	}
	switch n.FundChange {
	case "Y":
		if all, ok := amount(n.RefundFee); !ok || all.Fen < r.Amount.Fen {
			return refundUnknown()
		}
		return channel.RefundAnswer{Outcome: channel.RefundDone, WalletNo: n.TradeNo, DoneAt: parseTime(n.GmtRefundPay)}
	case "N":
		return channel.RefundAnswer{Outcome: channel.RefundPending, WalletNo: n.TradeNo}
	}
	return refundUnknown()
}

// askRefundAnswer reads alipay.trade.fastpay.refund.query [9]. 10000 speaks of
// the question only: without a refund_status the refund is not through yet, and
// without a refund_amount either the wallet knows no such refund.
func askRefundAnswer(h heard, r channel.Refund) channel.RefundAnswer {
	if h.fate != believed {
		return h.unsaidRefund()
	}
	n := h.node
	switch {
	case n.Code == codeFailed && (n.SubCode == "ACQ.TRADE_NOT_EXIST" || n.SubCode == "TRADE_NOT_EXIST"): // both are documented
		return channel.RefundAnswer{Outcome: channel.RefundNotFound}
	case n.Code != codeSuccess:
		return refundUnknown()
	case n.OutTradeNo != "" && !n.ours(r.Order), n.OutRequestNo != "" && n.OutRequestNo != r.No:
		return refundUnknown()
	case n.RefundStatus == "" && n.RefundAmount == "":
		return channel.RefundAnswer{Outcome: channel.RefundNotFound}
	}
	m, ok := amount(n.RefundAmount)
	switch {
	case !ok || n.OutTradeNo == "" || n.OutRequestNo == "":
		return refundUnknown()
	case m != r.Amount:
		return channel.RefundAnswer{Outcome: channel.RefundUnknown, Reason: guitai.CodeAmountDiffers}
	case n.RefundStatus == "":
		return channel.RefundAnswer{Outcome: channel.RefundPending, Amount: m, WalletNo: n.TradeNo}
	case n.RefundStatus == "REFUND_SUCCESS":
		return channel.RefundAnswer{Outcome: channel.RefundDone, Amount: m, WalletNo: n.TradeNo, DoneAt: parseTime(n.GmtRefundPay)}
	}
	return refundUnknown()
}
