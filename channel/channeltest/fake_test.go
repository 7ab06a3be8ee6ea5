package channeltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guitai"
	"guitai/channel"
)

// TestFakePassesTheExam: both likenesses pass every case, in virtual time.
func TestFakePassesTheExam(t *testing.T) {
	for name, like := range map[string]func(FakeOptions) FakeOptions{"wechat": LikeWeChat, "alipay": LikeAlipay} {
		for _, c := range Cases() {
			if strings.HasPrefix(c.Name, "clock") {
				continue // a Fake signs nothing with a time
			}
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { c.Run(t, fakeRig(t, like)) })
			})
		}
	}
}

func fakeRig(t *testing.T, like func(FakeOptions) FakeOptions) Rig {
	box := &Inbox{}
	var f *Fake
	open := func(faults Faults) *Fake {
		f := NewFake(like(FakeOptions{
			Rand: rand.New(rand.NewPCG(1, 2)), Now: time.Now, Faults: faults, Payers: Payers{Within: 3 * time.Second},
			Notify: func(n channel.RawNotice) channel.NoticeReply { box.Put(n); return f.Reply(nil) },
		}))
		t.Cleanup(f.Close)
		return f
	}
	f = open(Faults{Refund: RefundFaults{Pending: 0.5}})
	r := Rig{
		Channel: f, Now: time.Now, Inbox: box, Tells: f.opt.Tells, Unscanned: f.opt.Unscanned, Patience: 20 * time.Minute,
		PayerCode: func(_ testing.TB, b Behaviour) string { return f.PayerCode(b) },
		Pay:       func(_ testing.TB, code string) error { return f.Pay(code) },
		Inject:    func(_ testing.TB, c Call, x Fault) { f.Inject(c, x) },
		Judge:     func(_ testing.TB, no string) Book { return f.Judge(no) },
		Saying:    func(_ testing.TB, c Call, code string) channel.Channel { f.Say(c, code); return f },
		Skewed:    func(testing.TB, time.Duration) channel.Channel { return f },
		Nowhere:   func(testing.TB) channel.Channel { return open(Faults{Unavailable: 1}) },
		Forge: func(_ testing.TB, n channel.RawNotice) map[string]channel.RawNotice {
			return map[string]channel.RawNotice{"other key": {Header: map[string][]string{macHeader: {strings.Repeat("0", 64)}}, Body: n.Body}}
		},
	}
	for _, code := range Refusals() {
		r.Codes = append(r.Codes, CodeCase{Call: Call{OpCharge, guitai.Scan}, Code: string(code), Outcome: channel.Declined, Reason: code})
	}
	return r
}

// day is a small shop: it charges and shows, asks until there is an end, and
// ends what takes too long.
type day struct {
	f     *Fake
	mu    sync.Mutex
	paid  map[string]bool
	order []channel.Order
}

var allFaults = Faults{
	Unavailable: 0.04, Lost: 0.05, Broken: 0.05, Silent: 0.06, Garbled: 0.05, Late: 0.08, Slow: 0.05, Recall: 0.2,
	Refund: RefundFaults{Pending: 0.3, Stuck: 0.1, FundsLow: 0.1},
	Notice: NoticeFaults{Dropped: 0.1, Duplicated: 0.3, Late: 0.2},
}

