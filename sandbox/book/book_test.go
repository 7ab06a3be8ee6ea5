package book

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"
)

// seeded is a random source that replays.
type seeded struct{ r *rand.Rand }

func (s seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.r.Uint32())
	}
	return len(p), nil
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }
func newClock() *clock                { return &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }
func ref(no string) Ref               { return Ref{Wallet: WeChat, OrderNo: no} }
func bill(no string, fen int64) Bill {
	return Bill{Wallet: WeChat, OrderNo: no, AmountFen: fen, Subject: "茶", NotifyURL: "http://127.0.0.1:1/n"}
}
func number(day, digits string) string { return "4200" + digits[:6] + day + digits[6:] }
func shownAs(token string) string      { return "weixin://" + token }

func testPolicy() Policy {
	return Policy{
		CodePrefixes: []string{"10", "13"}, ShownCode: shownAs, Number: number, RefundNumber: number,
		CodeLife: 2 * time.Hour, OrderLife: 24 * time.Hour, ReverseWindow: 7 * 24 * time.Hour,
		RefundWindow: 365 * 24 * time.Hour, RefundDelay: time.Second, RefundsMost: 50,
		NoticeGaps: []time.Duration{15 * time.Second, time.Minute}, PasswordAboveFen: 100_000,
	}
}

