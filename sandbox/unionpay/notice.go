package unionpay

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// NoticeRequest makes one delivery (后台通知): a form, signed in the way that
// the trade was.
func (p *Provider) NoticeRequest(ctx context.Context, n book.Notice, plan fault.Plan) (*http.Request, error) {
	out := p.noticeFields(n, plan)
	key, spoilt := p.keys.own, ""
	switch {
	case plan.Has(fault.ForgedNotice) || plan.Has(fault.SignTestProbe): // UnionPay sends no probes; a forgery comes closest
		var err error
		if key, err = p.forger.pair(); err != nil {
			return nil, err
		}
		spoilt = "forged"
	case plan.Has(fault.BadSignature):
		spoilt = " "
	}
	if err := p.seal(out, key, spoilt); err != nil {
		return nil, err
	}
	form := url.Values{}
	for name, value := range out {
		if value != "" {
			form.Set(name, value)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	r.Header.Set("User-Agent", "Mozilla/5.0")
	return r, nil
}

// noticeFields tells of a trade that went well, as it stood then.
func (p *Provider) noticeFields(n book.Notice, plan fault.Plan) fields {
	o := n.Order
	out := fields{
		"version": "5.1.0", "encoding": "UTF-8", "signMethod": o.Extra["sign"], "bizType": "000000", "accessType": "0", "merId": p.keys.MerID,
		"respCode": string(accepted), "respMsg": accepted.text(), "currencyCode": "156",
	}
	if r, ok := o.Refund(n.RefundNo); ok && n.RefundNo != "" {
		t := tagOf(r)
		maps.Copy(out, fields{
			"txnType": t.kind, "txnSubType": "00", "orderId": r.RefundNo, "txnTime": t.txnTime, "txnAmt": amount(r.AmountFen, plan),
			"origQryId": o.Number, "reqReserved": t.reserved, "signMethod": t.sign,
		})
		p.traced(out, r.Number, r.DoneAt, r.AmountFen)
		return out
	}
	maps.Copy(out, fields{
		"txnType": "01", "txnSubType": o.Extra["sub"], "orderId": o.OrderNo, "txnTime": o.Extra["txn_time"], "txnAmt": amount(o.AmountFen, plan),
		"reqReserved": o.Extra["reserved"], "accNo": card(o.Payer), "payCardType": "01", "exchangeRate": "0",
	})
	p.traced(out, o.Number, o.PaidAt, o.AmountFen)
	return out
}

// NoticeTaken: "需要10秒内返回http200或302状态码".
func (p *Provider) NoticeTaken(code int, _ []byte) bool {
	return code == http.StatusOK || code == http.StatusFound
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
