package alipay

import (
	"crypto/md5"
	"fmt"
	"strings"
	"time"

	"guitai/sandbox/book"
)

// The columns of the trade details: the older ones, and those that some
// merchants get instead.
func tradeColumns(wide bool) []string {
	first := strings.Split("支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"+
		"订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"+
		"商家红包消费金额（元）,卡消费金额（元）", ",")
	if wide {
		return append(first, "退款批次号", "服务费（元）", "实收净额（元）", "商户识别号", "交易方式", "备注", "花呗分期手续费", "花呗分期数")
	}
	return append(first, "退款批次号/请求号", "服务费（元）", "分润（元）", "备注")
}

// tally is what the end of a file says.
type tally struct {
	n   int
	fen int64
}

func (t *tally) add(fen int64) {
	t.n++
	t.fen += fen
}

// tradeFiles are 业务明细 and its summary.
func (p *Provider) tradeFiles(s billSlip) ([]billFile, error) {
	b := p.open(s, "业务明细", "业务明细")
	b.line(tradeColumns(s.wide)...)
	var paid, back tally
	fee := int64(0)
	for _, r := range s.rows {
		cells, err := p.tradeCells(r, s.wide)
		if err != nil {
			return nil, err
		}
		b.line(cells...)
		if fee += r.FeeFen; r.Kind == book.RowPaid {
			paid.add(r.AmountFen)
		} else {
			back.add(r.AmountFen)
		}
	}
	b.end("业务明细")
	b.line(fmt.Sprintf("#交易合计：%d笔，商家实收共%s元，商家优惠共0.00元", paid.n, yuan(paid.fen)))
	refunds := yuan(back.fen)
	if back.fen == 0 {
		refunds = "-0.00"
	}
	b.line(fmt.Sprintf("#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共0.00元", back.n, refunds))
	b.line(p.exported())

	all := p.open(s, "业务汇总", "业务汇总")
	all.line(strings.Split("门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"+
		"卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）", ",")...)
	sum := paid.fen + back.fen
	all.line("合计\t", "\t", fmt.Sprint(paid.n), fmt.Sprint(back.n), yuan(sum), yuan(sum), "0.00", "0.00", "0.00", yuan(fee), "0.00", yuan(sum-fee))
	all.end("业务汇总")
	all.line(p.exported())
	name := s.seller + "0156_" + strings.ReplaceAll(s.day, "-", "") + "_业务明细"
	return []billFile{{name + ".csv", b.String()}, {name + "(汇总).csv", all.String()}}, nil
}

func (p *Provider) tradeCells(r book.Row, wide bool) ([]string, error) {
	o := r.Order
	who, err := p.counterpart(o)
	if err != nil {
		return nil, err
	}
	kind, refundNo := "交易", ""
	switch r.Kind {
	case book.RowRefunded:
		kind, refundNo = "退款", r.Refund.RefundNo
	case book.RowReversed:
		kind = "退款" // of alipay.trade.cancel: it has no number of its own
	}
	made := o.CreatedAt
	if o.Kind == book.Show && !inside(o) && !o.OpenedAt.IsZero() {
		made = o.OpenedAt
	}
	amount := yuan(r.AmountFen)
	cells := []string{
		cell(o.Number), cell(o.OrderNo), cell(kind), cell(o.Subject), stamp(made), stamp(r.At), cell(o.Extra["store_id"]), "\t",
		cell(o.Extra["operator_id"]), cell(o.Extra["terminal_id"]), cell(who), amount, amount,
		"0.00", "0.00", "0.00", "0.00", "0.00", "\t", "0.00", "0.00", cell(refundNo), yuan(r.FeeFen),
	}
	if wide {
		return append(cells, yuan(r.AmountFen-r.FeeFen), cell(p.seller(o)), "支付宝\t", cell(r.Refund.Reason), "0.00", "\t"), nil
	}
	return append(cells, "0.00", cell(r.Refund.Reason)), nil
}

// counterpart is the payer as a bill names one.
func (p *Provider) counterpart(o book.Order) (string, error) {
	if o.Payer == "" {
		return "", nil
	}
	who, err := p.book.Payer(o.Payer)
	if err != nil {
		return "", err
	}
	name := []rune(who.Name)
	return "*" + string(name[min(1, len(name)):]) + "(" + who.LogonID + ")", nil
}

// fundFiles are 账务明细 and its summary: what came into the account and what
// went out, fees by themselves.
func (p *Provider) fundFiles(s billSlip) ([]billFile, error) {
	before, err := p.book.Rows(book.Alipay, time.Time{}, s.from)
	if err != nil {
		return nil, err
	}
	balance := int64(0)
	for _, r := range before {
		if p.seller(r.Order) == s.seller {
			balance += r.AmountFen - r.FeeFen
		}
	}
	b := p.open(s, "账务明细", "账务明细")
	b.line(strings.Split("账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注", ",")...)
	var in, out tally
	for _, r := range s.rows {
		who, err := p.counterpart(r.Order)
		if err != nil {
			return nil, err
		}
		for _, m := range moves(r) {
			income, expense := yuan(m.fen), "0.00"
			if m.fen < 0 {
				income, expense = "0.00", yuan(m.fen)
				out.add(m.fen)
			} else {
				in.add(m.fen)
			}
			balance += m.fen
			b.line(cell(flowNo(r, m.kind)), cell(r.Order.Number), cell(r.Order.OrderNo), cell(r.Order.Subject), stamp(r.At), cell(who),
				income, expense, yuan(balance), cell("支付宝"), cell(m.kind), cell(r.Refund.Reason))
		}
	}
	b.end("账务明细")
	b.line(fmt.Sprintf("#支出合计：%d笔，共%s元", out.n, yuan(out.fen)))
	b.line(fmt.Sprintf("#收入合计：%d笔，共%s元", in.n, yuan(in.fen)))
	b.line(p.exported())
	all := p.open(s, "账务汇总", "账务汇总")
	all.line("类型", "收入笔数", "收入金额（+元）", "支出笔数", "支出金额（-元）", "总金额（元）")
	all.line("合计\t", fmt.Sprint(in.n), yuan(in.fen), fmt.Sprint(out.n), yuan(out.fen), yuan(in.fen+out.fen))
	all.end("账务汇总")
	all.line(p.exported())
	name := s.seller + "0156_" + strings.ReplaceAll(s.day, "-", "") + "_账务明细"
	return []billFile{{name + ".csv", b.String()}, {name + "(汇总).csv", all.String()}}, nil
}

// move is one change of the account.
type move struct {
	kind string
	fen  int64
}

func moves(r book.Row) []move {
	kinds := []string{"在线支付", "收费"}
	if r.Kind != book.RowPaid {
		kinds = []string{"交易退款", "退费"}
	}
	out := []move{{kinds[0], r.AmountFen}}
	if r.FeeFen != 0 {
		out = append(out, move{kinds[1], -r.FeeFen})
	}
	return out
}

// flowNo is the number of a change of the account, the same whenever the bill
// is made.
func flowNo(r book.Row, kind string) string {
	sum := md5.Sum([]byte(r.Order.Number + "/" + r.Refund.RefundNo + "/" + string(r.Kind) + "/" + kind))
	digits := make([]byte, 15)
	for i := range digits {
		digits[i] = '0' + sum[i]%10
	}
	return string(digits)
}
