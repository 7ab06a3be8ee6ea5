package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"guitai"
	"guitai/channel"
)

// notification is the body of a notice (doc/v3/merchant/4012791882).
type notification struct {
	EventType    string `json:"event_type"`
	ResourceType string `json:"resource_type"`
	Resource     struct {
		sealed
		OriginalType string `json:"original_type"`
	} `json:"resource"`
}

// noticeWait bounds the download of a certificate while a notice waits: WeChat
// Pay wants its reply within 5 s.
const noticeWait = 4 * time.Second

// ReadNotice checks whose notice it is, decrypts and reads it. An error of kind
// Unavailable means that it could not be checked now; any other that it is not
// WeChat Pay's, or not for us. Neither may have an effect.
func (c *Channel) ReadNotice(n channel.RawNotice) (channel.Notice, error) {
	if len(n.Body) > maxBody {
		return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeBodyTooLarge)
	}
	s := stampOf(func(name string) string { return one(n.Header, name) })
	if err := s.check(c.now()); err != nil {
		return channel.Notice{}, forged(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), min(noticeWait, c.timeout))
	defer stop()
	key, fetched, err := c.keyFor(ctx, s.serial)
	if err != nil {
		if len(fetched) > 0 { // we asked, and did not hear
			return channel.Notice{}, guitai.Fail(guitai.Unavailable, guitai.CodeWalletUnreachable, err)
		}
		return channel.Notice{}, forged(err)
	}
	if err := s.verify(key, n.Body); err != nil {
		return channel.Notice{}, forged(err)
	}
	var in notification
	if err := json.Unmarshal(n.Body, &in); err != nil || in.ResourceType != "encrypt-resource" {
		return channel.Notice{}, malformedNotice(errText)
	}
	plain, err := in.Resource.open(c.v3Key)
	if err != nil {
		return channel.Notice{}, malformedNotice(err)
	}
	out, err := c.readPlain(in, plain)
	if err != nil {
		return channel.Notice{}, err
	}
	out.Message = channel.Message{At: c.now(), Op: "notice " + cut(in.EventType, 64), In: maskJSON(plain)}
	return out, nil
}

func forged(err error) error {
	return guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong, err)
}

func malformedNotice(err error) error {
	return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed, err)
}

var (
	errEvent   = errors.New("a kind of notice that is not known")
	errForeign = errors.New("about another merchant")
)

// readPlain reads what was encrypted, by the kind of the event.
func (c *Channel) readPlain(in notification, plain []byte) (channel.Notice, error) {
	switch in.EventType {
	case "TRANSACTION.SUCCESS":
		var t transaction
		if err := json.Unmarshal(plain, &t); err != nil || t.OutTradeNo == "" {
			return channel.Notice{}, malformedNotice(errText)
		}
		if !c.ours(t.names) {
			return channel.Notice{}, forged(errForeign)
		}
		a := t.tells()
		if a.Outcome != channel.Paid {
			return channel.Notice{}, malformedNotice(errText)
		}
		return channel.Notice{OrderNo: t.OutTradeNo, Answer: a}, nil
	case "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED":
		var r refunded
		if err := json.Unmarshal(plain, &r); err != nil || r.OutRefundNo == "" || "REFUND."+r.RefundStatus != in.EventType {
			return channel.Notice{}, malformedNotice(errText)
		}
		if !c.oursByNumber(r.names) {
			return channel.Notice{}, forged(errForeign)
		}
		a := r.tells(r.RefundStatus)
		if a.Outcome == channel.RefundUnknown {
			return channel.Notice{}, malformedNotice(errText)
		}
		return channel.Notice{OrderNo: r.OutTradeNo, RefundNo: r.OutRefundNo, Refund: a}, nil
	}
	return channel.Notice{}, malformedNotice(errEvent)
}

// Reply is 204 without a body for a notice that was taken. Anything else has
// WeChat Pay send it again, up to 15 times within a day; it is never told why.
func (c *Channel) Reply(err error) channel.NoticeReply {
	if err == nil {
		return channel.NoticeReply{Code: http.StatusNoContent}
	}
	code := http.StatusInternalServerError
	if guitai.Forbidden.Is(err) {
		code = http.StatusUnauthorized
	}
	return channel.NoticeReply{Code: code, ContentType: "application/json", Body: []byte(`{"code":"FAIL","message":"not taken"}`)}
}
