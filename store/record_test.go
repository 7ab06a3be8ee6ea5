package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// TestRefundRoundTrip: every field, the lists, the rules by their names.
func TestRefundRoundTrip(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		full := guitai.Refund{ID: "ref-1", Merchant: "mer-1", Payment: "pay-1", Attempt: 2, Suspense: "sus-1", Kind: guitai.RefundGiveBack, Amount: guitai.Fen(100),
			Reason: "退货", Staff: "stf-1", RequestMAC: []byte{9, 0}, RefundNo: "r1", State: guitai.RefundAsked, Version: 3, WalletNo: "w", WalletCode: "c",
			Failure: guitai.CodeRefundTooLate, SendBy: noon, BelieveAt: noon.Add(time.Second), CreatedAt: noon.Add(2 * time.Second), UpdatedAt: noon.Add(3 * time.Second), DoneAt: noon.Add(4 * time.Second)}
		bare := guitai.Refund{ID: "ref-0", Merchant: "mer-1", Payment: "pay-1", Kind: guitai.RefundPart, Amount: guitai.Fen(1), RefundNo: "r0", State: guitai.RefundCreated, Version: 1, CreatedAt: noon, RequestMAC: []byte{}}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertPayment(whole("pay-1")), tx.InsertRefund(full), tx.InsertRefund(bare))
		})
		next := full
		next.State, next.Version, next.WalletNo, next.WalletCode, next.Failure = guitai.RefundDone, 4, "w2", "c2", ""
		next.SendBy, next.BelieveAt, next.UpdatedAt, next.DoneAt = noon.Add(time.Hour), noon.Add(2*time.Hour), noon.Add(3*time.Hour), time.Time{}
		read(t, s, func(tx *ReadTx) error {
			byID, err1 := tx.Refund("mer-1", "ref-1")
			byNo, err2 := tx.RefundByNo("r1")
			list, err3 := tx.RefundsOf("mer-1", "pay-1")
			equal(t, "by ID", byID, full)
			equal(t, "by number", byNo, full)
			equal(t, "of the payment", list, []guitai.Refund{bare, full})
			_, no1 := tx.Refund("mer-2", "ref-1")
			_, no2 := tx.RefundByNo("r9")
			if !errors.Is(no1, ErrNoRow) || !errors.Is(no2, ErrNoRow) {
				t.Errorf("%v, %v", no1, no2)
			}
			return errors.Join(err1, err2, err3)
		})
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.UpdateRefund(next, 2) }); !errors.Is(err, ErrNoRow) {
			t.Errorf("over another version: %v", err)
		}
		write(t, s, func(tx *Tx) error { return tx.UpdateRefund(next, 3) })
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.Refund("mer-1", "ref-1")
			equal(t, "updated", got, next)
			return err
		})
		for name, change := range map[string]func(r *guitai.Refund){
			"refund_pkey":            func(r *guitai.Refund) { r.RefundNo = "r2" },
			"refund_by_no":           func(r *guitai.Refund) { r.ID = "ref-2" },
			"refund_amount_positive": func(r *guitai.Refund) { r.ID, r.RefundNo, r.Amount.Fen = "ref-2", "r2", 0 },
			"":                       func(r *guitai.Refund) { r.ID, r.RefundNo, r.Payment = "ref-2", "r2", "pay-none" },
		} {
			r := full
			change(&r)
			err := s.InTx(context.Background(), func(tx *Tx) error { return tx.InsertRefund(r) })
			if !Violates(err, name) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

// TestSuspenseRoundTrip: every field, once per attempt, over its version only.
func TestSuspenseRoundTrip(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		full := guitai.Suspense{ID: "sus-1", Merchant: "mer-1", Payment: "pay-1", Attempt: 1, Amount: guitai.Fen(7), Why: guitai.SuspenseDouble, State: guitai.SuspenseOpen,
			ReturnAt: noon.Add(time.Hour), CreatedAt: noon, Version: 1}
		second := full
		second.ID, second.Attempt, second.State, second.ResolvedAt, second.Refund = "sus-2", 2, guitai.SuspenseReturned, noon.Add(time.Minute), "ref-1"
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertPayment(whole("pay-1")), tx.InsertSuspense(full), tx.InsertSuspense(second))
		})
		read(t, s, func(tx *ReadTx) error {
			got, err1 := tx.Suspense("mer-1", "sus-1")
			list, err2 := tx.SuspenseOf("mer-1", "pay-1")
			open, err3 := tx.SuspenseUnresolved("mer-1", 10)
			equal(t, "one", got, full)
			equal(t, "of the payment", list, []guitai.Suspense{full, second})
			equal(t, "unresolved", open, []guitai.Suspense{full})
			return errors.Join(err1, err2, err3)
		})
		next := full
		next.State, next.Refund, next.ReturnAt, next.ResolvedAt = guitai.SuspenseReturning, "ref-2", noon.Add(2*time.Hour), noon.Add(3*time.Hour)
		write(t, s, func(tx *Tx) error { return tx.UpdateSuspense(next) })
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.UpdateSuspense(next) }); !errors.Is(err, ErrNoRow) {
			t.Errorf("over a version that is gone: %v", err)
		}
		next.Version = 2
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.Suspense("mer-1", "sus-1")
			equal(t, "updated", got, next)
			return err
		})
		again := full
		again.ID = "sus-3"
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.InsertSuspense(again) }); !Violates(err, "suspense_by_attempt") {
			t.Errorf("the same money twice: %v", err)
		}
		again.ID, again.Attempt, again.Amount.Fen = "sus-3", 3, 0
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.InsertSuspense(again) }); !Violates(err, "suspense_amount_positive") {
			t.Errorf("no money: %v", err)
		}
	})
}

