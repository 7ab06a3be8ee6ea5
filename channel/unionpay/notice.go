package unionpay

import (
	"errors"

	"guitai"
	"guitai/channel"
)

// maxNotice bounds a notice; documented ones have some 30 fields and 4 KiB.
const maxNotice = 64 << 10

// ReadNotice reads a notice (后台通知) [3]: a form, signed over all its fields
// like an answer. It must be for this merchant, and about a consumption or a
// refund. UnionPay tells only of what went well.
func (c *Channel) ReadNotice(n channel.RawNotice) (channel.Notice, error) {
	if len(n.Body) > maxNotice {
		return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeBodyTooLarge, errors.New("unionpay: notice is too large"))
	}
	f, err := parseForm(string(n.Body))
	if err != nil {
		return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed, errors.New("unionpay: notice is not a form"))
	}
	if err := c.seal.verify(f, c.now()); err != nil {
		return channel.Notice{}, guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong, errors.New("unionpay: notice: signature "+err.Error()))
	}
	if f["merId"] != c.merID {
		return channel.Notice{}, guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong, errors.New("unionpay: notice for another merchant"))
	}
	made, err := parseTime(f["txnTime"])
	if err != nil || !named(f["orderId"], made) {
		return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeFieldInvalid, errors.New("unionpay: a notice about nothing"))
	}
	m := channel.Message{At: c.now().UTC(), Op: "notice", In: f.masked("")}
	good := f["respCode"] == codeGood || f["respCode"] == codeGoodFlawed
	switch f["txnType"] {
	case "01":
		a := unknown()
		if good {
			a = f.paid(channel.Order{})
		}
		a.WalletCode = cutText(f["respCode"], 16)
		return channel.Notice{OrderNo: f["orderId"], Answer: a, Message: m}, nil
	case "04":
		a := refundUnknown()
		if good {
			a = f.refunded(f["respCode"], guitai.Money{})
		}
		a.WalletCode = cutText(f["respCode"], 16)
		return channel.Notice{RefundNo: f["orderId"], Refund: a, Message: m}, nil
	}
	return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeFieldInvalid, errors.New("unionpay: a notice of an unknown kind"))
}

// Reply is HTTP 200, or anything else to have the notice again: UnionPay sends
// it five times [3].
func (c *Channel) Reply(err error) channel.NoticeReply {
	r := channel.NoticeReply{Code: 200, ContentType: "text/plain; charset=utf-8", Body: []byte("ok")}
	if err != nil {
		r.Code, r.Body = 500, []byte("fail")
		if guitai.Invalid.Is(err) || guitai.Forbidden.Is(err) {
			r.Code = 400
		}
	}
	return r
}
