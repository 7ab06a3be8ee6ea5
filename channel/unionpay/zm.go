package unionpay

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// A line of ZM has 42 columns of fixed widths with one blank between [4]. What
// the columns mean is told nowhere in the open; these are the ones that are read,
// by their number from 1, as docs/channels/unionpay.md has them.
const (
	colTrade    = 1  // 交易代码, kept as the line's state
	colTime     = 5  // MMDDhhmmss
	colCard     = 6  // masked
	colAmount   = 7  // fen, 12 digits
	colQueryID  = 10 // UnionPay's number of this trade
	colOrder    = 12 // orderId of this trade: an order's, or a refund's
	colFee      = 16 // D: the merchant pays, C: gets back; 12 digits
	colTxnType  = 20 // 01, 04, 31
	colOrigID   = 27 // queryId of the original
	colMerchant = 28 // merId
	colOrig     = 41 // orderId of the original
)

// zmColumns are the widths.
func zmColumns() []int {
	return []int{3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
		32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98}
}

var errLine = errors.New("unionpay: a line of the bill cannot be read")

// ReadBill reads what FetchBill wrote. Lines of trades of another kind, and
// adjustments, are BillOther: they are for a person. The file says nothing about
// its sums. A line of another day than the bill's is told with its own time.
func (c *Channel) ReadBill(b channel.BillRequest, bill io.Reader, each func(channel.BillLine) error) (channel.BillSum, error) {
	sum := channel.BillSum{Paid: guitai.Fen(0), Refunded: guitai.Fen(0), Fee: guitai.Fen(0)}
	day, err := time.ParseInLocation(time.DateOnly, b.Day, zone())
	if err != nil || b.Kind != channel.TradeBill {
		return sum, errors.New("unionpay: no such bill")
	}
	r := zmReader{merID: c.merID, day: day, columns: zmColumns()}
	lines := bufio.NewScanner(bill)
	lines.Buffer(make([]byte, 0, maxLine), maxLine+2)
	for lines.Scan() {
		r.n++
		text := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		if len(text) == 0 {
			continue
		}
		if !r.adjusting && string(text) == adjustments {
			r.adjusting = true
			continue
		}
		line, err := r.line(text)
		if err != nil {
			return sum, err
		}
		if err := sum.Count(line, line.Fee); err != nil {
			return sum, err
		}
		if err := each(line); err != nil {
			return sum, err
		}
	}
	if lines.Err() != nil {
		return sum, errLine
	}
	return sum, nil
}

type zmReader struct {
	merID     string
	day       time.Time // the settlement day's midnight
	columns   []int
	n         int
	adjusting bool // in ZME
}

func (r *zmReader) line(text []byte) (channel.BillLine, error) {
	l := channel.BillLine{N: r.n, Kind: channel.BillOther, Amount: guitai.Fen(0), Fee: guitai.Fen(0), Balance: guitai.Fen(0)}
	if r.adjusting {
		l.At, l.State = r.day.UTC(), "ZME "+ascii(text, 60)
		return l, nil
	}
	cells, ok := r.cut(text)
	if !ok || cells[colMerchant-1] != r.merID {
		return l, errLine
	}
	cell := func(n int) string { return cells[n-1] }
	fen, err := amountOf(cell(colAmount))
	at, terr := r.time(cell(colTime))
	fee, ferr := feeOf(cell(colFee))
	if err != nil || terr != nil || ferr != nil || !plain(cell(colOrder)) || !plain(cell(colQueryID)) || !plain(cell(colOrig)) || !plain(cell(colOrigID)) {
		return l, errLine
	}
	l.At, l.Fee, l.State = at, guitai.Fen(fee), ascii([]byte(cell(colTrade)), 3)
	l.Payer = fields{"accNo": cell(colCard)}.payer()
	switch cell(colTxnType) {
	case "01":
		l.Kind, l.Amount = channel.BillPayment, guitai.Fen(fen)
		l.OrderNo, l.WalletNo = cell(colOrder), cell(colQueryID)
	case "04", "31":
		l.Kind, l.Amount = channel.BillRefund, guitai.Fen(-fen)
		l.OrderNo, l.WalletNo, l.RefundNo, l.BackNo = cell(colOrig), cell(colOrigID), cell(colOrder), cell(colQueryID)
	default:
		l.Amount, l.OrderNo, l.WalletNo = guitai.Fen(fen), cell(colOrder), cell(colQueryID)
	}
	if l.OrderNo == "" && l.WalletNo == "" {
		return l, errLine
	}
	return l, nil
}

// cut takes a line apart; blanks at its end may have been lost.
func (r *zmReader) cut(text []byte) ([]string, bool) {
	cells := make([]string, len(r.columns))
	at := 0
	for i, width := range r.columns {
		end := min(at+width, len(text))
		if at < end {
			cells[i] = strings.TrimSpace(string(text[at:end]))
		}
		if end < len(text) && text[end] != ' ' {
			return nil, false
		}
		at += width + 1
	}
	return cells, len(text) < at
}

// time reads month, day and time: in the year that brings it nearest to the
// bill's day.
func (r *zmReader) time(s string) (time.Time, error) {
	best, found := time.Time{}, false
	for _, year := range []int{r.day.Year() - 1, r.day.Year(), r.day.Year() + 1} {
		at, err := parseTime(strconv.Itoa(year) + s)
		if err == nil && (!found || at.Sub(r.day).Abs() < best.Sub(r.day).Abs()) {
			best, found = at, true
		}
	}
	if len(s) != 10 || !found {
		return best, errLine
	}
	return best, nil
}

func amountOf(s string) (int64, error) {
	if len(s) != 12 || !digits(s) {
		return 0, errLine
	}
	return strconv.ParseInt(s, 10, 64)
}

// feeOf reads what the merchant pays: D and C with 12 digits. Empty: nothing.
func feeOf(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := amountOf(s[1:])
	switch {
	case err != nil || s[0] != 'C' && s[0] != 'D':
		return 0, errLine
	case s[0] == 'C':
		n = -n
	}
	return n, nil
}

// plain: letters and digits, or nothing.
func plain(s string) bool { return alphanumeric(s) }

// ascii keeps what can be read without GBK, at most so many bytes.
func ascii(text []byte, most int) string {
	out := make([]byte, 0, most)
	for _, b := range text {
		if len(out) == most {
			break
		}
		if b < ' ' || b > '~' {
			b = '?'
		}
		out = append(out, b)
	}
	return strings.TrimSpace(string(out))
}