// TestEntries: kept as they are, once, and summed by account and currency.
func TestEntries(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		line := func(version int64, n int, account string, fen int64) Entry {
			return Entry{Merchant: "mer-1", Payment: "pay-1", Version: version, Line: n, Refund: "ref-1", Account: account, Money: guitai.Fen(fen), At: noon}
		}
		list := []Entry{line(2, 1, "receivable:a", 1250), line(2, 2, "sales", -1250), line(3, 1, "receivable:a", -5), line(3, 2, "fees", 5)}
		hkd := line(4, 1, "sales", 3)
		hkd.Money.Currency = "HKD"
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertPayment(whole("pay-1")), tx.InsertEntries(list), tx.InsertEntries([]Entry{hkd}), tx.InsertEntries(nil))
		})
		err := s.InTx(context.Background(), func(tx *Tx) error { return tx.InsertEntries([]Entry{line(5, 1, "sales", 1), list[2]}) })
		if !Violates(err, "entry_pkey") {
			t.Errorf("booked twice: %v", err)
		}
		read(t, s, func(tx *ReadTx) error {
			got, err1 := tx.EntriesOf("mer-1", "pay-1")
			sums, err2 := tx.Balances("mer-1")
			none, err3 := tx.Balances("mer-2")
			equal(t, "entries", got, append(list, hkd))
			equal(t, "sums", sums, []Balance{{"fees", guitai.Fen(5)}, {"receivable:a", guitai.Fen(1245)}, {"sales", guitai.Fen(-1250)}, {"sales", hkd.Money}})
			equal(t, "of another merchant", len(none), 0)
			return errors.Join(err1, err2, err3)
		})
	})
}

// TestTimeline: each row as it was, in the order of its time.
func TestTimeline(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		row := func(id string, at time.Duration) TimelineRow {
			return TimelineRow{Merchant: "mer-1", Payment: "pay-1", ID: guitai.MessageID(id), Refund: "ref-1", Attempt: 2, At: noon.Add(at), Kind: "message", Op: "micropay",
				Out: "<xml>茶</xml>", In: `{"a":"b"}`, HTTP: 200, Took: 1234 * time.Microsecond, Failure: "f", From: "asked", To: "paid"}
		}
		a, b, c := row("msg-2", time.Second), row("msg-1", 2*time.Second), row("msg-3", 2*time.Second)
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.AppendTimeline([]TimelineRow{c, a}), tx.AppendTimeline([]TimelineRow{b}), tx.AppendTimeline(nil))
		})
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.Timeline("mer-1", "pay-1")
			equal(t, "rows", got, []TimelineRow{a, b, c})
			return err
		})
	})
}

func news(m guitai.MerchantID, id string, at time.Time) guitai.News {
	return guitai.News{ID: guitai.EventID(id), Merchant: m, Shop: "shp-1", Till: "til-1", Topic: "payment.paid", Payment: "pay-1", Refund: "ref-1", At: at}
}

