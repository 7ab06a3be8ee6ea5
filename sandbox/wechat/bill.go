package wechat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

const (
	paperLife = 5 * time.Minute // of a download's token
	papers    = 64              // bills that wait to be fetched; more drop the oldest
	dayShape  = "2006-01-02"
)

// paper is a bill that was made and waits to be fetched.
type paper struct {
	token string
	mchid string
	body  []byte
	until time.Time
}

type paperBox struct {
	mu   sync.Mutex
	open []paper
}

func (b *paperBox) put(p paper) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.open) >= papers {
		b.open = b.open[1:]
	}
	b.open = append(b.open, p)
}

func (b *paperBox) get(token string) (paper, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.open {
		if same(p.token, token) {
			return p, true
		}
	}
	return paper{}, false
}

// span is what the bill of a day covers: from the end of the day before's, or
// from midnight, to its own end.
func (p *Provider) span(day string) (from, to time.Time, err error) {
	at, perr := time.ParseInLocation(dayShape, day, beijing())
	now := p.now().In(beijing())
	switch {
	case perr != nil:
		return from, to, paramError("bill_date", "账单日期格式不正确")
	case at.After(now) || at.Before(now.AddDate(0, -3, -1)):
		return from, to, &v3Error{http: 400, code: "INVALID_REQUEST", text: "账单日期须在三个月之内", number: 268435461, field: "bill_date"}
	}
	ready := p.desk.BillReady
	if ready == nil {
		today := now.Format(dayShape)
		ready = func(day string) (time.Time, bool) {
			at, err := time.ParseInLocation(dayShape, day, beijing())
			return at.AddDate(0, 0, 1), err == nil && day < today
		}
	}
	to, ok := ready(day)
	if !ok {
		return from, to, &v3Error{http: 400, code: "STATEMENT_CREATING", text: "账单生成中，请稍后再试", number: 268435461}
	}
	from = at
	if before, ok := ready(at.AddDate(0, 0, -1).Format(dayShape)); ok {
		from = before
	}
	return from, to, nil
}

// rows are what moved at one merchant, and with a service provider at its shops
// or one of them.
func (p *Provider) rows(w whose, from, to time.Time) ([]book.Row, error) {
	rows, err := p.book.Rows(book.WeChat, from, to)
	return slices.DeleteFunc(rows, func(r book.Row) bool {
		return r.Order.Extra["mchid"] != w.Mchid || w.sub != "" && r.Order.Extra["sub_mchid"] != w.sub
	}), err
}

func noStatement() error {
	return &v3Error{http: 400, code: "NO_STATEMENT_EXIST", text: "账单文件不存在", number: 268435461}
}

// billWho reads for whom a bill is, and how it shall be packed.
func (p *Provider) billWho(c *v3Call) (w whose, pack string, err error) {
	q := c.URL.Query()
	w, pack = whose{party: c.who, sub: q.Get("sub_mchid")}, q.Get("tar_type")
	if _, ok := c.who.sub(w.sub, ""); w.sub != "" && !ok {
		return w, pack, &v3Error{http: 403, code: "NO_AUTH", text: "无该子商户账单的权限", number: 268443715}
	}
	if pack != "" && pack != "GZIP" {
		return w, pack, paramError("tar_type", "压缩类型不合法")
	}
	return w, pack, nil
}

// tradeBill is GET /v3/bill/tradebill ("申请交易账单").
func (p *Provider) tradeBill(c *v3Call) (any, error) {
	q := c.URL.Query()
	w, pack, err := p.billWho(c)
	kind := q.Get("bill_type")
	switch {
	case err != nil:
		return nil, err
	case kind != "" && kind != "ALL" && kind != "SUCCESS" && kind != "REFUND":
		return nil, paramError("bill_type", "账单类型不合法")
	}
	from, to, err := p.span(q.Get("bill_date"))
	if err != nil {
		return nil, err
	}
	rows, err := p.rows(w, from, to)
	if err != nil {
		return nil, err
	}
	if p.desk.SpoilBill != nil {
		rows = p.desk.SpoilBill(rows)
	}
	rows = slices.DeleteFunc(rows, func(r book.Row) bool {
		return kind == "SUCCESS" && r.Kind != book.RowPaid || kind == "REFUND" && r.Kind == book.RowPaid
	})
	if len(rows) == 0 {
		return nil, noStatement()
	}
	text, err := p.tradeText(rows)
	if err != nil {
		return nil, err
	}
	return p.offer(c, text, pack)
}

