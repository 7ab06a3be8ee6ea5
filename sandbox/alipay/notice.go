package alipay

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// NoticeRequest makes one delivery ("异步通知"): a form, signed now over all
// its fields but sign, sign_type and alipay_cert_sn.
func (p *Provider) NoticeRequest(ctx context.Context, n book.Notice, plan fault.Plan) (*http.Request, error) {
	fields, err := p.noticeFields(n, plan)
	if err != nil {
		return nil, err
	}
	key := p.keys.plain
	if n.Order.Extra["mode"] == "cert" {
		key = p.keys.certified
		fields["alipay_cert_sn"] = p.keys.certSN
	}
	text := toSign(fields, "sign", "sign_type", "alipay_cert_sn")
	switch {
	case plan.Has(fault.ForgedNotice) || plan.Has(fault.SignTestProbe): // Alipay sends no probes; a forgery comes closest
		if key, err = p.forger.pair(); err != nil {
			return nil, err
		}
	case plan.Has(fault.BadSignature):
		text += " "
	}
	fields["sign"] = seal(key, []byte(text))
	form := url.Values{}
	for name, value := range fields {
		if value != "" {
			form.Set(name, value)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, bytes.NewBufferString(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("User-Agent", "Mozilla/4.0")
	return r, nil
}

// noticeFields tells how the trade stood when the thing happened.
func (p *Provider) noticeFields(n book.Notice, plan fault.Plan) (map[string]string, error) {
	o := n.Order
	v, err := p.payment(o, plan)
	if err != nil {
		return nil, err
	}
	id := md5.Sum([]byte(n.ID))
	created := o.CreatedAt
	if o.Kind == book.Show && !inside(o) {
		created = o.OpenedAt
	}
	fields := map[string]string{
		"notify_time": stamp(p.now()), "notify_type": "trade_status_sync", "notify_id": "20" + hex.EncodeToString(id[:]),
		"app_id": cmp.Or(o.Extra["app"], p.keys.AppID), "auth_app_id": cmp.Or(o.Extra["auth_app"], p.keys.AppID), "charset": "utf-8", "version": "1.0", "sign_type": "RSA2",
		"trade_no": o.Number, "out_trade_no": o.OrderNo, "seller_id": p.seller(o), "seller_email": "shop@example.com",
		"buyer_id": v.BuyerUserID, "buyer_open_id": v.BuyerOpenID, "buyer_logon_id": v.BuyerLogonID,
		"trade_status": tradeStatus(o, n.CreatedAt), "subject": o.Subject, "body": o.Attach,
		"total_amount": v.TotalAmount, "receipt_amount": v.ReceiptAmount, "invoice_amount": v.InvoiceAmount,
		"buyer_pay_amount": v.BuyerPayAmount, "point_amount": v.PointAmount,
		"gmt_create": stamp(created), "gmt_payment": stamp(o.PaidAt),
	}
	bills, err := json.Marshal([]map[string]string{{"fundChannel": "ALIPAYACCOUNT", "amount": v.TotalAmount}})
	if err != nil {
		return nil, err
	}
	fields["fund_bill_list"] = string(bills)
	if r, ok := o.Refund(n.RefundNo); ok && n.RefundNo != "" {
		fields["out_biz_no"], fields["refund_fee"], fields["gmt_refund"] = r.RefundNo, yuan(o.RefundFen()), stamp(r.DoneAt)
		if fields["trade_status"] == "TRADE_CLOSED" {
			fields["gmt_close"] = stamp(r.DoneAt)
		}
	}
	return fields, nil
}

// NoticeTaken: the merchant says the seven letters success and nothing else.
func (p *Provider) NoticeTaken(code int, body []byte) bool {
	return code == http.StatusOK && strings.TrimSpace(string(body)) == "success"
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
