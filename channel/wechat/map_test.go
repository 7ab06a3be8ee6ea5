package wechat

import (
	"strings"
	"testing"

	"guitai"
	"guitai/channel"
)

// everyCode is each code that WeChat Pay documents for the calls that are made.
const everyCode = `SYSTEMERROR SYSTEM_ERROR BANKERROR BANK_ERROR USERPAYING USER_PAYING ORDERPAID ORDER_PAID PARAM_ERROR NOAUTH NO_AUTH
AUTHCODEEXPIRE AUTH_CODE_EXPIRE NOTENOUGH NOT_ENOUGH NOTSUPORTCARD ORDERCLOSED ORDER_CLOSED ORDERREVERSED ORDER_REVERSED AUTH_CODE_ERROR AUTH_CODE_INVALID
XML_FORMAT_ERROR REQUIRE_POST_METHOD SIGNERROR SIGN_ERROR LACK_PARAMS NOT_UTF8 BUYER_MISMATCH APPID_NOT_EXIST MCHID_NOT_EXIST MCH_NOT_EXISTS
OUT_TRADE_NO_USED APPID_MCHID_NOT_MATCH INVALID_REQUEST TRADE_ERROR RULE_LIMIT ACCOUNT_ERROR ORDERNOTEXIST ORDER_NOT_EXIST RESOURCE_NOT_EXISTS
REVERSE_EXPIRE INVALID_TRANSACTIONID USER_ACCOUNT_ABNORMAL TRADE_STATE_ERROR FREQUENCY_LIMITED RATELIMIT_EXCEEDED OPENID_MISMATCH
NOTREFUND REFUNDNOTEXIST TRADE_OVERDUE`

// check compares a table with what it should say: the codes listed, and
// "unknown" for all the others and for codes that nobody has documented.
func check(t *testing.T, name string, of func(string) verdict, want map[verdict]string) {
	t.Helper()
	means := map[string]verdict{}
	for v, codes := range want {
		for _, c := range strings.Fields(codes) {
			means[c] = v
		}
	}
	for _, c := range append(strings.Fields(everyCode), "", "SUCCESS", "A_CODE_OF_TOMORROW", "orderpaid", " NOTENOUGH") {
		v, listed := means[c]
		got := of(c)
		if !listed {
			v = verdict{channel.Unknown, guitai.CodeOutcomeUnknown}
		}
		if got != v {
			t.Errorf("%s %q: %s (%s), want %s (%s)", name, c, got.outcome, got.reason, v.outcome, v.reason)
		}
	}
}

func no(why guitai.Code) verdict { return verdict{channel.Declined, why} }

func maybe(why guitai.Code) verdict { return verdict{channel.Unknown, why} }

const (
	ours   = "NOAUTH NO_AUTH SIGNERROR SIGN_ERROR APPID_NOT_EXIST MCHID_NOT_EXIST MCH_NOT_EXISTS APPID_MCHID_NOT_MATCH"
	wrong  = "PARAM_ERROR LACK_PARAMS XML_FORMAT_ERROR REQUIRE_POST_METHOD NOT_UTF8 INVALID_REQUEST"
	hasty  = "FREQUENCY_LIMITED RATELIMIT_EXCEEDED"
	closed = "ORDERCLOSED ORDER_CLOSED"
)

func TestVerdicts(t *testing.T) {
	check(t, "charge", chargeVerdict, map[verdict]string{
		{outcome: channel.Waiting}:       "USERPAYING USER_PAYING",
		no(guitai.CodeCodeExpired):       "AUTHCODEEXPIRE AUTH_CODE_EXPIRE",
		no(guitai.CodeCodeUsed):          "AUTH_CODE_ERROR",
		no(guitai.CodeCodeRefused):       "AUTH_CODE_INVALID",
		no(guitai.CodeBalanceLow):        "NOTENOUGH NOT_ENOUGH",
		no(guitai.CodeLimitReached):      "RULE_LIMIT",
		no(guitai.CodePayerBlocked):      "ACCOUNT_ERROR USER_ACCOUNT_ABNORMAL",
		no(guitai.CodeWalletRefused):     "NOTSUPORTCARD TRADE_ERROR",
		no(guitai.CodeOrderRefused):      closed + " ORDERREVERSED ORDER_REVERSED " + wrong,
		no(guitai.CodeAccountTrouble):    ours,
		maybe(guitai.CodeOutcomeUnknown): "SYSTEMERROR BANKERROR ORDERPAID OUT_TRADE_NO_USED BUYER_MISMATCH " + hasty,
	})
	check(t, "show", nativeVerdict, map[verdict]string{
		no(guitai.CodeOrderRefused):   closed + " " + wrong,
		no(guitai.CodeLimitReached):   "RULE_LIMIT",
		no(guitai.CodeBalanceLow):     "NOT_ENOUGH NOTENOUGH",
		no(guitai.CodeAccountTrouble): ours + " ACCOUNT_ERROR",
		no(guitai.CodeWalletRefused):  "TRADE_ERROR",
		no(guitai.CodeWalletBusy):     hasty,
	})
	check(t, "query", queryVerdict, map[verdict]string{
		{outcome: channel.NotFound}:      "ORDERNOTEXIST ORDER_NOT_EXIST RESOURCE_NOT_EXISTS",
		maybe(guitai.CodeWalletBusy):     hasty,
		maybe(guitai.CodeAccountTrouble): ours,
		maybe(guitai.CodeOrderRefused):   wrong,
	})
	check(t, "close", closeVerdict, map[verdict]string{
		{outcome: channel.EndRefused}:    "ORDER_PAID ORDERPAID",
		{outcome: channel.Closed}:        closed,
		{outcome: channel.NotFound}:      "ORDERNOTEXIST ORDER_NOT_EXIST RESOURCE_NOT_EXISTS",
		maybe(guitai.CodeWalletBusy):     hasty,
		maybe(guitai.CodeAccountTrouble): ours,
		maybe(guitai.CodeOrderRefused):   wrong,
	})
	check(t, "reverse", reverseVerdict, map[verdict]string{
		{outcome: channel.Closed}:                         closed + " ORDERREVERSED ORDER_REVERSED",
		{outcome: channel.NotFound}:                       "ORDERNOTEXIST ORDER_NOT_EXIST",
		{outcome: channel.EndRefused}:                     "REVERSE_EXPIRE TRADE_STATE_ERROR",
		{channel.EndRefused, guitai.CodePayerAccountGone}: "USER_ACCOUNT_ABNORMAL",
		maybe(guitai.CodeWalletBusy):                      hasty,
		maybe(guitai.CodeAccountTrouble):                  ours,
		maybe(guitai.CodeOrderRefused):                    wrong,
	})
}