func (d *day) sell(n int) {
	o := channel.Order{No: fmt.Sprintf("DAY%08d", n), Kind: guitai.Scan, Amount: guitai.Fen(int64(100 + n)), Made: time.Now()}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	var a channel.Answer
	if n%2 == 0 {
		a = d.f.Charge(ctx, channel.Charge{Order: o, AuthCode: d.f.PayerCode("")})
	} else {
		o.Kind = guitai.Show
		a = d.f.Show(ctx, channel.Show{Order: o, Expires: time.Now().Add(2 * time.Minute)})
	}
	d.mu.Lock()
	d.order = append(d.order, o)
	d.mu.Unlock()
	for i := 0; i < 40 && (a.Outcome == channel.Waiting || a.Outcome == channel.Unknown || a.Outcome == channel.NotFound); i++ {
		time.Sleep(5 * time.Second)
		a = d.f.Ask(context.Background(), o)
	}
	for i := 0; i < 40 && a.Outcome != channel.Paid && a.Outcome != channel.Closed && a.Outcome != channel.Declined; i++ {
		time.Sleep(5 * time.Second)
		if a = d.f.End(context.Background(), o); a.Outcome == channel.EndRefused {
			a = d.f.Ask(context.Background(), o)
		}
	}
	if a.Outcome == channel.Paid && n%3 == 0 {
		back := channel.Refund{No: "R" + o.No, Order: o, Amount: guitai.Fen(50)}
		for range 3 {
			d.f.Refund(context.Background(), back)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paid[o.No] = a.Outcome == channel.Paid
}

// history plays a day and returns all that happened.
func history(t *testing.T, seed uint64, check func(*day)) []string {
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		var f *Fake
		like := LikeWeChat
		if seed%2 == 1 {
			like = LikeAlipay
		}
		f = NewFake(like(FakeOptions{
			Rand: rand.New(rand.NewPCG(seed, 7)), Now: time.Now, Faults: allFaults,
			Payers: Payers{
				Codes: []Weight{{Pays, 6}, {Types, 2}, {Cancels, 1}, {Ignores, 1}, {Poor, 1}, {AtEnd, 1}},
				Shown: []Weight{{Pays, 6}, {Dawdles, 2}, {Leaves, 2}, {AtEnd, 2}},
			},
			Notify: func(channel.RawNotice) channel.NoticeReply { return f.Reply(nil) },
			Trace:  func(at time.Time, line string) { lines = append(lines, at.Format(time.RFC3339Nano)+" "+line) },
		}))
		d := &day{f: f, paid: map[string]bool{}}
		var wg sync.WaitGroup
		for n := range 60 {
			wg.Go(func() {
				time.Sleep(time.Duration(n)*700*time.Millisecond + time.Duration(n)*time.Microsecond)
				d.sell(n)
			})
		}
		wg.Wait()
		time.Sleep(25 * time.Hour)
		f.Close()
		if check != nil {
			check(d)
		}
	})
	return lines
}

func TestSameSeedSameHistory(t *testing.T) {
	for seed := range uint64(6) {
		first := history(t, seed, nil)
		for range 3 {
			if second := history(t, seed, nil); !slices.Equal(first, second) {
				for i := range min(len(first), len(second)) {
					if first[i] != second[i] {
						t.Fatalf("seed %d: line %d is %q, then %q", seed, i, first[i], second[i])
					}
				}
				t.Fatalf("seed %d: %d lines, then %d", seed, len(first), len(second))
			}
		}
		if len(first) < 100 {
			t.Errorf("seed %d: only %d lines of history", seed, len(first))
		}
	}
	if slices.Equal(history(t, 2, nil), history(t, 4, nil)) {
		t.Error("two seeds gave the same history")
	}
}

// TestDay: whatever goes wrong, the book is sound, and what the shop was told
// at the end agrees with it.
func TestDay(t *testing.T) {
	for seed := range uint64(20) {
		history(t, seed, func(d *day) {
			if c := d.f.Complaints(); len(c) > 0 {
				t.Errorf("seed %d: %v", seed, c)
			}
			for _, r := range d.f.Records() {
				b := r.Book()
				if b.Charges > 1 || b.ChargedFen != 0 && b.ChargedFen != r.AskedFen || b.BackFen > b.ChargedFen {
					t.Errorf("seed %d: %+v", seed, r)
				}
				if d.paid[r.OrderNo] != (b.Charges == 1 && b.BackFen < b.ChargedFen) {
					t.Errorf("seed %d: the shop was told paid: %t, the book says %+v", seed, d.paid[r.OrderNo], r)
				}
			}
		})
	}
}

