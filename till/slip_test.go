package till_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guitai"
	"guitai/pay"
	"guitai/receipt"
	"guitai/till"
)

var update = flag.Bool("update", false, "write testdata/slips.txt anew")

// made is a winter evening in Shanghai, and the day before in Urumqi's clock.
func made() time.Time { return time.Date(2026, 11, 21, 16, 30, 15, 0, time.UTC) }

func where() guitai.Where {
	return guitai.Where{Merchant: guitai.Merchant{Name: "上海桂花里便利店有限公司"},
		Shop:  guitai.Shop{Name: "桂花里便利店", Address: "上海市静安区桂花里路 18 号", Phone: "021-5555 0118", Zone: "Asia/Shanghai"},
		Till:  guitai.Till{Number: "1"},
		Staff: guitai.Staff{Number: "101", Name: "林小雨"}}
}

// payment is one in a state, with what such a payment has.
func payment(s guitai.PaymentState) guitai.Payment {
	a := guitai.Attempt{N: 1, OrderNo: "p06h01k0pbsx1hdsynhm4pytztr", Wallet: guitai.WeChat, State: guitai.AttemptState(s)}
	p := guitai.Payment{ID: "pay_06h01k0pbswvxf1wmf3y9ybamg", Kind: guitai.Scan, Wallet: guitai.WeChat, Amount: guitai.Fen(1250),
		Description: "桂花糕 两盒", State: s, CreatedAt: made()}
	if s == guitai.PaymentPaid {
		a.Booked, a.WalletNo, a.Payer, a.PaidAt = true, "4200001234202611220000000001", "o***i", made().Add(4*time.Second)
		p.PaidAt = a.PaidAt
	}
	p.Attempts = []guitai.Attempt{a}
	return p
}

func refund(k guitai.RefundKind, s guitai.RefundState) guitai.Refund {
	r := guitai.Refund{ID: "ref_1", Kind: k, State: s, Attempt: 1, Amount: guitai.Fen(250), Reason: "少一盒",
		RefundNo: "r06h01k17k5rrx7640qskb43nz0", CreatedAt: made().Add(time.Hour)}
	if s == guitai.RefundDone {
		r.DoneAt, r.WalletNo = made().Add(2*time.Hour), "50300001234202611220000000002"
	}
	return r
}

// slips writes every slip that there can be, one after the other.
func slips(t *testing.T) string {
	t.Helper()
	c := &till.Counter{Now: func() time.Time { return made().Add(24 * time.Hour) }}
	shanghai := time.FixedZone("Asia/Shanghai", 8*60*60)
	var out strings.Builder
	slip := func(title string, w pay.Whole, o till.SlipOptions, p receipt.Paper) {
		o.Zone = shanghai
		d, err := c.Slip(w, where(), o)
		if err != nil {
			t.Fatal(title, err)
		}
		s, err := receipt.Lay(d, p)
		if err != nil {
			t.Fatal(title, err)
		}
		fmt.Fprintf(&out, "##### %s\n%s\n", title, s.Text())
	}
	for _, s := range []guitai.PaymentState{guitai.PaymentCreated, guitai.PaymentWaiting, guitai.PaymentUnknown, guitai.PaymentHeld,
		guitai.PaymentPaid, guitai.PaymentFailed, guitai.PaymentClosed} {
		slip("sale "+string(s), pay.Whole{Payment: payment(s)}, till.SlipOptions{Language: guitai.ZhHans}, receipt.Paper58)
	}
	for _, l := range guitai.Langs() {
		slip("sale in "+string(l), pay.Whole{Payment: payment(guitai.PaymentPaid)}, till.SlipOptions{Language: l}, receipt.Paper80)
	}
	given := payment(guitai.PaymentPaid)
	given.Refunded, given.RefundHeld, given.Description = 250, 250, ""
	slip("copy of a sale that was given back in part", pay.Whole{Payment: given}, till.SlipOptions{Copy: receipt.Copy}, receipt.Paper58)
	for _, s := range []guitai.RefundState{guitai.RefundCreated, guitai.RefundAsked, guitai.RefundPending, guitai.RefundUnknown, guitai.RefundDone,
		guitai.RefundFailed, guitai.RefundStuck} {
		slip("refund "+string(s), pay.Whole{Payment: given, Refunds: []guitai.Refund{refund(guitai.RefundPart, s)}},
			till.SlipOptions{Language: guitai.ZhHans, Refund: "ref_1"}, receipt.Paper58)
	}
	for _, l := range guitai.Langs() {
		slip("void in "+string(l), pay.Whole{Payment: given, Refunds: []guitai.Refund{refund(guitai.RefundVoid, guitai.RefundDone)}},
			till.SlipOptions{Language: l, Refund: "ref_1"}, receipt.Paper80)
	}
	double := payment(guitai.PaymentPaid)
	double.Attempts = append(double.Attempts, guitai.Attempt{N: 2, OrderNo: "p06h01second", Wallet: guitai.Alipay, State: guitai.AttemptPaid,
		Suspense: guitai.SuspenseDouble, WalletNo: "2026112222001"})
	back := refund(guitai.RefundGiveBack, guitai.RefundDone)
	back.Attempt = 2
	slip("money of another order given back", pay.Whole{Payment: double, Refunds: []guitai.Refund{back}},
		till.SlipOptions{Language: guitai.ZhHans, Refund: "ref_1"}, receipt.Paper58)
	return out.String()
}

