package wechat

import (
	"cmp"
	"fmt"
	"strings"

	"guitai"
	"guitai/channel"
)

// named is a number of a bill; "0" stands for none.
func (r *billReader) named(title string) string {
	if s := r.cell(title); s != "0" {
		return cut(s, 64)
	}
	return ""
}

// trade reads a line of a trade bill. A reversed code payment has a line of its
// own, REVOKED, beside the one of its payment: money that went back for the
// order, without a refund's number.
func (r *billReader) trade() (channel.BillLine, error) {
	l := channel.BillLine{
		Kind: channel.BillPayment, OrderNo: r.named("商户订单号"), WalletNo: r.named("微信订单号"),
		State: r.cell("交易状态"), Payer: cut(r.cell("用户标识"), 128), FeeRate: percent(r.cell("费率")),
	}
	var err error
	if l.At, err = when(r.cell("交易时间")); err != nil {
		return l, err
	}
	if cny := r.cell("货币种类"); cny != "" && cny != string(guitai.CNY) {
		return l, fmt.Errorf("%w: not in renminbi", errBill)
	}
	n := map[string]int64{}
	for _, title := range []string{"应结订单金额", "退款金额", "充值券退款金额", "订单金额", "申请退款金额", "总金额", "手续费"} {
		if n[title], err = r.number(title); err != nil {
			return l, err
		}
	}
	taken, given := cmp.Or(n["订单金额"], n["应结订单金额"], n["总金额"]), cmp.Or(n["申请退款金额"], n["退款金额"])
	switch l.State {
	case "SUCCESS":
		l.Amount, err = fen(taken)
	case "REFUND", "REVOKED":
		l.Kind, l.RefundNo, l.BackNo = channel.BillRefund, r.named("商户退款单号"), r.named("微信退款单号")
		if l.State == "REFUND" {
			l.State = cmp.Or(cut(r.cell("退款状态"), 64), l.State)
		}
		l.Amount, err = fen(-given)
	default:
		err = fmt.Errorf("%w: a state that is not known", errBill)
	}
	if err != nil {
		return l, err
	}
	l.Fee = channel.RoundFen(n["手续费"])
	if err := r.add(feeRounded, l.Fee.Fen*unitsInFen); err != nil {
		return l, err
	}
	return l, r.sum.Count(l, l.Fee)
}

// fund reads a line of a fund-flow bill. The merchant's own number stands there
// as 业务凭证号, for payments and refunds.
func (r *billReader) fund() (channel.BillLine, error) {
	l := channel.BillLine{Kind: channel.BillOther, State: cut(r.cell("业务类型"), 64), Fee: guitai.Fen(0)}
	var err error
	if l.At, err = when(r.cell("记账时间")); err != nil {
		return l, err
	}
	n, ok := channel.ParseYuan(r.cell("收支金额(元)"))
	if !ok || n < 0 {
		return l, fmt.Errorf("%w: 收支金额 is no amount", errBill)
	}
	way := r.cell("收支类型")
	if way != "收入" && way != "支出" {
		return l, fmt.Errorf("%w: money that neither came nor went", errBill)
	}
	for _, name := range []string{way, "#" + way} {
		one := n
		if name != way {
			one = 1
		}
		if err := r.add(name, one); err != nil {
			return l, err
		}
	}
	if way == "支出" {
		n = -n
	}
	if l.Amount, err = fen(n); err != nil {
		return l, err
	}
	left, ok := channel.ParseYuan(r.cell("账户结余(元)"))
	if !ok {
		return l, fmt.Errorf("%w: 账户结余 is no amount", errBill)
	}
	if l.Balance, err = fen(left); err != nil {
		return l, err
	}
	number, voucher := r.named("微信支付业务单号"), r.named("业务凭证号")
	fee := guitai.Fen(0)
	switch {
	case strings.Contains(l.State, "手续费"):
		l.Kind, l.WalletNo, fee = channel.BillFee, number, guitai.Fen(-l.Amount.Fen)
	case l.State == "交易" && way == "收入":
		l.Kind, l.WalletNo, l.OrderNo = channel.BillPayment, number, voucher
	case l.State == "退款" && way == "支出":
		l.Kind, l.BackNo, l.RefundNo = channel.BillRefund, number, voucher
	default:
		l.WalletNo = number
	}
	return l, r.sum.Count(l, fee)
}

// percent reads a rate such as 0.60%, in hundred-thousandths; 0: not said.
func percent(s string) int64 {
	digits, ok := strings.CutSuffix(s, "%")
	n, read := channel.ParseYuan(digits)
	if !ok || !read || n < 0 || n > 100*100_000 {
		return 0
	}
	return n / 100
}
