package wechat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// maxLine bounds one line of a bill: 27 columns, of which three hold words.
const maxLine = 64 << 10

var errBill = errors.New("wechat: not a bill as it should be")

// ReadBill reads a bill line by line. Columns are found by their titles: they
// differ between kinds, and early merchants lack some. Each cell stands behind
// a backtick and none is quoted, so that only backtick and comma together part
// cells.
func (c *Channel) ReadBill(b channel.BillRequest, bill io.Reader, each func(channel.BillLine) error) (channel.BillSum, error) {
	r := &billReader{in: bufio.NewReaderSize(bill, maxLine), sums: map[string]int64{}}
	r.row, r.needs, r.pairs = r.trade, tradeNeeds, tradeSums
	if b.Kind == channel.FundBill {
		r.row, r.needs, r.pairs = r.fund, fundNeeds, fundSums
	}
	zero := guitai.Fen(0)
	r.sum = channel.BillSum{Paid: zero, Refunded: zero, Fee: zero}
	if err := r.read(each); err != nil {
		return channel.BillSum{}, fmt.Errorf("line %d: %w", r.n, err)
	}
	return r.sum, nil
}

// What a bill must tell of each movement, and which sum in its last line is
// over which column. Titles that a bill lacks are not compared.
const (
	tradeNeeds = "交易时间,微信订单号,商户订单号,交易状态,手续费"
	fundNeeds  = "记账时间,微信支付业务单号,业务类型,收支类型,收支金额(元),账户结余(元)"
	tradeSums  = "总交易单数=#,应结订单总金额=应结订单金额,退款总金额=退款金额,充值券退款总金额=充值券退款金额,手续费总金额=手续费,订单总金额=订单金额,申请退款总金额=申请退款金额,总交易额=总金额"
	fundSums   = "资金流水总笔数=#,收入笔数=#收入,收入金额=收入,支出笔数=#支出,支出金额=支出"
	unitsInFen = channel.YuanUnits / 100
	feeRounded = "手续费 in fen" // not a title: what the fees make when each is rounded
)

type billReader struct {
	in    *bufio.Reader
	n     int // lines so far
	cols  []string
	cells []string
	row   func() (channel.BillLine, error)
	needs string
	pairs string
	// sums are over columns in hundred-thousandths of a yuan, the smallest unit
	// of a bill, or counts where the name begins with #.
	sums map[string]int64
	sum  channel.BillSum
}

func (r *billReader) read(each func(channel.BillLine) error) error {
	head, err := r.line()
	if err != nil {
		return errors.Join(errBill, err)
	}
	r.cols = titles(head)
	for need := range strings.SplitSeq(r.needs, ",") {
		if r.at(need) < 0 {
			return fmt.Errorf("%w: no column %s", errBill, need)
		}
	}
	for {
		line, err := r.line()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !strings.HasPrefix(line, "`") {
			return r.last(titles(line))
		}
		if err := r.split(line); err != nil {
			return err
		}
		l, err := r.row()
		if err == nil {
			err = r.add("#", 1)
		}
		if err == nil {
			l.N = r.n
			err = each(l)
		}
		if err != nil {
			return err
		}
	}
}

// line reads the next line that is not blank.
func (r *billReader) line() (string, error) {
	for {
		raw, err := r.in.ReadSlice('\n')
		if len(raw) == 0 && err != nil || errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		r.n++
		line := strings.TrimRight(string(raw), "\r\n")
		if r.n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if strings.TrimSpace(line) != "" {
			return line, nil
		}
	}
}

// titles reads a line of titles. Brackets come in both widths.
func titles(line string) []string {
	all := strings.Split(strings.NewReplacer("（", "(", "）", ")", "`", "").Replace(line), ",")
	for i, s := range all {
		all[i] = strings.TrimSpace(s)
	}
	return all
}

func (r *billReader) at(title string) int {
	for i, s := range r.cols {
		if s == title {
			return i
		}
	}
	return -1
}

// split parts a line into cells. A merchant's words may hold what parts cells:
// they stand in two neighbouring columns, so that what is too much is theirs and
// every other cell keeps its place.
func (r *billReader) split(line string) error {
	r.cells = strings.Split(strings.TrimPrefix(line, "`"), ",`")
	more := len(r.cells) - len(r.cols)
	words := r.at("商品名称")
	if words < 0 {
		words = r.at("备注")
	}
	switch {
	case more == 0:
		return nil
	case more < 0 || words < 0 || more > 1000:
		return fmt.Errorf("%w: %d cells under %d titles", errBill, len(r.cells), len(r.cols))
	}
	whole := strings.Join(r.cells[words:words+more+1], ",`")
	r.cells = append(append(r.cells[:words:words], whole), r.cells[words+more+1:]...)
	return nil
}

// cell is a column's value, trimmed; "" when the bill lacks it.
func (r *billReader) cell(title string) string {
	if i := r.at(title); i >= 0 {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

// number reads a column in hundred-thousandths of a yuan and adds it to its sum.
func (r *billReader) number(title string) (int64, error) {
	s := r.cell(title)
	if s == "" {
		return 0, nil
	}
	n, ok := channel.ParseYuan(s)
	if !ok {
		return 0, fmt.Errorf("%w: %s is no amount", errBill, title)
	}
	return n, r.add(title, n)
}

// add adds to a sum; the most that fits is more than any bill has.
func (r *billReader) add(name string, n int64) error {
	sum := r.sums[name] + n
	if n > 0 && sum < r.sums[name] || n < 0 && sum > r.sums[name] {
		return fmt.Errorf("%w: a sum is too large", errBill)
	}
	r.sums[name] = sum
	return nil
}

// fen turns hundred-thousandths that must be whole fen.
func fen(n int64) (guitai.Money, error) {
	if n%unitsInFen != 0 {
		return guitai.Money{}, fmt.Errorf("%w: an amount has parts of a fen", errBill)
	}
	return guitai.Fen(n / unitsInFen), nil
}

// when reads a time of the bill, in Beijing.
func when(s string) (time.Time, error) {
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, beijing)
	if err != nil {
		return at, fmt.Errorf("%w: a time cannot be read", errBill)
	}
	return at.UTC(), nil
}

// last compares the bill's own sums with its lines. Nothing may follow.
func (r *billReader) last(names []string) error {
	line, err := r.line()
	if err != nil {
		return errors.Join(errBill, err)
	}
	values := strings.Split(strings.TrimPrefix(line, "`"), ",`")
	if len(values) != len(names) {
		return fmt.Errorf("%w: %d sums under %d titles", errBill, len(values), len(names))
	}
	column := map[string]string{}
	for pair := range strings.SplitSeq(r.pairs, ",") {
		title, over, _ := strings.Cut(pair, "=")
		column[title] = over
	}
	counted := false
	for i, title := range names {
		over, ok := column[title]
		if !ok || !strings.HasPrefix(over, "#") && r.at(over) < 0 && over != "收入" && over != "支出" {
			continue
		}
		n, ok := channel.ParseYuan(strings.TrimSpace(values[i]))
		want := r.sums[over]
		if strings.HasPrefix(over, "#") {
			want, counted = want*100_000, true
		}
		if !ok || n != want && !(over == "手续费" && n == r.sums[feeRounded]) {
			return fmt.Errorf("%w: %s does not agree with the lines", errBill, title)
		}
	}
	if !counted {
		return fmt.Errorf("%w: its last lines say nothing", errBill)
	}
	r.sum.Stated = true
	if _, err := r.line(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its sums", errBill)
	}
	return nil
}
