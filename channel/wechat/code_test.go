package wechat_test

import (
	"strings"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
)

// examCodes is the provider's table of codes for the exam, over the wire.
func examCodes() []channeltest.CodeCase {
	scan := func(op channeltest.Op) channeltest.Call { return channeltest.Call{Op: op, Kind: guitai.Scan} }
	show := func(op channeltest.Op) channeltest.Call { return channeltest.Call{Op: op, Kind: guitai.Show} }
	var all []channeltest.CodeCase
	add := func(call channeltest.Call, codes string, outcome channel.Outcome, reason guitai.Code) {
		for _, c := range strings.Fields(codes) {
			all = append(all, channeltest.CodeCase{Call: call, Code: c, Outcome: outcome, Reason: reason})
		}
	}
	back := func(op channeltest.Op, codes string, outcome channel.RefundOutcome, reason guitai.Code) {
		for _, c := range strings.Fields(codes) {
			all = append(all, channeltest.CodeCase{Call: scan(op), Code: c, Refund: outcome, Reason: reason})
		}
	}
	charge := scan(channeltest.OpCharge)
	add(charge, "SYSTEMERROR BANKERROR ORDERPAID OUT_TRADE_NO_USED BUYER_MISMATCH", channel.Unknown, "")
	add(charge, "USERPAYING", channel.Waiting, "")
	add(charge, "AUTHCODEEXPIRE", channel.Declined, guitai.CodeCodeExpired)
	add(charge, "AUTH_CODE_ERROR", channel.Declined, guitai.CodeCodeUsed)
	add(charge, "AUTH_CODE_INVALID", channel.Declined, guitai.CodeCodeRefused)
	add(charge, "NOTENOUGH", channel.Declined, guitai.CodeBalanceLow)
	add(charge, "NOTSUPORTCARD TRADE_ERROR", channel.Declined, guitai.CodeWalletRefused)
	add(charge, "ORDERCLOSED ORDERREVERSED PARAM_ERROR LACK_PARAMS XML_FORMAT_ERROR REQUIRE_POST_METHOD NOT_UTF8 INVALID_REQUEST", channel.Declined, guitai.CodeOrderRefused)
	add(charge, "NOAUTH SIGNERROR APPID_NOT_EXIST MCHID_NOT_EXIST APPID_MCHID_NOT_MATCH", channel.Declined, guitai.CodeAccountTrouble)

	native := show(channeltest.OpShow)
	add(native, "PARAM_ERROR INVALID_REQUEST ORDER_CLOSED", channel.Declined, guitai.CodeOrderRefused)
	add(native, "APPID_MCHID_NOT_MATCH MCH_NOT_EXISTS SIGN_ERROR NO_AUTH ACCOUNT_ERROR", channel.Declined, guitai.CodeAccountTrouble)
	add(native, "RULE_LIMIT", channel.Declined, guitai.CodeLimitReached)
	add(native, "FREQUENCY_LIMITED RATELIMIT_EXCEEDED", channel.Declined, guitai.CodeWalletBusy)
	add(native, "ORDER_PAID OUT_TRADE_NO_USED SYSTEM_ERROR BANK_ERROR OPENID_MISMATCH INVALID_TRANSACTIONID", channel.Unknown, "")

	for _, ask := range []channeltest.Call{scan(channeltest.OpAsk), show(channeltest.OpAsk)} {
		add(ask, "ORDERNOTEXIST ORDER_NOT_EXIST", channel.NotFound, "")
		add(ask, "SYSTEMERROR SYSTEM_ERROR FREQUENCY_LIMITED PARAM_ERROR SIGN_ERROR NO_AUTH INVALID_TRANSACTIONID", channel.Unknown, "")
	}
	add(show(channeltest.OpEnd), "ORDER_PAID ORDERPAID", channel.EndRefused, "")
	add(show(channeltest.OpEnd), "ORDER_CLOSED", channel.Closed, "")
	add(show(channeltest.OpEnd), "ORDER_NOT_EXIST", channel.NotFound, "")
	add(show(channeltest.OpEnd), "SYSTEM_ERROR INVALID_REQUEST FREQUENCY_LIMITED SIGN_ERROR", channel.Unknown, "")
	add(scan(channeltest.OpEnd), "REVERSE_EXPIRE TRADE_STATE_ERROR USER_ACCOUNT_ABNORMAL", channel.EndRefused, "")
	add(scan(channeltest.OpEnd), "ORDERNOTEXIST", channel.NotFound, "")
	add(scan(channeltest.OpEnd), "SYSTEMERROR INVALID_TRANSACTIONID", channel.Unknown, "")

	back(channeltest.OpRefund, "NOT_ENOUGH", channel.RefundDeclined, guitai.CodeMerchantFundsLow)
	back(channeltest.OpRefund, "ACCOUNT_ERROR USER_ACCOUNT_ABNORMAL", channel.RefundDeclined, guitai.CodePayerAccountGone)
	back(channeltest.OpRefund, "INVALID_REQUEST PARAM_ERROR RESOURCE_NOT_EXISTS ORDER_NOT_EXIST", channel.RefundDeclined, guitai.CodeOrderRefused)
	back(channeltest.OpRefund, "SIGN_ERROR NO_AUTH MCH_NOT_EXISTS", channel.RefundDeclined, guitai.CodeAccountTrouble)
	back(channeltest.OpRefund, "FREQUENCY_LIMITED RATELIMIT_EXCEEDED SYSTEM_ERROR", channel.RefundUnknown, "")
	back(channeltest.OpAskRefund, "RESOURCE_NOT_EXISTS", channel.RefundNotFound, "")
	back(channeltest.OpAskRefund, "SYSTEM_ERROR FREQUENCY_LIMITED PARAM_ERROR SIGN_ERROR", channel.RefundUnknown, "")
	return all
}