// TestSlips: every state, kind and language, as on paper.
func TestSlips(t *testing.T) {
	const file = "testdata/slips.txt"
	got := slips(t)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test ./till -update, then look at it):\n%s", file, diff)
	}
}

// TestSlipTells: the amount, the time by the shop's clock, and who gave it back.
func TestSlipTells(t *testing.T) {
	c := &till.Counter{Now: made}
	w := pay.Whole{Payment: payment(guitai.PaymentPaid), Refunds: []guitai.Refund{refund(guitai.RefundPart, guitai.RefundDone)}}
	d, err := c.Slip(w, where(), till.SlipOptions{Zone: time.UTC})
	if err != nil || d.Kind != receipt.Sale || !d.At.Equal(w.Payment.PaidAt) || !d.PrintedAt.IsZero() || d.Number != w.Payment.Attempts[0].OrderNo ||
		d.Sums[0].Amount != guitai.Fen(1250) || d.Tenders[0].Amount != guitai.Fen(1250) || d.Tenders[0].State != "paid" {
		t.Errorf("%+v %v", d, err)
	}
	d, err = c.Slip(w, where(), till.SlipOptions{Refund: "ref_1", Copy: receipt.Copy})
	if err != nil || d.Kind != receipt.Refund || !d.At.Equal(w.Refunds[0].DoneAt) || d.OriginalNumber != w.Payment.Attempts[0].OrderNo ||
		d.Number != w.Refunds[0].RefundNo || d.Tenders[0].Amount != guitai.Fen(250) || !d.PrintedAt.Equal(made()) || len(d.Lines) != 0 {
		t.Errorf("%+v %v", d, err)
	}
	for _, id := range []guitai.RefundID{"ref_2", "x"} {
		if _, err := c.Slip(w, where(), till.SlipOptions{Refund: id}); guitai.AsError(err) == nil || guitai.AsError(err).Code != guitai.CodeRefundNotFound {
			t.Errorf("%s: %v", id, err)
		}
	}
	none := pay.Whole{Payment: guitai.Payment{Amount: guitai.Fen(1), State: guitai.PaymentCreated, CreatedAt: made()}}
	if d, err := c.Slip(none, guitai.Where{}, till.SlipOptions{}); err != nil || d.Number != "" || !d.At.Equal(made()) {
		t.Errorf("a payment without an order: %+v %v", d, err)
	}
}

// TestTold: the booked attempt, else the live one, else the last.
func TestTold(t *testing.T) {
	states := func(list ...guitai.AttemptState) guitai.Payment {
		var p guitai.Payment
		for i, s := range list {
			p.Attempts = append(p.Attempts, guitai.Attempt{N: i + 1, State: s})
		}
		return p
	}
	booked := states(guitai.AttemptPaid, guitai.AttemptWaiting, guitai.AttemptClosed)
	booked.Attempts[0].Booked = true
	for want, p := range map[int]guitai.Payment{
		0: {}, 1: booked, 2: states(guitai.AttemptFailed, guitai.AttemptUnknown, guitai.AttemptClosed),
		3: states(guitai.AttemptFailed, guitai.AttemptClosed, guitai.AttemptClosed),
	} {
		if got := till.Told(&p).N; got != want {
			t.Errorf("the attempt %d is told, not %d", got, want)
		}
	}
}
