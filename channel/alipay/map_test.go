package alipay

import (
	"testing"

	"guitai"
	"guitai/channel"
)

const no = "G20261121000001"

func TestCharge(t *testing.T) {
	for _, c := range []struct {
		name string
		node string
		want channel.Outcome
		why  guitai.Code
	}{
		{"paid", object(t, "code", "10000", "out_trade_no", no, "trade_no", "20", "total_amount", "12.50", "gmt_payment", "2026-11-21 12:00:01"), channel.Paid, ""},
		{"another amount", object(t, "code", "10000", "out_trade_no", no, "trade_no", "20", "total_amount", "12.5"), channel.Paid, ""},
		{"no amount", object(t, "code", "10000", "out_trade_no", no, "trade_no", "20"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"nothing", object(t, "code", "10000", "out_trade_no", no, "trade_no", "20", "total_amount", "0.00"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"three digits", object(t, "code", "10000", "out_trade_no", no, "trade_no", "20", "total_amount", "12.500"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"no number", object(t, "code", "10000", "out_trade_no", no, "total_amount", "12.50"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"another order", object(t, "code", "10000", "out_trade_no", no+"1", "trade_no", "20", "total_amount", "12.50"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"password", object(t, "code", "10003", "out_trade_no", no, "trade_no", "20"), channel.Waiting, ""},
		{"password, another order", object(t, "code", "10003", "out_trade_no", "x"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"platform", object(t, "code", "20000", "sub_code", "isp.unknow-error"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"system", object(t, "code", "40004", "sub_code", "ACQ.SYSTEM_ERROR"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"aop system", object(t, "code", "40004", "sub_code", "aop.ACQ.SYSTEM_ERROR"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"paid before", object(t, "code", "40004", "sub_code", "ACQ.TRADE_HAS_SUCCESS"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"tomorrow's sub code", object(t, "code", "40004", "sub_code", "ACQ.TOMORROW"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"tomorrow's code", object(t, "code", "10001", "out_trade_no", no, "trade_no", "20", "total_amount", "12.50"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"sub code under another code", object(t, "code", "20000", "sub_code", "ACQ.BUYER_BALANCE_NOT_ENOUGH"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"signature refused", object(t, "code", "40002", "sub_code", "isv.invalid-signature"), channel.Declined, guitai.CodeAccountTrouble},
		{"parameter, no sub code", object(t, "code", "40002"), channel.Unknown, guitai.CodeOutcomeUnknown},
		{"parameter missing", object(t, "code", "40001", "sub_code", "isv.missing-method"), channel.Declined, guitai.CodeAccountTrouble},
		{"no permission", object(t, "code", "40006", "sub_code", "isv.insufficient-isv-permissions"), channel.Declined, guitai.CodeAccountTrouble},
		{"token", object(t, "code", "20001", "sub_code", "aop.invalid-auth-token"), channel.Declined, guitai.CodeAccountTrouble},
		{"too often", object(t, "code", "40005", "sub_code", "isv.app-call-limited"), channel.Declined, guitai.CodeWalletBusy},
	} {
		a := saying(t, c.node).Charge(t.Context(), aCharge())
		if a.Outcome != c.want || a.Reason != c.why {
			t.Errorf("%s: %s %q, want %s %q", c.name, a.Outcome, a.Reason, c.want, c.why)
		}
		if a.Outcome == channel.Paid && a.Amount != guitai.Fen(1250) {
			t.Errorf("%s: %v", c.name, a.Amount)
		}
	}
}

// declines is every documented sub code of a payment that is a definite failure.
var declines = map[string]guitai.Code{
	"ACQ.INVALID_PARAMETER": guitai.CodeOrderRefused, "ACQ.ACCESS_FORBIDDEN": guitai.CodeAccountTrouble,
	"ACQ.EXIST_FORBIDDEN_WORD": guitai.CodeOrderRefused, "ACQ.PARTNER_ERROR": guitai.CodeAccountTrouble,
	"ACQ.TOTAL_FEE_EXCEED": guitai.CodeLimitReached, "ACQ.PAYMENT_AUTH_CODE_INVALID": guitai.CodeCodeRefused,
	"ACQ.CONTEXT_INCONSISTENT": guitai.CodeOrderRefused, "ACQ.TRADE_HAS_CLOSE": guitai.CodeOrderRefused,
	"ACQ.BUYER_BALANCE_NOT_ENOUGH": guitai.CodeBalanceLow, "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": guitai.CodeBalanceLow,
	"ACQ.ERROR_BALANCE_PAYMENT_DISABLE": guitai.CodePayerBlocked, "ACQ.BUYER_SELLER_EQUAL": guitai.CodeOrderRefused,
	"ACQ.TRADE_BUYER_NOT_MATCH": guitai.CodeOrderRefused, "ACQ.BUYER_ENABLE_STATUS_FORBID": guitai.CodePayerBlocked,
	"ACQ.PULL_MOBILE_CASHIER_FAIL": guitai.CodeWalletRefused, "ACQ.MOBILE_PAYMENT_SWITCH_OFF": guitai.CodePayerBlocked,
	"ACQ.PAYMENT_FAIL": guitai.CodeWalletRefused, "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR": guitai.CodeLimitReached,
	"ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR": guitai.CodeLimitReached, "ACQ.BEYOND_PAY_RESTRICTION": guitai.CodeLimitReached,
	"ACQ.BEYOND_PER_RECEIPT_RESTRICTION": guitai.CodeLimitReached, "ACQ.SELLER_BEEN_BLOCKED": guitai.CodeAccountTrouble,
	"ACQ.PAYMENT_REQUEST_HAS_RISK": guitai.CodeRiskRefused, "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE": guitai.CodeWalletRefused,
	"ACQ.USER_FACE_PAYMENT_SWITCH_OFF": guitai.CodePayerBlocked, "ACQ.INVALID_STORE_ID": guitai.CodeAccountTrouble,
	"SOUNDWAVE_PARSER_FAIL": guitai.CodeCodeRefused,
}

func TestDeclines(t *testing.T) {
	for sub, why := range declines {
		h := heard{fate: believed, node: node{Code: "40004", SubCode: sub}}
		for what, a := range map[string]channel.Answer{"charge": chargeAnswer(h, anOrder()), "show": showAnswer(h, anOrder(), noon())} {
			if a.Outcome != channel.Declined || a.Reason != why {
				t.Errorf("%s told %s: %s %q, want %q", what, sub, a.Outcome, a.Reason, why)
			}
		}
		// The same words as an answer to a question say nothing about the order.
		if a := askAnswer(h, anOrder()); a.Outcome != channel.Unknown {
			t.Errorf("ask told %s: %s", sub, a.Outcome)
		}
	}
}

func TestAsk(t *testing.T) {
	o := anOrder()
	o.WalletNo = "20"
	for _, c := range []struct {
		name, node string
		want       channel.Outcome
	}{
		{"success", object(t, "code", "10000", "trade_status", "TRADE_SUCCESS", "out_trade_no", no, "trade_no", "20", "total_amount", "12.50", "send_pay_date", "2026-11-21 12:00:01"), channel.Paid},
		{"finished", object(t, "code", "10000", "trade_status", "TRADE_FINISHED", "out_trade_no", no, "trade_no", "20", "total_amount", "12.50"), channel.Paid},
		{"another number", object(t, "code", "10000", "trade_status", "TRADE_SUCCESS", "out_trade_no", no, "trade_no", "21", "total_amount", "12.50"), channel.Unknown},
		{"another order", object(t, "code", "10000", "trade_status", "TRADE_SUCCESS", "out_trade_no", "x", "trade_no", "20", "total_amount", "12.50"), channel.Unknown},
		{"waiting", object(t, "code", "10000", "trade_status", "WAIT_BUYER_PAY", "out_trade_no", no, "trade_no", "20"), channel.Waiting},
		{"closed", object(t, "code", "10000", "trade_status", "TRADE_CLOSED", "out_trade_no", no, "trade_no", "20"), channel.Closed},
		{"closed, another order", object(t, "code", "10000", "trade_status", "TRADE_CLOSED", "out_trade_no", "x"), channel.Unknown},
		{"tomorrow's status", object(t, "code", "10000", "trade_status", "TRADE_PENDING", "out_trade_no", no), channel.Unknown},
		{"no status", object(t, "code", "10000", "out_trade_no", no), channel.Unknown},
		{"no such trade", object(t, "code", "40004", "sub_code", "ACQ.TRADE_NOT_EXIST"), channel.NotFound},
		{"10003 to a question", object(t, "code", "10003", "out_trade_no", no), channel.Unknown},
		{"too often", object(t, "code", "40005", "sub_code", "isv.app-call-limited"), channel.Unknown},
		{"refused", object(t, "code", "40002", "sub_code", "isv.invalid-signature"), channel.Unknown},
		{"system", object(t, "code", "40004", "sub_code", "ACQ.SYSTEM_ERROR"), channel.Unknown},
	} {
		if a := saying(t, c.node).Ask(t.Context(), o); a.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, a.Outcome, c.want)
		}
	}
}

func TestEnd(t *testing.T) {
	for _, c := range []struct {
		name, node string
		want       channel.Outcome
	}{
		{"closed", object(t, "code", "10000", "out_trade_no", no, "retry_flag", "N", "action", "close"), channel.Closed},
		{"given back", object(t, "code", "10000", "out_trade_no", no, "retry_flag", "N", "action", "refund"), channel.Closed},
		{"no trade", object(t, "code", "10000", "out_trade_no", no, "retry_flag", "N"), channel.Closed},
		{"again", object(t, "code", "10000", "out_trade_no", no, "retry_flag", "Y", "action", "close"), channel.Unknown},
		{"no flag", object(t, "code", "10000", "out_trade_no", no, "action", "close"), channel.Unknown},
		{"tomorrow's action", object(t, "code", "10000", "out_trade_no", no, "retry_flag", "N", "action", "hold"), channel.Unknown},
		{"another order", object(t, "code", "10000", "out_trade_no", "x", "retry_flag", "N", "action", "close"), channel.Unknown},
		{"system", object(t, "code", "40004", "sub_code", "ACQ.SYSTEM_ERROR", "retry_flag", "Y"), channel.Unknown},
		{"empty purse", object(t, "code", "40004", "sub_code", "ACQ.SELLER_BALANCE_NOT_ENOUGH"), channel.Unknown},
		{"not allowed", object(t, "code", "40004", "sub_code", "ACQ.CANCEL_NOT_ALLOWED"), channel.EndRefused},
		{"too late", object(t, "code", "40004", "sub_code", "ACQ.TRADE_CANCEL_TIME_OUT"), channel.EndRefused},
		{"finished", object(t, "code", "40004", "sub_code", "ACQ.TRADE_HAS_FINISHED"), channel.EndRefused},
		{"frozen", object(t, "code", "40004", "sub_code", "ACQ.REASON_TRADE_BEEN_FREEZEN"), channel.EndRefused},
		{"state", object(t, "code", "40004", "sub_code", "ACQ.TRADE_STATUS_ERROR"), channel.EndRefused},
		{"refunded in part", object(t, "code", "40004", "sub_code", "ACQ.REASON_TRADE_REFUND_FEE_ERR"), channel.EndRefused},
		{"no such trade", object(t, "code", "40004", "sub_code", "ACQ.TRADE_NOT_EXIST"), channel.NotFound},
		{"refused", object(t, "code", "40002", "sub_code", "isv.invalid-timestamp"), channel.Unknown},
	} {
		if a := saying(t, c.node).End(t.Context(), anOrder()); a.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, a.Outcome, c.want)
		}
	}
}

func TestRefund(t *testing.T) {
	for _, c := range []struct {
		name, node string
		want       channel.RefundOutcome
		why        guitai.Code
	}{
		{"done", object(t, "code", "10000", "out_trade_no", no, "trade_no", "20", "fund_change", "Y", "refund_fee", "3.00"), channel.RefundDone, ""},
		{"done, the second", object(t, "code", "10000", "out_trade_no", no, "fund_change", "Y", "refund_fee", "5.00"), channel.RefundDone, ""},
		{"less in sum", object(t, "code", "10000", "out_trade_no", no, "fund_change", "Y", "refund_fee", "2.99"), channel.RefundUnknown, guitai.CodeOutcomeUnknown},
		{"repeat", object(t, "code", "10000", "out_trade_no", no, "fund_change", "N", "refund_fee", "3.00"), channel.RefundPending, ""},
		{"no flag", object(t, "code", "10000", "out_trade_no", no, "refund_fee", "3.00"), channel.RefundUnknown, guitai.CodeOutcomeUnknown},
		{"another order", object(t, "code", "10000", "out_trade_no", "x", "fund_change", "Y", "refund_fee", "3.00"), channel.RefundUnknown, guitai.CodeOutcomeUnknown},
		{"empty purse", object(t, "code", "40004", "sub_code", "ACQ.SELLER_BALANCE_NOT_ENOUGH"), channel.RefundDeclined, guitai.CodeMerchantFundsLow},
		{"too much", object(t, "code", "40004", "sub_code", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"), channel.RefundDeclined, guitai.CodeRefundExceeds},
		{"too late", object(t, "code", "40004", "sub_code", "ACQ.TRADE_HAS_FINISHED"), channel.RefundDeclined, guitai.CodeRefundTooLate},
		{"state", object(t, "code", "40004", "sub_code", "ACQ.TRADE_STATUS_ERROR"), channel.RefundDeclined, guitai.CodeOrderRefused},
		{"no such trade", object(t, "code", "40004", "sub_code", "ACQ.TRADE_NOT_EXIST"), channel.RefundDeclined, guitai.CodeOrderRefused},
		{"frozen", object(t, "code", "40004", "sub_code", "ACQ.REASON_TRADE_BEEN_FREEZEN"), channel.RefundDeclined, guitai.CodeWalletRefused},
		{"merchant", object(t, "code", "40004", "sub_code", "ACQ.MERCHANT_STATUS_NOT_NORMAL"), channel.RefundDeclined, guitai.CodeAccountTrouble},
		{"another refund", object(t, "code", "40004", "sub_code", "ACQ.DISCORDANT_REPEAT_REQUEST"), channel.RefundUnknown, guitai.CodeOutcomeUnknown},
		{"system", object(t, "code", "40004", "sub_code", "ACQ.SYSTEM_ERROR"), channel.RefundUnknown, guitai.CodeOutcomeUnknown},
		{"refused", object(t, "code", "40002", "sub_code", "isv.invalid-timestamp"), channel.RefundDeclined, guitai.CodeAccountTrouble},
		{"tomorrow", object(t, "code", "40004", "sub_code", "ACQ.TOMORROW"), channel.RefundUnknown, guitai.CodeOutcomeUnknown},
	} {
		if a := saying(t, c.node).Refund(t.Context(), aRefund()); a.Outcome != c.want || a.Reason != c.why {
			t.Errorf("%s: %s %q, want %s %q", c.name, a.Outcome, a.Reason, c.want, c.why)
		}
	}
}

func TestAskRefund(t *testing.T) {
	for _, c := range []struct {
		name, node string
		want       channel.RefundOutcome
	}{
		{"done", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R1", "refund_status", "REFUND_SUCCESS", "refund_amount", "3.00"), channel.RefundDone},
		{"not through", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R1", "refund_amount", "3.00"), channel.RefundPending},
		{"not known", object(t, "code", "10000", "msg", "Success"), channel.RefundNotFound},
		{"not known, echoed", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R1"), channel.RefundNotFound},
		{"another refund", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R2", "refund_status", "REFUND_SUCCESS", "refund_amount", "3.00"), channel.RefundUnknown},
		{"another order", object(t, "code", "10000", "out_trade_no", "x", "out_request_no", "R1", "refund_status", "REFUND_SUCCESS", "refund_amount", "3.00"), channel.RefundUnknown},
		{"another amount", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R1", "refund_status", "REFUND_SUCCESS", "refund_amount", "3.01"), channel.RefundUnknown},
		{"status alone", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R1", "refund_status", "REFUND_SUCCESS"), channel.RefundUnknown},
		{"tomorrow's status", object(t, "code", "10000", "out_trade_no", no, "out_request_no", "R1", "refund_status", "REFUND_SOON", "refund_amount", "3.00"), channel.RefundUnknown},
		{"no such trade", object(t, "code", "40004", "sub_code", "ACQ.TRADE_NOT_EXIST"), channel.RefundNotFound},
		{"no such trade, spelt short", object(t, "code", "40004", "sub_code", "TRADE_NOT_EXIST"), channel.RefundNotFound},
		{"system", object(t, "code", "40004", "sub_code", "ACQ.SYSTEM_ERROR"), channel.RefundUnknown},
		{"refused", object(t, "code", "40002", "sub_code", "isv.invalid-timestamp"), channel.RefundUnknown},
	} {
		if a := saying(t, c.node).AskRefund(t.Context(), aRefund()); a.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, a.Outcome, c.want)
		}
	}
}