// TestNewsNumbers: numbers follow the time and then the name, whatever order the
// rows were written in, a batch at a time, per merchant, without gaps.
func TestNewsNumbers(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		write(t, s, func(tx *Tx) error {
			return errors.Join(
				tx.InsertNews(news("mer-1", "d", noon.Add(3*time.Second))), tx.InsertNews(news("mer-1", "c", noon.Add(time.Second))),
				tx.InsertNews(news("mer-2", "x", noon.Add(9*time.Second))), tx.InsertNews(news("mer-1", "a", noon.Add(2*time.Second))),
				tx.InsertNews(news("mer-1", "b", noon.Add(2*time.Second))))
		})
		number := func(limit int) (n int64) {
			t.Helper()
			write(t, s, func(tx *Tx) (err error) { n, err = tx.NumberNews(limit); return err })
			return n
		}
		waits := func() (w bool) {
			read(t, s, func(tx *ReadTx) (err error) { w, err = tx.UnnumberedNews(); return err })
			return w
		}
		after := func(m guitai.MerchantID, n int64, limit int) string {
			var text string
			read(t, s, func(tx *ReadTx) error {
				list, err := tx.NewsAfter(m, n, limit)
				for _, x := range list {
					text += fmt.Sprintf("%d%s ", x.N, x.ID)
				}
				return err
			})
			return text
		}
		if !waits() || after("mer-1", 0, 10) != "" {
			t.Error("told before it has a number")
		}
		if got := []int64{number(3), number(10), number(10)}; !slices.Equal(got, []int64{3, 2, 0}) || waits() {
			t.Errorf("batches %v", got)
		}
		equal(t, "mer-1", after("mer-1", 0, 10), "1c 2a 3b 4d ")
		equal(t, "mer-1 after 2", after("mer-1", 2, 1), "3b ")
		equal(t, "mer-2", after("mer-2", 0, 10), "1x ")
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertNews(news("mer-1", "z", noon)), tx.InsertNews(news("mer-1", "y", noon)))
		})
		number(10)
		equal(t, "older news that came later", after("mer-1", 4, 10), "5y 6z ")
		read(t, s, func(tx *ReadTx) error {
			last, err1 := tx.LastNews("mer-1")
			none, err2 := tx.LastNews("mer-9")
			list, err3 := tx.NewsAfter("mer-2", 0, 1)
			want := news("mer-2", "x", noon.Add(9*time.Second))
			want.N = 1
			if last != 6 || none != 0 {
				t.Errorf("last %d and %d", last, none)
			}
			equal(t, "as it was", list, []guitai.News{want})
			return errors.Join(err1, err2, err3)
		})
	})
}

// TestNewsUnderLoad: many writers and two numberers; a reader sees 1, 2, 3 …
// and never finds a smaller number later.
func TestNewsUnderLoad(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		const writers, each = 8, 25
		ctx, stop := context.WithCancel(context.Background())
		var writing, others sync.WaitGroup
		for range 2 {
			others.Go(func() {
				for ctx.Err() == nil {
					err := s.InSerialTx(context.Background(), func(tx *Tx) error { _, err := tx.NumberNews(7); return err })
					if err != nil && !guitai.Unavailable.Is(err) {
						t.Errorf("not numbered: %v", err)
					}
				}
			})
		}
		var seen int64
		look := func() {
			err := s.Read(context.Background(), func(tx *ReadTx) error {
				list, err := tx.NewsAfter("mer-1", seen, 1000)
				for _, n := range list {
					if n.N != seen+1 {
						t.Errorf("%d after %d", n.N, seen)
					}
					seen = n.N
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		others.Go(func() {
			for ctx.Err() == nil {
				look()
				time.Sleep(time.Millisecond)
			}
		})
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					err := s.InTx(context.Background(), func(tx *Tx) error {
						return tx.InsertNews(news("mer-1", fmt.Sprintf("evt-%d-%d", w, i), noon.Add(time.Duration(i%3)*time.Second)))
					})
					if err != nil {
						t.Errorf("not written: %v", err)
					}
				}
			})
		}
		writing.Wait()
		for range 1000 {
			var waits bool
			read(t, s, func(tx *ReadTx) (err error) { waits, err = tx.UnnumberedNews(); return err })
			if !waits {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		stop()
		others.Wait()
		look()
		if seen != writers*each {
			t.Errorf("%d numbers for %d news", seen, writers*each)
		}
	})
}