func TestStates(t *testing.T) {
	for state, want := range map[string]verdict{
		"SUCCESS": {outcome: channel.Paid}, "REFUND": {outcome: channel.Paid},
		"NOTPAY": {outcome: channel.Waiting}, "USERPAYING": {outcome: channel.Waiting}, "ACCEPT": {outcome: channel.Waiting},
		"CLOSED": {outcome: channel.Closed}, "REVOKED": {outcome: channel.Closed},
		"PAYERROR": no(guitai.CodeWalletRefused),
		"":         maybe(guitai.CodeOutcomeUnknown), "success": maybe(guitai.CodeOutcomeUnknown), "PAID": maybe(guitai.CodeOutcomeUnknown),
	} {
		if got := stateVerdict(state); got != want {
			t.Errorf("trade_state %q: %v, want %v", state, got, want)
		}
	}
	for state, want := range map[string]channel.RefundOutcome{
		"SUCCESS": channel.RefundDone, "PROCESSING": channel.RefundPending, "ABNORMAL": channel.RefundStuck, "CLOSED": channel.RefundDeclined,
		"": channel.RefundUnknown, "CHANGE": channel.RefundUnknown,
	} {
		if got := refundStateVerdict(state); got.outcome != want {
			t.Errorf("refund status %q: %v, want %v", state, got, want)
		}
	}
}

func TestRefundVerdicts(t *testing.T) {
	refund := map[guitai.Code]string{
		guitai.CodeMerchantFundsLow: "NOTENOUGH NOT_ENOUGH",
		guitai.CodePayerAccountGone: "USER_ACCOUNT_ABNORMAL ACCOUNT_ERROR",
		guitai.CodeRefundTooLate:    "TRADE_OVERDUE",
		guitai.CodeLimitReached:     "RULE_LIMIT",
		guitai.CodeOrderRefused:     "RESOURCE_NOT_EXISTS ORDERNOTEXIST ORDER_NOT_EXIST INVALID_TRANSACTIONID TRADE_STATE_ERROR " + closed + " " + wrong,
		guitai.CodeWalletRefused:    "TRADE_ERROR",
		guitai.CodeAccountTrouble:   ours,
	}
	declined := map[string]guitai.Code{}
	for why, codes := range refund {
		for _, c := range strings.Fields(codes) {
			declined[c] = why
		}
	}
	for _, c := range append(strings.Fields(everyCode), "", "A_CODE_OF_TOMORROW") {
		want := refundVerdict{channel.RefundUnknown, guitai.CodeOutcomeUnknown}
		if why, ok := declined[c]; ok {
			want = refundVerdict{channel.RefundDeclined, why}
		} else if strings.Contains(hasty, c) && c != "" {
			want.reason = guitai.CodeWalletBusy
		}
		if got := refundVerdictOf(c); got != want {
			t.Errorf("refund %q: %v, want %v", c, got, want)
		}
		found := askRefundVerdict(c).outcome == channel.RefundNotFound
		if lost := strings.Contains("ORDERNOTEXIST ORDER_NOT_EXIST RESOURCE_NOT_EXISTS REFUNDNOTEXIST", c) && c != ""; found != lost {
			t.Errorf("refund query %q: not found is %t, want %t", c, found, lost)
		}
		if v := askRefundVerdict(c); !found && v.outcome != channel.RefundUnknown {
			t.Errorf("refund query %q: %v, want unknown", c, v)
		}
	}
}