// fundBill is GET /v3/bill/fundflowbill ("申请资金账单"). Money that came in
// stays on the account: this street pays nothing out.
func (p *Provider) fundBill(c *v3Call) (any, error) {
	q := c.URL.Query()
	w, pack, err := p.billWho(c)
	switch kind := q.Get("account_type"); {
	case err != nil:
		return nil, err
	case w.sub != "":
		return nil, paramError("sub_mchid", "资金账单不支持 sub_mchid")
	case kind == "OPERATION" || kind == "FEES":
		return nil, noStatement()
	case kind != "" && kind != "BASIC":
		return nil, paramError("account_type", "资金账户类型不合法")
	}
	from, to, err := p.span(q.Get("bill_date"))
	if err != nil {
		return nil, err
	}
	before, err := p.rows(w, time.Time{}, from)
	if err != nil {
		return nil, err
	}
	balance := int64(0)
	for _, r := range before {
		balance += r.AmountFen - r.FeeFen
	}
	rows, err := p.rows(w, from, to)
	if err != nil {
		return nil, err
	}
	if p.desk.SpoilBill != nil {
		rows = p.desk.SpoilBill(rows)
	}
	if len(rows) == 0 {
		return nil, noStatement()
	}
	return p.offer(c, fundText(rows, balance), pack)
}

// offer keeps a bill for fetching. The digest is of the file before it is
// packed.
func (p *Provider) offer(c *v3Call, text []byte, pack string) (any, error) {
	sum := sha1.Sum(text)
	at := paper{token: p.token(64), mchid: c.who.Mchid, body: text, until: p.now().Add(paperLife)}
	target := "/v3/billdownload/file?token=" + at.token
	if pack == "GZIP" {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(text); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		at.body = b.Bytes()
		target += "&tartype=gzip"
	}
	p.papers.put(at)
	if c.plan.Has(fault.WrongAmount) {
		sum[0]++ // a file that was changed on its way
	}
	return map[string]string{"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]), "download_url": p.outside(c) + target}, nil
}

// outside is this door's address as the caller wrote it; the real service names
// its own host.
func (p *Provider) outside(c *v3Call) string {
	if c.TLS != nil {
		return "https://" + c.Host
	}
	return "http://" + c.Host
}

// billDownload gives a bill out: the request is signed, the answer is not.
func (p *Provider) billDownload(w http.ResponseWriter, r *http.Request) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		c := &v3Call{Request: r, plan: fault.From(r.Context()), name: p.keys.platformName}
		if _, err := p.checked(c, func(*v3Call) (any, error) { return nil, nil }); err != nil {
			p.refuse(w, c, err)
			return
		}
		at, ok := p.papers.get(r.URL.Query().Get("token"))
		switch {
		case !ok || !p.now().Before(at.until):
			p.refuse(w, c, &v3Error{http: 400, code: "INVALID_REQUEST", text: "下载凭证不存在或已过期，请重新获取账单地址", number: 268435461})
			return
		case at.mchid != c.who.Mchid:
			p.refuse(w, c, &v3Error{http: 403, code: "NO_AUTH", text: "下载的商户与申请的商户不一致", number: 268443715})
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(at.body) // a caller who has gone is not our trouble
	}
	p.faults.Serve(w, r, fault.Call{Provider: string(book.WeChat), Op: OpBillDownload}, serve)
}
