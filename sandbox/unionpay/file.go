package unionpay

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/sandbox/book"
)

// feeRate is what a trade costs the merchant, in hundred-thousandths: 0.38 %.
const feeRate = 380

// zmWidths are the columns of a line of the trade file (ZM), one blank between.
func zmWidths() []int {
	return []int{3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
		32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98}
}

// zmRow is a line before it is laid out.
type zmRow struct {
	at       time.Time
	code     string // 交易代码
	number   string
	orderNo  string
	payer    string
	fen, fee int64
	kind     string // txnType
	sub      string
	orig     book.Order // empty for a consumption
	term     string
}

// file is 76/01: the settlement day's trades as base64 of zlib of a ZIP with a
// ZM and a ZME member. A day whose bill is not made has none.
func (p *Provider) file(c *call) (fields, error) {
	if c.ask["fileType"] != "00" {
		return nil, badFormat
	}
	day, cut, err := p.settled(c.ask["settleDate"])
	if err != nil {
		return nil, err
	}
	rows, err := p.rows(day, cut)
	if err != nil {
		return nil, err
	}
	var zm strings.Builder
	for _, r := range rows {
		zm.WriteString(p.zmLine(r) + "\r\n")
	}
	yymmdd := day.Format("060102")
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for _, f := range []struct{ name, text string }{
		{"INN" + yymmdd + "88ZM_" + p.keys.MerID, zm.String()},
		{"INN" + yymmdd + "88ZME_" + p.keys.MerID, ""}, // the sandbox knows no adjustments
	} {
		text, err := simplifiedchinese.GBK.NewEncoder().String(f.text)
		if err != nil {
			return nil, err
		}
		w, err := z.Create(f.name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	d := zlib.NewWriter(&out)
	if _, err := d.Write(packed.Bytes()); err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return fields{
		"fileName": p.keys.MerID + "_" + day.Format("20060102") + ".zip", "fileContent": base64.StdEncoding.EncodeToString(out.Bytes()),
	}, nil
}

// settled reads MMDD as the last such day whose file lies ready, and up to when
// that file counts.
func (p *Provider) settled(mmdd string) (day, cut time.Time, err error) {
	today := settleDay(p.now())
	for _, year := range []int{today.Year(), today.Year() - 1} {
		day, err := time.ParseInLocation("20060102", fmt.Sprintf("%04d%s", year, mmdd), beijing())
		if err != nil || day.After(today) {
			continue
		}
		cut := day.Add(23 * time.Hour)
		ready := day.Before(today)
		if p.desk.BillReady != nil {
			cut, ready = p.desk.BillReady(day.Format(time.DateOnly))
		}
		if !ready || today.Sub(day) > 90*24*time.Hour {
			return day, cut, noFile
		}
		return day, cut, nil
	}
	if len(mmdd) != 4 || !digits(mmdd) {
		return day, cut, badFormat
	}
	return day, cut, noFile
}

// rows are the trades of a settlement day: what was paid and what was given
// back. Of a trade that was reversed nothing is told: it is undone on the day
// it was made.
func (p *Provider) rows(day, cut time.Time) ([]zmRow, error) {
	from, to, _ := p.book.Day(book.UnionPay, day.Format(time.DateOnly))
	if cut.Before(to) {
		to = cut
	}
	all, err := p.book.Rows(book.UnionPay, from, to)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r book.Row) bool { return r.Order.State == book.Revoked })
	if p.desk.SpoilBill != nil {
		all = p.desk.SpoilBill(all)
	}
	var rows []zmRow
	for _, r := range all {
		o := r.Order
		row := zmRow{at: r.At, payer: o.Payer, fen: max(r.AmountFen, -r.AmountFen), fee: r.FeeFen, term: o.Extra["term"]}
		if r.Kind == book.RowPaid {
			row.code, row.number, row.orderNo, row.kind, row.sub = "S22", o.Number, o.OrderNo, "01", o.Extra["sub"]
		} else {
			row.number, row.orderNo, row.kind, row.sub, row.orig = r.Refund.Number, r.Refund.RefundNo, "04", "00", o
			row.code = "S31"
			if tagOf(r.Refund).kind == "31" {
				row.code, row.kind = "S30", "31"
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// signed writes an amount with who is to pay it: C the merchant gets, D pays.
func signed(fen int64) string {
	if fen < 0 {
		return fmt.Sprintf("D%012d", -fen)
	}
	return fmt.Sprintf("C%012d", fen)
}

// zmLine lays one trade out. Columns by number: 1 kind of trade, 4 trace, 5
// time, 6 card, 7 amount, 10 queryId, 12 order, 14 and 15 the original's trace
// and time, 16 fee, 17 settled, 20 to 22 txnType, txnSubType and bizType, 27 the
// original's queryId, 28 merchant, 33 net, 34 terminal, 41 the original's order.
func (p *Provider) zmLine(r zmRow) string {
	net := r.fen - r.fee
	if r.kind != "01" {
		net = -r.fen - r.fee
	}
	cells := make([]string, len(zmWidths()))
	for i, text := range map[int]string{
		1: r.code, 2: "00010000", 3: "00010000", 4: r.number[len(r.number)-6:], 5: r.at.In(beijing()).Format("0102150405"),
		6: card(r.payer), 7: fmt.Sprintf("%012d", r.fen), 8: "5411", 9: "08", 10: r.number, 11: "00", 12: r.orderNo, 13: "01",
		16: signed(-r.fee), 17: signed(net), 18: "0001", 20: r.kind, 21: r.sub, 22: "000000", 28: p.keys.MerID, 33: signed(net),
		34: r.term, 40: "5",
	} {
		cells[i-1] = text
	}
	if o := r.orig; o.Number != "" {
		cells[13], cells[14] = o.Number[len(o.Number)-6:], o.PaidAt.In(beijing()).Format("0102150405")
		cells[26], cells[40] = o.Number, o.OrderNo
	}
	var b strings.Builder
	for i, width := range zmWidths() {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%-*s", width, cells[i])
	}
	return b.String()
}
