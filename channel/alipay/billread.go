package alipay

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"guitai"
	"guitai/channel"
)

// maxBillLine is how long a line may be; real ones stay below 1 KiB.
const maxBillLine = 64 << 10

// ReadBill reads a bill [14] as FetchBill wrote it: lines of GBK, the columns
// found by the text of their headers, since there are several editions. A bill
// without its last line, of another account or day, or whose lines do not add
// up to what it says itself, is refused.
func (c *Channel) ReadBill(b channel.BillRequest, bill io.Reader, each func(channel.BillLine) error) (channel.BillSum, error) {
	p, day, ok := paperOf(b)
	if !ok {
		return channel.BillSum{}, errors.New("alipay: no such bill")
	}
	r := &billReader{
		account: c.sellerID, day: day, detail: p.detail, each: each,
		sum: channel.BillSum{Paid: guitai.Fen(0), Refunded: guitai.Fen(0), Fee: guitai.Fen(0)},
	}
	r.line = r.tradeLine
	r.columns = []string{colTrade, colOrder, colKind, colName, colDone, colWho, colAmount, colNet, colFee}
	if b.Kind == channel.FundBill {
		r.line = r.fundLine
		r.columns = []string{colFlow, colTrade, colOrder, colKind, colName, colDone, colWho, colIn, colOut, colBalance}
	}
	lines := bufio.NewScanner(transform.NewReader(bill, simplifiedchinese.GB18030.NewDecoder()))
	lines.Buffer(make([]byte, 0, 4096), maxBillLine)
	for lines.Scan() {
		r.n++
		if err := r.read(strings.TrimRight(lines.Text(), "\r")); err != nil {
			return r.sum, fmt.Errorf("alipay: line %d of the bill: %w", r.n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return r.sum, fmt.Errorf("alipay: line %d of the bill: %w", r.n+1, err)
	}
	if err := r.finish(); err != nil {
		return r.sum, fmt.Errorf("alipay: bill: %w", err)
	}
	return r.sum, nil
}

// Our names of the columns; headers tells Alipay's.
const (
	colTrade   = "trade"
	colOrder   = "order"
	colKind    = "kind"
	colName    = "name"
	colDone    = "done"
	colWho     = "who"
	colAmount  = "amount" // of the order
	colNet     = "net"    // what the merchant gets of it, before fees
	colFee     = "fee"
	colRefund  = "refund" // not in every edition
	colFlow    = "flow"
	colIn      = "in"
	colOut     = "out"
	colBalance = "balance"
)

// headers is the table of the texts above the columns, brackets and units left
// out: both widths of them are about.
func headers() map[string]string {
	return map[string]string{
		"支付宝交易号": colTrade, "业务流水号": colTrade, "商户订单号": colOrder, "业务类型": colKind, "商品名称": colName,
		"完成时间": colDone, "发生时间": colDone, "对方账户": colWho, "对方账号": colWho,
		"订单金额": colAmount, "商家实收": colNet, "服务费": colFee,
		"退款批次号/请求号": colRefund, "退款批次号": colRefund, "退款请求号": colRefund,
		"账务流水号": colFlow, "收入金额": colIn, "支出金额": colOut, "账户余额": colBalance,
	}
}

// billReader is a bill that is being read.
type billReader struct {
	account string // the seller's number; empty: not compared
	day     time.Time
	detail  string
	columns []string // that there must be
	line    func(cells []string) (channel.BillLine, error)
	each    func(channel.BillLine) error

	n      int // lines so far
	cols   map[string]int
	width  int
	ended  bool
	sum    channel.BillSum
	counts map[string]*footing // of each footer
	stated int
}

// footing is what the lines add up to, as a footer counts them.
type footing struct {
	n   int
	fen guitai.Money
}

func (r *billReader) foot(name string, m guitai.Money) error {
	if r.counts == nil {
		r.counts = map[string]*footing{}
	}
	f := r.counts[name]
	if f == nil {
		f = &footing{fen: guitai.Fen(0)}
		r.counts[name] = f
	}
	f.n++
	var err error
	f.fen, err = f.fen.Add(m)
	return err
}

func (r *billReader) read(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return nil
	case strings.HasPrefix(text, "#"):
		return r.remark(text)
	case r.ended:
		return errors.New("behind the end of the list")
	case r.cols == nil:
		return r.header(text)
	}
	cells, err := r.cells(text)
	if err != nil {
		return err
	}
	l, err := r.line(cells)
	if err != nil {
		return err
	}
	l.N = r.n
	if err := r.sum.Count(l, l.Fee); err != nil {
		return err
	}
	return r.each(l)
}

// header finds the columns. One that is there twice is a trap.
func (r *billReader) header(text string) error {
	known, cols := headers(), map[string]int{}
	names := strings.Split(text, ",")
	for i, name := range names {
		name = strings.Trim(name, "\ufeff \t\"")
		name, _, _ = strings.Cut(name, "（")
		name, _, _ = strings.Cut(name, "(")
		if col, ok := known[name]; ok {
			if _, twice := cols[col]; twice {
				return errors.New("a column twice")
			}
			cols[col] = i
		}
	}
	for _, col := range r.columns {
		if _, ok := cols[col]; !ok {
			return fmt.Errorf("no column for %s", col)
		}
	}
	r.cols, r.width = cols, len(names)
	return nil
}

// cells cuts a line. Text is followed by a TAB. More commas than columns come
// from the name of the goods, the one text that people write freely.
func (r *billReader) cells(text string) ([]string, error) {
	cells := strings.Split(text, ",")
	name := r.cols[colName]
	if more := len(cells) - r.width; more > 0 {
		joined := strings.Join(cells[name:name+more+1], ",")
		cells = append(append(append([]string{}, cells[:name]...), joined), cells[name+more+1:]...)
	}
	if len(cells) != r.width {
		return nil, errors.New("fewer cells than columns")
	}
	for i, c := range cells {
		c = strings.TrimSpace(c)
		if len(c) > 1 && c[0] == '"' && c[len(c)-1] == '"' {
			c = strings.TrimSpace(c[1 : len(c)-1])
		}
		if len(c) > 512 {
			c = cutText(c, 512)
		}
		cells[i] = c
	}
	return cells, nil
}

func (r *billReader) cell(cells []string, col string) string {
	i, ok := r.cols[col]
	if !ok {
		return ""
	}
	return cells[i]
}

// basics reads what lines of both bills have.
func (r *billReader) basics(cells []string) (channel.BillLine, error) {
	at := parseTime(r.cell(cells, colDone))
	if at.IsZero() {
		return channel.BillLine{}, errors.New("no time")
	}
	return channel.BillLine{
		At: at, OrderNo: r.cell(cells, colOrder), WalletNo: r.cell(cells, colTrade), State: r.cell(cells, colKind), Payer: r.cell(cells, colWho),
	}, nil
}

// tradeLine reads a line of 业务明细.
func (r *billReader) tradeLine(cells []string) (channel.BillLine, error) {
	l, err := r.basics(cells)
	if err != nil {
		return l, err
	}
	net, err := yuan(r.cell(cells, colNet))
	if err != nil {
		return l, err
	}
	if l.Amount, err = yuan(r.cell(cells, colAmount)); err != nil {
		return l, err
	}
	if l.Fee, err = feeOf(r.cell(cells, colFee)); err != nil {
		return l, err
	}
	switch l.State {
	case "交易":
		l.Kind = channel.BillPayment
		if l.Amount.Fen < 0 || net.Fen < 0 {
			return l, errors.New("a payment that is negative")
		}
		return l, r.foot("交易合计", net)
	case "退款":
		l.Kind, l.RefundNo = channel.BillRefund, r.cell(cells, colRefund)
		if l.Amount.Fen > 0 || net.Fen > 0 {
			return l, errors.New("a refund that is not negative")
		}
		// What Alipay gives back of its fee, with whatever sign it writes it.
		l.Fee.Fen = -l.Fee.Fen
		return l, r.foot("退款合计", net)
	}
	l.Kind = channel.BillOther
	return l, nil
}

// fundLine reads a line of 账务明细: what came in, or what went out.
func (r *billReader) fundLine(cells []string) (channel.BillLine, error) {
	l, err := r.basics(cells)
	if err != nil {
		return l, err
	}
	in, err := yuan(r.cell(cells, colIn))
	if err != nil {
		return l, err
	}
	out, err := yuan(r.cell(cells, colOut))
	if err != nil {
		return l, err
	}
	if l.Balance, err = yuan(r.cell(cells, colBalance)); err != nil {
		return l, err
	}
	out.Fen = -max(out.Fen, -out.Fen) // written with and without its sign
	switch {
	case in.Fen < 0 || in.Fen > 0 && out.Fen < 0:
		return l, errors.New("both in and out")
	case in.Fen > 0:
		l.Amount, err = in, r.foot("收入合计", in)
	case out.Fen < 0:
		l.Amount, err = out, r.foot("支出合计", out)
	default:
		l.Amount = guitai.Fen(0)
	}
	l.Kind, l.Fee = fundKind(l.State), guitai.Fen(0)
	switch {
	case l.Kind == channel.BillFee:
		l.Fee.Fen = -l.Amount.Fen
	case l.Kind == channel.BillPayment && l.Amount.Fen < 0, l.Kind == channel.BillRefund && l.Amount.Fen > 0:
		l.Kind = channel.BillOther // we were the payer
	}
	return l, err
}

// fundKind reads 业务类型, of which there is no whole list: what is not known
// is other.
func fundKind(word string) channel.BillLineKind {
	switch word {
	case "在线支付", "交易付款", "交易":
		return channel.BillPayment
	case "交易退款", "退款", "退款（交易退款）":
		return channel.BillRefund
	case "收费", "退费", "服务费", "手续费":
		return channel.BillFee
	}
	return channel.BillOther
}

// yuan reads an amount in yuan that may have a sign; an empty cell is nothing.
func yuan(s string) (guitai.Money, error) {
	if s == "" {
		return guitai.Fen(0), nil
	}
	abs := strings.TrimPrefix(s, "-")
	if abs == s {
		abs = strings.TrimPrefix(s, "+")
	}
	m, err := guitai.ParseDecimal(abs, guitai.CNY)
	if err != nil {
		return m, errors.New("not an amount")
	}
	if strings.HasPrefix(s, "-") {
		m.Fen = -m.Fen
	}
	return m, nil
}

// feeOf reads a fee without its sign: editions differ in whether what the
// merchant pays is negative. Parts of a fen are rounded half up.
func feeOf(s string) (guitai.Money, error) {
	s = strings.TrimLeft(s, "+-")
	if s == "" {
		return guitai.Fen(0), nil
	}
	n, ok := channel.ParseYuan(s)
	if !ok {
		return guitai.Money{}, errors.New("not a fee")
	}
	return channel.RoundFen(n), nil
}

var (
	accountText = regexp.MustCompile(`^#账号：\[(\d+)\]`)
	daysText    = regexp.MustCompile(`^#起始日期：\[(\d{4})年(\d{2})月(\d{2})日`)
	footText    = regexp.MustCompile(`^#+(交易合计|退款合计|支出合计|收入合计)：(\d{1,9})笔，(?:商家实收|商家实收退款)?共(-?[0-9.]{1,20})元`)
)

// remark reads a line that begins with #.
func (r *billReader) remark(text string) error {
	if m := accountText.FindStringSubmatch(text); m != nil && r.account != "" && !strings.HasPrefix(m[1], r.account) {
		return errors.New("the bill of another account")
	}
	if m := daysText.FindStringSubmatch(text); m != nil && m[1]+"-"+m[2]+"-"+m[3] != r.day.Format(time.DateOnly) {
		return errors.New("the bill of another day")
	}
	if strings.Contains(text, "列表结束") {
		r.ended = true
	}
	m := footText.FindStringSubmatch(text)
	if m == nil || !r.ended {
		return nil
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return err
	}
	said, err := yuan(m[3])
	if err != nil {
		return err
	}
	have := footing{fen: guitai.Fen(0)}
	if f := r.counts[m[1]]; f != nil {
		have = *f
	}
	// The sign of what went out is written one way or the other.
	if have.n != n || have.fen != said && have.fen.Fen != -said.Fen {
		return fmt.Errorf("%s: it says %d and %s, its lines are %d and %s", m[1], n, said.Decimal(), have.n, have.fen.Decimal())
	}
	r.stated++
	return nil
}

// finish judges the end of the file. Both footers make a summary.
func (r *billReader) finish() error {
	switch {
	case r.cols == nil:
		return errors.New("no list in it")
	case !r.ended:
		return errors.New("cut off")
	}
	r.sum.Stated = r.stated >= 2
	return nil
}
