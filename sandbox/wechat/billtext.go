package wechat

import (
	"fmt"
	"strings"
	"time"

	"guitai/sandbox/book"
)

// The head lines and the summary's titles, as the files carry them.
const (
	tradeHead = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	tradeFoot = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	fundHead  = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
	fundFoot  = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
	billTime  = "2006-01-02 15:04:05"
)

// yuan writes fen with two decimals.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// rate writes hundred-thousandths in percent.
func rate(n int64) string { return fmt.Sprintf("%d.%02d%%", n/1000, n%1000/10) }

// cells writes one line, each cell behind a backtick. A line end in a name would
// make two lines of one.
func cells(b *strings.Builder, list ...string) {
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("`" + strings.NewReplacer("\r", " ", "\n", " ").Replace(s))
	}
	b.WriteString("\r\n")
}

// tradeText is the file of a trade bill, with the byte order mark that the real
// one has.
func (p *Provider) tradeText(rows []book.Row) ([]byte, error) {
	var b strings.Builder
	b.WriteString("\ufeff" + tradeHead + "\r\n")
	var paid, back, fee int64
	for _, r := range rows {
		o := r.Order
		who, err := p.book.Payer(o.Payer)
		if err != nil {
			return nil, err
		}
		w := p.whoOf(o)
		shop := w.sub
		if shop == "" {
			shop = "0"
		}
		state, taken, given := "SUCCESS", r.AmountFen, int64(0)
		refundID, refundNo, way, done := "0", "0", "", ""
		if r.Kind != book.RowPaid {
			state, taken, given, way, done = "REFUND", 0, -r.AmountFen, "ORIGINAL", "SUCCESS"
			refundID, refundNo = r.Refund.Number, r.Refund.RefundNo
		}
		if r.Kind == book.RowReversed { // no refund was asked for: it has no numbers
			state, refundID, refundNo = "REVOKED", "0", "0"
		}
		paid, back, fee = paid+taken, back+given, fee+r.FeeFen
		cells(&b, r.At.In(beijing()).Format(billTime), w.Appid, w.Mchid, shop, o.Extra["device_id"], o.Number, o.OrderNo, who.OpenID,
			o.Extra["trade_type"], state, "OTHERS", "CNY", yuan(taken), "0.00", refundID, refundNo, yuan(given), "0.00", way, done,
			o.Subject, o.Attach, yuan(r.FeeFen)+"000", rate(Policy().FeeRate), yuan(taken), yuan(given), "")
	}
	b.WriteString(tradeFoot + "\r\n")
	cells(&b, fmt.Sprint(len(rows)), yuan(paid), yuan(back), "0.00", yuan(fee)+"000", yuan(paid), yuan(back))
	return []byte(b.String()), nil
}

// fundText is the file of a fund-flow bill: each movement, and its fee apart.
// The balance goes on from what was there before.
func fundText(rows []book.Row, balance int64) []byte {
	var b strings.Builder
	b.WriteString("\ufeff" + fundHead + "\r\n")
	var count, sum [2]int64 // in, out
	move := func(at time.Time, ids [2]string, what [2]string, fen int64, voucher string) {
		if fen == 0 {
			return
		}
		balance += fen
		way, i := "收入", 0
		if fen < 0 {
			way, i, fen = "支出", 1, -fen
		}
		count[i]++
		sum[i] += fen
		cells(&b, at.In(beijing()).Format(billTime), ids[0], ids[1], what[0], what[1], way, yuan(fen), yuan(balance), "system", "", voucher)
	}
	for _, r := range rows {
		ids, what, voucher := [2]string{r.Order.Number, r.Order.Number}, "交易", r.Order.OrderNo
		fees := "扣除交易手续费"
		if r.Kind != book.RowPaid {
			what, fees = "退款", "退还交易手续费"
		}
		if r.Kind == book.RowRefunded {
			ids, voucher = [2]string{r.Refund.Number, r.Order.Number}, r.Refund.RefundNo
		}
		move(r.At, ids, [2]string{what, what}, r.AmountFen, voucher)
		move(r.At, ids, [2]string{what, fees}, -r.FeeFen, voucher)
	}
	b.WriteString(fundFoot + "\r\n")
	cells(&b, fmt.Sprint(count[0]+count[1]), fmt.Sprint(count[0]), yuan(sum[0]), fmt.Sprint(count[1]), yuan(sum[1]))
	return []byte(b.String())
}
