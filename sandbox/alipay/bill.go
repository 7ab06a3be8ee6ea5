package alipay

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// billLife is how long the address of a bill is good
// ("alipay.data.dataservice.bill.downloadurl.query").
const billLife = 30 * time.Second

// billPath is where bills lie.
const billPath = "/downloadBillFile.resource"

// The kinds of bill.
const (
	billTrade = "trade"
	billFunds = "signcustomer"
)

// billSlip is what the address of a bill stands for. Its lines are those of
// when it was asked for.
type billSlip struct {
	kind     string
	day      string // 2006-01-02
	seller   string
	from, to time.Time
	wide     bool // the newer columns
	rows     []book.Row
}

// billQuery is alipay.data.dataservice.bill.downloadurl.query. A day on which
// nothing moved has no bill, as one that is not ready.
func (p *Provider) billQuery(c *call) (any, error) {
	a, err := decode[struct {
		BillType string `json:"bill_type"`
		BillDate string `json:"bill_date"`
	}](c)
	if err != nil {
		return nil, err
	}
	day, err := time.ParseInLocation(time.DateOnly, a.BillDate, beijing())
	if err != nil || day.After(p.now()) || a.BillType != billTrade && a.BillType != billFunds {
		return nil, refused("INVAILID_ARGUMENTS", "入参不合法") // spelt so
	}
	s := billSlip{kind: a.BillType, day: a.BillDate, seller: c.shop.sellerID, wide: c.app.provider}
	none := refused("BILL_NOT_EXIST", "账单不存在")
	var ok bool
	if s.to, ok = p.billReady(day); !ok {
		return nil, none
	}
	s.from = day
	if s.rows, err = p.billRows(s); err != nil {
		return nil, err
	}
	if len(s.rows) == 0 {
		return nil, none
	}
	now := p.now()
	id, err := p.bills.give(p.rand, s, now, now.Add(billLife))
	if err != nil {
		return nil, err
	}
	q := url.Values{"bizType": {s.kind}, "userId": {s.seller + "0156"}, "fileType": {"csv.zip"}, "fileId": {id}}
	return struct {
		head
		BillDownloadURL string `json:"bill_download_url"`
	}{success(), "http://" + c.host + billPath + "?" + q.Encode()}, nil
}

// billReady says up to when the bill of a day counts, if it is ready.
func (p *Provider) billReady(day time.Time) (time.Time, bool) {
	if p.ready != nil {
		return p.ready(day.Format(time.DateOnly))
	}
	end := day.AddDate(0, 0, 1)
	return end, !p.now().Before(end)
}

// billRows are a seller's movements.
func (p *Provider) billRows(s billSlip) ([]book.Row, error) {
	rows, err := p.book.Rows(book.Alipay, s.from, s.to)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r book.Row) bool { return p.seller(r.Order) != s.seller })
	if p.spoil != nil {
		rows = p.spoil(rows)
	}
	return rows, nil
}

// billDownload serves a bill: a ZIP with details and a summary, in any order.
func (p *Provider) billDownload(w http.ResponseWriter, r *http.Request) {
	p.faults.Serve(w, r, fault.Call{Provider: string(book.Alipay), Op: OpBillDownload}, func(w http.ResponseWriter, r *http.Request) {
		s, ok := p.bills.look(r.URL.Query().Get("fileId"), p.now())
		if !ok {
			http.Error(w, "此链接已失效", http.StatusForbidden)
			return
		}
		pack, err := p.pack(s)
		if err != nil {
			http.Error(w, "系统繁忙", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="`+s.seller+"0156_"+strings.ReplaceAll(s.day, "-", "")+`.zip"`)
		_, _ = w.Write(pack) // a caller who has gone is not our trouble
	})
}

func (p *Provider) pack(s billSlip) ([]byte, error) {
	files := p.tradeFiles
	if s.kind == billFunds {
		files = p.fundFiles
	}
	both, err := files(s)
	if err != nil {
		return nil, err
	}
	if len(s.rows)%2 == 1 {
		slices.Reverse(both)
	}
	return zipped(both)
}

// billFile is a member of the ZIP.
type billFile struct{ name, text string }

// zipped packs files as Alipay does: GBK inside, and GBK names that are not
// marked as such.
func zipped(files []billFile) ([]byte, error) {
	gbk := encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder())
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		name, err := gbk.String(f.name)
		if err != nil {
			return nil, err
		}
		text, err := gbk.String(f.text)
		if err != nil {
			return nil, err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// sheet is a file with Alipay's frame around it.
type sheet struct {
	strings.Builder
}

func (b *sheet) line(cells ...string) { b.WriteString(strings.Join(cells, ",") + "\r\n") }

// open begins a file; what names its list.
func (p *Provider) open(s billSlip, title, what string) *sheet {
	b := &sheet{}
	at := func(t time.Time) string { return t.In(beijing()).Format("2006年01月02日 15:04:05") }
	day, err := time.ParseInLocation(time.DateOnly, s.day, beijing())
	if err != nil {
		day = s.from
	}
	b.line("#支付宝" + title + "查询")
	b.line("#账号：[" + s.seller + "0156]")
	b.line("#起始日期：[" + at(day) + "]   终止日期：[" + at(day.AddDate(0, 0, 1)) + "]")
	b.line("#-----------------------------------------" + what + "列表----------------------------------------")
	return b
}

func (b *sheet) end(what string) {
	b.line("#-----------------------------------------" + what + "列表结束------------------------------------")
}

func (p *Provider) exported() string {
	return "#导出时间：[" + p.now().In(beijing()).Format("2006年01月02日 15:04:05") + "]"
}

// cell is a text as it stands in a file: a TAB follows it, so that spreadsheets
// do not take it for a number.
func cell(s string) string {
	return strings.NewReplacer(",", "，", "\t", " ", "\r", " ", "\n", " ", `"`, "＂").Replace(s) + "\t"
}
