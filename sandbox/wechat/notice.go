package wechat

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// noticeBody is the body of "支付通知" and "退款结果通知".
type noticeBody struct {
	ID           string `json:"id"`
	CreateTime   string `json:"create_time"`
	ResourceType string `json:"resource_type"`
	EventType    string `json:"event_type"`
	Summary      string `json:"summary"`
	Resource     sealed `json:"resource"`
}

// refundNotice is the plain text of a refund notice.
type refundNotice struct {
	Mchid               string             `json:"mchid,omitempty"`
	SpMchid             string             `json:"sp_mchid,omitempty"`
	SubMchid            string             `json:"sub_mchid,omitempty"`
	TransactionID       string             `json:"transaction_id"`
	OutTradeNo          string             `json:"out_trade_no"`
	RefundID            string             `json:"refund_id"`
	OutRefundNo         string             `json:"out_refund_no"`
	RefundStatus        string             `json:"refund_status"`
	SuccessTime         string             `json:"success_time,omitempty"`
	UserReceivedAccount string             `json:"user_received_account"`
	Amount              refundNoticeAmount `json:"amount"`
}

type refundNoticeAmount struct {
	Total       int64 `json:"total"`
	Refund      int64 `json:"refund"`
	PayerTotal  int64 `json:"payer_total"`
	PayerRefund int64 `json:"payer_refund"`
}

// NoticeRequest makes one delivery, sealed and signed now.
func (p *Provider) NoticeRequest(ctx context.Context, n book.Notice, plan fault.Plan) (*http.Request, error) {
	text, kind, event, err := p.noticeText(n, plan)
	if err != nil {
		return nil, err
	}
	s, err := p.sealText(p.whoOf(n.Order).party, p.noticeSuite(n), plain{text, kind})
	if err != nil {
		return nil, err
	}
	s.OriginalType = kind
	b := noticeBody{
		ID: n.ID, CreateTime: rfc3339(n.CreatedAt), ResourceType: "encrypt-resource",
		EventType: event, Summary: "支付成功", Resource: s,
	}
	if kind == "refund" {
		b.Summary = "退款成功"
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	headers, err := p.noticeSeal(n, plan, body)
	if err != nil {
		return nil, err
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Mozilla/4.0")
	r.Header.Set("Request-Id", p.requestID(0))
	return r, nil
}

func (p *Provider) noticeText(n book.Notice, plan fault.Plan) (text []byte, kind, event string, err error) {
	if n.RefundNo == "" {
		t, err := p.transaction(n.Order, plan)
		if err != nil {
			return nil, "", "", err
		}
		text, err = json.Marshal(t)
		return text, "transaction", "TRANSACTION.SUCCESS", err
	}
	r, _ := n.Order.Refund(n.RefundNo)
	o, err := p.refundObject(n.Order, r, plan)
	if err != nil {
		return nil, "", "", err
	}
	names := p.whoOf(n.Order).names()
	text, err = json.Marshal(refundNotice{
		Mchid: names.Mchid, SpMchid: names.SpMchid, SubMchid: names.SubMchid, TransactionID: o.TransactionID, OutTradeNo: o.OutTradeNo,
		RefundID: o.RefundID, OutRefundNo: o.OutRefundNo, RefundStatus: o.Status,
		SuccessTime: o.SuccessTime, UserReceivedAccount: o.UserReceivedAccount,
		Amount: refundNoticeAmount{Total: o.Amount.Total, Refund: o.Amount.Refund, PayerTotal: o.Amount.PayerTotal, PayerRefund: o.Amount.PayerRefund},
	})
	return text, "refund", "REFUND." + o.Status, err
}

// noticeKey names the key that the merchant used when it asked.
func (p *Provider) noticeKey(n book.Notice) string {
	name := n.Order.Extra["wechatpay_serial"]
	if r, ok := n.Order.Refund(n.RefundNo); ok && r.Tag != "" {
		name = r.Tag
	}
	if name == "" {
		name = p.keys.PublicKeyID
	}
	return name
}

// noticeSuite: who signs by SM2 seals by SM4.
func (p *Provider) noticeSuite(n book.Notice) suite {
	if p.noticeKey(n) == p.keys.sm2.name {
		return suiteSM
	}
	return suiteRSA
}

// noticeSeal signs by the key that the merchant used when it asked.
func (p *Provider) noticeSeal(n book.Notice, plan fault.Plan, body []byte) (map[string]string, error) {
	name := p.noticeKey(n)
	switch {
	case plan.Has(fault.ForgedNotice):
		key, err := p.forger.pair()
		if err != nil {
			return nil, err
		}
		return p.sealWith(key, name, body), nil
	case plan.Has(fault.SignTestProbe):
		// "如何应对微信支付的签名探测流量": such a signature must be refused.
		h := p.seal(name, body)
		raw := make([]byte, 192)
		if _, err := rand.Read(raw); err != nil {
			return nil, err
		}
		h["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + base64.StdEncoding.EncodeToString(raw)
		return h, nil
	case plan.Has(fault.BadSignature):
		return p.seal(name, append(bytes.Clone(body), ' ')), nil
	}
	return p.seal(name, body), nil
}

// NoticeTaken: "200 or 204" means that the merchant has it.
func (p *Provider) NoticeTaken(code int, _ []byte) bool {
	return code == http.StatusOK || code == http.StatusNoContent
}

// forger is a stranger with a key of its own, made when first needed.
type forger struct {
	mu  sync.Mutex
	key *rsa.PrivateKey
}

func (f *forger) pair() (*rsa.PrivateKey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.key == nil {
		f.key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	return f.key, err
}
