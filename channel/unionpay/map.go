package unionpay

import (
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// The codes that are no failures [2]. 03, 04 and 05 say that the trade is under
// way; 42, 74 and 75 that money was taken and something else went wrong: they,
// 06, 99 and all that are not documented stay unknown.
const (
	codeGood       = "00"
	codeGoodFlawed = "A6" // 有缺陷的成功
	codeUnderWay   = "05" // 交易已受理
	codeRepeated   = "12" // 重复交易
	codeNotFound   = "34" // 查无此交易
	codeReversed   = "46" // 交易已被成功冲正
)

// underWay reports whether the trade is accepted and has no end yet.
func underWay(code string) bool {
	switch code {
	case "03", // 交易通讯超时，请发起查询交易
		"04",         // 交易状态未明，请查询对账结果
		codeUnderWay, // 交易已受理，请稍后查询交易结果
		"70",         // 交易已跳转，等待持卡人输入
		"83":         // 发卡行（渠道）处理中
		return true
	}
	return false
}

// failure is the table of codes [2] that say for sure that a consumption took
// nothing: as an answer to it, or of a query about it (origRespCode).
func failure(code string) (guitai.Code, bool) {
	switch code {
	case "01", "30", "40", "44", "60", "61", "62", "66", "68", "79", "85", "91":
		return guitai.CodeWalletRefused, true
	case "02", "37": // 系统未开放, 操作过于频繁
		return guitai.CodeWalletBusy, true
	case "10", "13", "39": // 报文格式, 要素缺失, 不在受理时间范围内
		return guitai.CodeOrderRefused, true
	case "11", "31", "32", "43", "92", "93", "94", "95", "96": // signature, merchant, rights, licence
		return guitai.CodeAccountTrouble, true
	case "33", "81", "87":
		return guitai.CodeLimitReached, true
	case "38":
		return guitai.CodeRiskRefused, true
	case "63", "72", "73", "76", "77", "78": // the card's state, its bank's contract
		return guitai.CodePayerBlocked, true
	case "64", "90":
		return guitai.CodeBalanceLow, true
	case "65", "67", "71", "82", "84":
		return guitai.CodePasswordWrong, true
	case "69": // 您的输入超时
		return guitai.CodePayerCancelled, true
	case "80": // Token 已过期
		return guitai.CodeCodeExpired, true
	case "86", "88", "89": // 二维码状态错误, 无此二维码, 无此Token
		return guitai.CodeCodeRefused, true
	}
	return "", false
}

// refundFailure is the table of codes that say for sure that a refund gave
// nothing back. 12 is not among them: the refund was sent before.
func refundFailure(code string) (guitai.Code, bool) {
	switch code {
	case "01", "30", "60", "62", "66", "68":
		return guitai.CodeWalletRefused, true
	case "02", "37":
		return guitai.CodeWalletBusy, true
	case "10", "13", codeNotFound, "35", codeReversed: // the original: not found, not paid, reversed
		return guitai.CodeOrderRefused, true
	case "11", "31", "32", "43", "92", "93", "94", "95", "96":
		return guitai.CodeAccountTrouble, true
	case "33", "36", "45": // over the limit, not as the original, given back already
		return guitai.CodeRefundExceeds, true
	case "38":
		return guitai.CodeRiskRefused, true
	case "39":
		return guitai.CodeRefundTooLate, true
	case "61", "63", "73", "78":
		return guitai.CodePayerAccountGone, true
	case "64", "90":
		return guitai.CodeMerchantFundsLow, true
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

// about reports whether the message speaks of the trade with these two names. An
// answer that does not is a true answer to another question.
func (f fields) about(no string, made time.Time) bool {
	return f["orderId"] == no && f["txnTime"] == beijing(made)
}

// echoes reports whether an answer repeats what kind of call it answers, and
// whose. A refusal may lack all of that, but must not name another.
func (f fields) echoes(txnType, no string, made time.Time) bool {
	if f["respCode"] != codeGood && f["orderId"] == "" {
		return f["txnType"] == "" || f["txnType"] == txnType
	}
	return f["txnType"] == txnType && f.about(no, made)
}

// paid is the answer for an order that UnionPay took money for.
func (f fields) paid(o channel.Order) channel.Answer {
	m, ok := f.amount()
	if !ok || f["queryId"] == "" || o.WalletNo != "" && f["queryId"] != o.WalletNo {
		return unknown()
	}
	return channel.Answer{Outcome: channel.Paid, Amount: m, PaidAt: f.happened(), WalletNo: cutText(f["queryId"], 64), Payer: f.payer()}
}

// chargeAnswer reads 01/06. Nothing in it says that the payer was charged.
func chargeAnswer(h heard, o channel.Order) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	f := h.fields
	if !f.echoes("01", o.No, o.Made) {
		return unknown()
	}
	switch f["respCode"] {
	case codeGood, codeGoodFlawed, codeUnderWay, "70", "83":
		return channel.Answer{Outcome: channel.Waiting, WalletNo: cutText(f["queryId"], 64)}
	}
	if why, ok := failure(f["respCode"]); ok {
		return channel.Answer{Outcome: channel.Declined, Reason: why}
	}
	return unknown()
}

// showAnswer reads 01/07.
func showAnswer(h heard, o channel.Order, expires time.Time) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	f := h.fields
	if !f.echoes("01", o.No, o.Made) {
		return unknown()
	}
	if f["respCode"] == codeGood && printable(f["qrCode"]) {
		return channel.Answer{Outcome: channel.Waiting, Code: f["qrCode"], CodeExpires: expires}
	}
	if why, ok := failure(f["respCode"]); ok {
		return channel.Answer{Outcome: channel.Declined, Reason: why}
	}
	return unknown()
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

// askAnswer reads 00/00: respCode speaks of the question, origRespCode of the
// trade. A refusal of the question says nothing about the trade.
func askAnswer(h heard, o channel.Order, now time.Time) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	f := h.fields
	switch {
	case f["respCode"] == codeNotFound && (f["orderId"] == "" || f.about(o.No, o.Made)):
		return channel.Answer{Outcome: channel.NotFound}
	case f["respCode"] != codeGood || !f.about(o.No, o.Made) || f["txnType"] != "01" && f["txnType"] != "00":
		return unknown()
	}
	switch code := f["origRespCode"]; {
	case code == codeGood, code == codeGoodFlawed:
		return f.paid(o)
	case code == codeReversed:
		return channel.Answer{Outcome: channel.Closed, WalletNo: cutText(f["queryId"], 64)}
	case underWay(code):
		return channel.Answer{Outcome: channel.Waiting}
	default:
		why, ok := failure(code)
		switch {
		case !ok:
			return unknown()
		case o.Kind != guitai.Show:
			return channel.Answer{Outcome: channel.Declined, Reason: why}
		case f.over(o, now):
			return channel.Answer{Outcome: channel.Closed, Reason: why}
		}
		// The payer may try again with another card until payTimeout [3].
		return channel.Answer{Outcome: channel.Waiting}
	}
}

// over reports whether a shown code is past its payTimeout, so that what the
// query says is final [3]. Without its own word in reqReserved a code may live
// as long as any can.
func (f fields) over(o channel.Order, now time.Time) bool {
	ends := o.Made.Add(maxShow)
	if text, ok := strings.CutPrefix(f["reqReserved"], "payTimeout"); ok {
		if t, err := parseTime(text); err == nil && t.Before(ends.Add(time.Minute)) {
			ends = t
		}
	}
	return !now.Before(ends.Add(payLag))
}

// overAnswer turns what the query says into the answer of an ending: a paid
// order refuses it, one that failed for good is over, anything else may still
// be paid.
func overAnswer(a channel.Answer) channel.Answer {
	switch a.Outcome {
	case channel.Paid:
		return channel.Answer{Outcome: channel.EndRefused}
	case channel.Declined:
		return channel.Answer{Outcome: channel.Closed}
	case channel.Closed, channel.NotFound, channel.Unavailable:
		return a
	}
	return unknown()
}

// reverseAnswer reads 99/01, and whether the query must tell: 35 means that the
// original does not exist or cannot be reversed, 39 that its day is over, 45
// that it was given back in another way [2].
func reverseAnswer(h heard, o channel.Order) (a channel.Answer, ask bool) {
	if h.fate != believed {
		return h.unsaid(), false
	}
	f := h.fields
	if !f.echoes("99", o.No, o.Made) {
		return unknown(), false
	}
	switch f["respCode"] {
	case codeGood, codeReversed:
		return channel.Answer{Outcome: channel.Closed, WalletNo: cutText(f["queryId"], 64)}, false
	case codeNotFound:
		return channel.Answer{Outcome: channel.NotFound}, false
	case "35", "39", "45":
		return unknown(), true
	}
	return unknown(), false
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

// refundAnswer reads 04/00, and whether the query must tell.
func refundAnswer(h heard, r channel.Refund) (a channel.RefundAnswer, ask bool) {
	if h.fate != believed {
		return h.unsaidRefund(), false
	}
	f := h.fields
	if !f.echoes("04", r.No, r.Made) {
		return refundUnknown(), false
	}
	switch f["respCode"] {
	case codeGood, codeGoodFlawed, codeUnderWay:
		return channel.RefundAnswer{Outcome: channel.RefundPending, WalletNo: cutText(f["queryId"], 64)}, false
	case codeRepeated:
		return refundUnknown(), true
	}
	if why, ok := refundFailure(f["respCode"]); ok {
		return channel.RefundAnswer{Outcome: channel.RefundDeclined, Reason: why}, false
	}
	return refundUnknown(), false
}

// repeatedAnswer is the query's answer about a refund whose number is spent: it
// exists, whatever the query says.
func repeatedAnswer(a channel.RefundAnswer) channel.RefundAnswer {
	if a.Outcome == channel.RefundNotFound || a.Outcome == channel.RefundUnavailable {
		return refundUnknown()
	}
	return a
}

// askRefundAnswer reads 00/00 about a refund.
func askRefundAnswer(h heard, r channel.Refund) channel.RefundAnswer {
	if h.fate != believed {
		return h.unsaidRefund()
	}
	f := h.fields
	switch {
	case f["respCode"] == codeNotFound && (f["orderId"] == "" || f.about(r.No, r.Made)):
		return channel.RefundAnswer{Outcome: channel.RefundNotFound}
	case f["respCode"] != codeGood || !f.about(r.No, r.Made) || f["txnType"] != "04" && f["txnType"] != "00":
		return refundUnknown()
	}
	if why, ok := refundFailure(f["origRespCode"]); ok {
		return channel.RefundAnswer{Outcome: channel.RefundDeclined, Reason: why}
	}
	return f.refunded(f["origRespCode"], r.Amount)
}

// refunded is the answer for a refund that is done or under way; the amount must
// be what was asked, where that is known.
func (f fields) refunded(code string, want guitai.Money) channel.RefundAnswer {
	m, ok := f.amount()
	switch {
	case !ok:
		return refundUnknown()
	case want.Positive() && m != want:
		return channel.RefundAnswer{Outcome: channel.RefundUnknown, Reason: guitai.CodeAmountDiffers}
	case underWay(code):
		return channel.RefundAnswer{Outcome: channel.RefundPending, Amount: m, WalletNo: cutText(f["queryId"], 64)}
	case (code == codeGood || code == codeGoodFlawed) && f["queryId"] != "":
		return channel.RefundAnswer{Outcome: channel.RefundDone, Amount: m, WalletNo: cutText(f["queryId"], 64), DoneAt: f.happened()}
	}
	return refundUnknown()
}