// TestLateEffect: an effect may come after the caller gave up, but never later
// than the deadline and the lag.
func TestLateEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFake(LikeWeChat(FakeOptions{Rand: rand.New(rand.NewPCG(3, 3)), Now: time.Now, Faults: Faults{Late: 1}}))
		defer f.Close()
		var after int
		for n := range 200 {
			ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
			o := channel.Order{No: fmt.Sprint("L", n), Kind: guitai.Scan, Amount: guitai.Fen(1)}
			start := time.Now()
			a := f.Charge(ctx, channel.Charge{Order: o, AuthCode: f.PayerCode(Pays)})
			gone := time.Now()
			stop()
			time.Sleep(start.Add(15*time.Second).Sub(gone) + time.Millisecond)
			rec := f.Records()
			i := slices.IndexFunc(rec, func(r Record) bool { return r.OrderNo == o.No })
			if i < 0 || len(rec[i].Charges) != 1 || rec[i].Made.After(start.Add(15*time.Second)) {
				t.Fatalf("order %s: %s, book %v; want its effect within the deadline and the lag", o.No, a.Outcome, rec)
			}
			if rec[i].Made.After(gone) {
				after++
			}
		}
		if after < 50 {
			t.Errorf("only %d of 200 late effects came after the caller gave up", after)
		}
	})
}

// TestNoticeAgain: a notice that is not taken comes again, 15 s and 15 s and
// 30 s later, until it is.
func TestNoticeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f *Fake
		var at []time.Time
		f = NewFake(LikeAlipay(FakeOptions{Rand: rand.New(rand.NewPCG(3, 3)), Now: time.Now,
			Notify: func(n channel.RawNotice) channel.NoticeReply {
				at = append(at, time.Now())
				if len(at) < 4 {
					return f.Reply(errNote)
				}
				return f.Reply(nil)
			}}))
		defer f.Close()
		o := channel.Order{No: "N1", Kind: guitai.Scan, Amount: guitai.Fen(1)}
		f.Charge(context.Background(), channel.Charge{Order: o, AuthCode: f.PayerCode(Pays)})
		time.Sleep(time.Hour)
		f.Close()
		if len(at) != 4 {
			t.Fatalf("%d deliveries, want 4", len(at))
		}
		for i, want := range []time.Duration{15 * time.Second, 15 * time.Second, 30 * time.Second} {
			if got := at[i+1].Sub(at[i]); got.Round(time.Millisecond) != want {
				t.Errorf("delivery %d came after %v, want %v", i+2, got, want)
			}
		}
	})
}

// TestAtEnd: a payer who pays in the moment of closing makes the wallet refuse
// to close, or the reversal give the money back.
func TestAtEnd(t *testing.T) {
	for name, like := range map[string]func(FakeOptions) FakeOptions{"close": LikeWeChat, "reverse": LikeAlipay} {
		synctest.Test(t, func(t *testing.T) {
			f := NewFake(like(FakeOptions{Rand: rand.New(rand.NewPCG(3, 3)), Now: time.Now, Payers: Payers{Shown: []Weight{{AtEnd, 1}}}}))
			defer f.Close()
			o := channel.Order{No: "E1", Kind: guitai.Show, Amount: guitai.Fen(5)}
			f.Show(context.Background(), channel.Show{Order: o, Expires: time.Now().Add(time.Hour)})
			a, b := f.End(context.Background(), o), f.Judge(o.No)
			want, back := channel.EndRefused, int64(0)
			if f.Ending(guitai.Show) == guitai.EndReverse {
				want, back = channel.Closed, 5
			}
			if a.Outcome != want || b != (Book{1, 5, back}) {
				t.Errorf("%s: %s, book %+v; want %s and %d back", name, a.Outcome, b, want, back)
			}
		})
	}
}