func open(t *testing.T, path string, c *clock) *Book {
	t.Helper()
	b, err := Open(Options{Path: path, Now: c.now, Rand: seeded{rand.New(rand.NewPCG(1, 2))},
		Policies: map[Wallet]Policy{WeChat: testPolicy()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func fresh(t *testing.T) (*Book, *clock) {
	t.Helper()
	c := newClock()
	return open(t, filepath.Join(t.TempDir(), "j"), c), c
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// sound is the law of the book: no payer is charged more than once, and every
// fen that left a balance is charged or given back.
func sound(t *testing.T, b *Book) {
	t.Helper()
	out := map[string]int64{}
	for _, o := range must(b.Orders(Filter{}))(t) {
		if len(o.Charges) > 1 || o.ChargedFen != int64(len(o.Charges))*o.AmountFen || o.GivenBackFen > o.ChargedFen {
			t.Errorf("order %s: charged %d in %d charges, given back %d", o.OrderNo, o.ChargedFen, len(o.Charges), o.GivenBackFen)
		}
		out[o.Payer] += o.ChargedFen - o.GivenBackFen
	}
	seeds := map[string]int64{}
	for _, p := range seedPayers(WeChat) {
		seeds[p.ID] = p.BalanceFen
	}
	for _, p := range must(b.Payers(WeChat))(t) {
		if had, ok := seeds[p.ID]; ok && had-p.BalanceFen != out[p.ID] {
			t.Errorf("%s: balance fell by %d, orders took %d", p.ID, had-p.BalanceFen, out[p.ID])
		}
	}
}

func TestChargeByBehaviour(t *testing.T) {
	for _, c := range []struct {
		how   Behaviour
		fen   int64
		first State
		err   error
		later State
	}{
		{Normal, 1250, Success, nil, Success},
		{Normal, 100_001, UserPaying, nil, UserPaying},
		{Normal, 100_000, Success, nil, Success},
		{AskPassword, 1250, UserPaying, nil, UserPaying},
		{PasswordOK, 1250, UserPaying, nil, Success},
		{PasswordBad, 1250, UserPaying, nil, PayError},
		{Refuse, 1250, UserPaying, nil, PayError},
		{Cancel, 1250, UserPaying, nil, PayError},
		{Poor, 1250, PayError, BalanceShort, PayError},
		{Risk, 1250, PayError, RiskRefused, PayError},
		{Slow, 1250, Success, nil, Success},
		{Expired, 1250, "", CodeExpired, ""},
	} {
		b, clk := fresh(t)
		code := must(b.PayerCode(WeChat, "", c.how))(t)
		_, err := b.Charge(bill("no1", c.fen), code.Text)
		if !errors.Is(err, c.err) {
			t.Errorf("%q: %v, want %v", c.how, err, c.err)
		}
		if o, _ := b.Find(ref("no1")); o.State != c.first {
			t.Errorf("%q: first %q, want %q", c.how, o.State, c.first)
		}
		clk.pass(4 * time.Second)
		if _, err := b.Due(); err != nil {
			t.Fatal(err)
		}
		if o, _ := b.Find(ref("no1")); o.State != c.later {
			t.Errorf("%q: later %q, want %q", c.how, o.State, c.later)
		}
		sound(t, b)
	}
}

func TestPayerCodesAreSingleUseAndShortLived(t *testing.T) {
	b, clk := fresh(t)
	used := must(b.PayerCode(WeChat, "", Normal))(t)
	stale := must(b.PayerCode(WeChat, "", Normal))(t)
	if len(used.Text) != 18 || used.Text == stale.Text {
		t.Fatalf("codes: %d digits, equal %v", len(used.Text), used.Text == stale.Text)
	}
	must(b.Charge(bill("a", 100), used.Text))(t)
	for _, c := range []struct {
		code string
		want Refusal
		wait time.Duration
	}{
		{used.Text, CodeUsed, 0}, {"281234567890123456", CodeAlien, 0}, {"101234567890123456", CodeUnknown, 0}, {stale.Text, CodeExpired, time.Minute},
	} {
		clk.pass(c.wait)
		if _, err := b.Charge(bill("b", 100), c.code); err != c.want {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	if _, err := b.Find(ref("b")); err != OrderUnknown {
		t.Errorf("a refused code made an order: %v", err)
	}
}

func TestChargeAgainIsRefusedByWhatBecameOfIt(t *testing.T) {
	for _, c := range []struct {
		how  Behaviour
		then func(*Book) error
		want Refusal
	}{
		{Normal, nil, OrderPaid}, {AskPassword, nil, OrderWaiting}, {Poor, nil, OrderFailed},
		{AskPassword, func(b *Book) error { _, _, err := b.Reverse(ref("a")); return err }, OrderRevoked},
	} {
		b, _ := fresh(t)
		code := must(b.PayerCode(WeChat, "", c.how))(t)
		_, _ = b.Charge(bill("a", 100), code.Text) // its outcome is the row's business
		if c.then != nil {
			if err := c.then(b); err != nil {
				t.Fatal(err)
			}
		}
		next := must(b.PayerCode(WeChat, "", Normal))(t)
		if _, err := b.Charge(bill("a", 100), next.Text); err != c.want {
			t.Errorf("%v, want %v", err, c.want)
		}
		if _, err := b.Charge(bill("a", 200), next.Text); err != OrderDiffers {
			t.Errorf("another amount: %v", err)
		}
		sound(t, b)
	}
}

func TestShownCode(t *testing.T) {
	b, clk := fresh(t)
	first := must(b.Show(bill("a", 1250)))(t)
	second := must(b.Show(bill("a", 1250)))(t)
	if first.Code == second.Code || first.Number != second.Number {
		t.Fatal("a repeat must give a fresh code of the same order")
	}
	if _, err := b.Pay(first.Code, "", Normal); err != CodeUnknown {
		t.Errorf("replaced code: %v", err)
	}
	if _, err := b.Show(bill("a", 1300)); err != OrderDiffers {
		t.Errorf("other bill: %v", err)
	}
	if o := must(b.Pay(second.Code, "wechat-wang", AskPassword))(t); !o.Waiting || o.State != NotPay {
		t.Errorf("opened: %+v", o)
	}
	if _, err := b.Pay(second.Code, "wechat-li", Normal); err != OpenedByOther {
		t.Errorf("second payer: %v", err)
	}
	if _, err := b.Enter(Waiter{Code: second.Code}, "000000"); err != PasswordWrong {
		t.Errorf("wrong password: %v", err)
	}
	if o := must(b.Enter(Waiter{Code: second.Code}, Password))(t); o.State != Success || o.ChargedFen != 1250 {
		t.Errorf("paid: %+v", o)
	}
	if _, err := b.Pay(second.Code, "wechat-wang", Normal); err != OrderPaid {
		t.Errorf("paid twice: %v", err)
	}
	late := must(b.Show(bill("late", 1)))(t)
	clk.pass(2 * time.Hour)
	if _, err := b.Pay(late.Code, "", Normal); err != CodeExpired {
		t.Errorf("late: %v", err)
	}
	clk.pass(22 * time.Hour)
	if o := must(b.Find(ref("late")))(t); o.State != Closed {
		t.Errorf("unpaid order stays %q", o.State)
	}
	sound(t, b)
}

func TestLeavingAShownOrderLeavesItPayable(t *testing.T) {
	b, _ := fresh(t)
	o := must(b.Show(bill("a", 9000)))(t)
	must(b.Pay(o.Code, "wechat-wang", AskPassword))(t)
	if o := must(b.Leave(Waiter{OrderNo: "a"}))(t); o.State != NotPay || o.Waiting {
		t.Errorf("left: %+v", o)
	}
	if _, err := b.Leave(Waiter{OrderNo: "a"}); err != NotWaiting {
		t.Errorf("left twice: %v", err)
	}
	if o := must(b.Pay(o.Code, "wechat-wang", Normal))(t); o.State != Success {
		t.Errorf("came back: %q", o.State)
	}
}

func TestCloseAndReverse(t *testing.T) {
	b, clk := fresh(t)
	must(b.Show(bill("show", 100)))(t)
	for range 2 {
		if o := must(b.CloseOrder(ref("show")))(t); o.State != Closed {
			t.Errorf("closed: %q", o.State)
		}
	}
	if _, _, err := b.Reverse(ref("show")); err != WrongKind {
		t.Errorf("reverse of a shown order: %v", err)
	}
	code := must(b.PayerCode(WeChat, "", Normal))(t)
	must(b.Charge(bill("scan", 100), code.Text))(t)
	if _, err := b.CloseOrder(ref("scan")); err != WrongKind {
		t.Errorf("close of a scan order: %v", err)
	}
	for _, want := range []Reversal{ReverseRefund, ReverseNothing} {
		o, did, err := b.Reverse(ref("scan"))
		if err != nil || did != want || o.State != Revoked || o.GivenBackFen != 100 {
			t.Errorf("reverse: %v %q %+v", err, did, o)
		}
	}
	code = must(b.PayerCode(WeChat, "", Normal))(t)
	must(b.Charge(bill("old", 100), code.Text))(t)
	clk.pass(8 * 24 * time.Hour)
	if _, _, err := b.Reverse(ref("old")); err != TooLate {
		t.Errorf("after a week: %v", err)
	}
	sound(t, b)
}

func TestRefunds(t *testing.T) {
	b, clk := fresh(t)
	o := must(b.Show(bill("a", 1000)))(t)
	ask := func(no string, fen int64) error {
		_, _, _, err := b.Refund(RefundAsk{Ref: ref("a"), RefundNo: no, AmountFen: fen, NotifyURL: "http://127.0.0.1:1/r"})
		return err
	}
	if err := ask("r0", 1); err != OrderUnpaid {
		t.Errorf("unpaid: %v", err)
	}
	must(b.Pay(o.Code, "wechat-wang", Normal))(t)
	for _, c := range []struct {
		no   string
		fen  int64
		want error
	}{{"r1", 400, nil}, {"r1", 400, nil}, {"r1", 401, RefundDiffers}, {"r2", 601, RefundTooLarge}, {"r2", 600, nil}, {"r3", 1, RefundTooLarge}} {
		if err := ask(c.no, c.fen); !errors.Is(err, c.want) {
			t.Errorf("%s %d: %v, want %v", c.no, c.fen, err, c.want)
		}
	}
	if o, r, err := b.FindRefund(Ref{Wallet: WeChat}, "r1"); err != nil || r.State != RefundProcessing || o.GivenBackFen != 0 {
		t.Errorf("at once: %v %q %d", err, r.State, o.GivenBackFen)
	}
	clk.pass(2 * time.Second)
	if next, err := b.Due(); err != nil || !next.IsZero() {
		t.Fatal(next, err)
	}
	o, r, err := b.FindRefund(Ref{Wallet: WeChat}, "r2")
	if err != nil || r.State != RefundSuccess || o.GivenBackFen != 1000 || o.State != Refunded {
		t.Errorf("later: %v %q %+v", err, r.State, o)
	}
	if n := must(b.Notices(ref("a")))(t); len(n) != 3 {
		t.Errorf("%d notices, want the payment and two refunds", len(n))
	}
	sound(t, b)
}

func TestAbnormalRefundKeepsTheMoney(t *testing.T) {
	b, clk := fresh(t)
	o := must(b.Show(bill("a", 1000)))(t)
	must(b.Pay(o.Code, "", RefundAbnormal))(t)
	if _, _, _, err := b.Refund(RefundAsk{Ref: ref("a"), RefundNo: "r", AmountFen: 10}); err != nil {
		t.Fatal(err)
	}
	clk.pass(time.Minute)
	if o, r, err := b.FindRefund(ref("a"), "r"); err != nil || r.State != RefundStuck || o.GivenBackFen != 0 {
		t.Errorf("%v %q %d", err, r.State, o.GivenBackFen)
	}
	sound(t, b)
}

func TestFreePaymentsOfADay(t *testing.T) {
	b, clk := fresh(t)
	try := func(no string) State {
		code := must(b.PayerCode(WeChat, "wechat-liu", Normal))(t)
		return must(b.Charge(bill(no, 100), code.Text))(t).State
	}
	for i := range 10 {
		if s := try("a" + string(rune('a'+i))); s != Success {
			t.Fatalf("payment %d: %q", i, s)
		}
	}
	if s := try("eleventh"); s != UserPaying {
		t.Errorf("eleventh: %q", s)
	}
	clk.pass(24 * time.Hour)
	if s := try("next-day"); s != Success {
		t.Errorf("next day: %q", s)
	}
}

func TestNoticeSchedule(t *testing.T) {
	b, clk := fresh(t)
	o := must(b.Show(bill("a", 1000)))(t)
	must(b.Pay(o.Code, "", Normal))(t)
	for i, gap := range []time.Duration{0, 15 * time.Second, time.Minute} {
		clk.pass(gap - time.Millisecond)
		if due, next, err := b.Owed(); err != nil || i > 0 && (len(due) != 0 || next.Sub(clk.at) != time.Millisecond) {
			t.Fatalf("early for try %d: %v %v %v", i, due, next, err)
		}
		clk.pass(time.Millisecond)
		due, _, err := b.Owed()
		if err != nil || len(due) != 1 {
			t.Fatalf("try %d: %d due, %v", i, len(due), err)
		}
		if err := b.Tried(due[0].ID, Failed); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(b.Notices(ref("a")))(t)[0]; n.State != NoticeGivenUp || n.Tries != 3 {
		t.Errorf("after the last: %+v", n)
	}
}

func TestJournalSurvivesAKill(t *testing.T) {
	dir, clk := t.TempDir(), newClock()
	path := filepath.Join(dir, "j")
	b := open(t, path, clk)
	o := must(b.Show(bill("a", 1000)))(t)
	must(b.Pay(o.Code, "wechat-wang", Normal))(t)
	before := must(b.Orders(Filter{}))(t)
	payers := must(b.Payers(""))(t)
	raw := must(os.ReadFile(path))(t)
	must(b.PayerCode(WeChat, "", Normal))(t)
	longer := must(os.ReadFile(path))(t)

	for cut := len(raw); cut < len(longer); cut += 17 { // the last line torn at many places
		copied := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(copied, longer[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		again := open(t, copied, clk)
		if got := must(again.Orders(Filter{}))(t); !reflect.DeepEqual(got, before) {
			t.Fatalf("cut at %d:\n%+v\nwant\n%+v", cut, got, before)
		}
		if got := must(again.Payers(""))(t); !reflect.DeepEqual(got, payers) {
			t.Fatalf("cut at %d: payers %+v", cut, got)
		}
		if due, _, err := again.Owed(); err != nil || len(due) != 1 {
			t.Fatalf("cut at %d: %d notices due, %v", cut, len(due), err)
		}
		must(again.Show(bill("b", 5)))(t)
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if o := must(open(t, copied, clk).Find(ref("b")))(t); o.AmountFen != 5 {
			t.Fatalf("cut at %d: what came after the tear is lost", cut)
		}
	}
}

func TestAFlippedBitIsFound(t *testing.T) {
	dir, clk := t.TempDir(), newClock()
	path := filepath.Join(dir, "j")
	b := open(t, path, clk)
	must(b.Show(bill("a", 1000)))(t)
	must(b.Show(bill("b", 1000)))(t)
	raw := must(os.ReadFile(path))(t)
	lastLine := len(raw) - 200 // flips in the last line count as a tear
	for at := 0; at < lastLine-400; at += 53 {
		bad := append([]byte{}, raw...)
		bad[at] ^= 1 << (at % 8)
		copied := filepath.Join(dir, "bad")
		if err := os.WriteFile(copied, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(Options{Path: copied, Now: clk.now, Rand: seeded{rand.New(rand.NewPCG(1, 2))}, Policies: map[Wallet]Policy{WeChat: testPolicy()}})
		if err == nil {
			t.Fatalf("flipped bit at %d was not found", at)
		}
	}
}

// TestManyThingsDueAtOnce: what ends in one moment still fits into lines that
// the journal reads back.
func TestManyThingsDueAtOnce(t *testing.T) {
	clk, path := newClock(), filepath.Join(t.TempDir(), "j")
	b := open(t, path, clk)
	for i := range 120 {
		o := must(b.Show(bill("due-"+strconv.Itoa(i), 10)))(t)
		if i%2 == 0 {
			must(b.Pay(o.Code, "", Normal))(t)
			if _, _, _, err := b.Refund(RefundAsk{Ref: o.Ref(), RefundNo: o.OrderNo, AmountFen: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	clk.pass(25 * time.Hour)
	for next := clk.at; !next.IsZero(); {
		next = must(b.Due())(t)
	}
	if list := must(b.Orders(Filter{State: Closed}))(t); len(list) != 60 {
		t.Errorf("%d closed, want 60", len(list))
	}
	sound(t, b)
	again := open(t, path, clk)
	if got, want := must(again.Orders(Filter{}))(t), must(b.Orders(Filter{}))(t); !reflect.DeepEqual(got, want) {
		t.Error("the journal tells another story")
	}
}

func TestAClosedBookRefuses(t *testing.T) {
	b, _ := fresh(t)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	var refused Refusal
	if _, err := b.Show(bill("a", 1)); err == nil || errors.As(err, &refused) {
		t.Errorf("a closed book answered %v", err)
	}
}
