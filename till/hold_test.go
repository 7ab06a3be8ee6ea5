package till_test

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
	"guitai/till"
)

// shopOn is a database with two tills of one shop, one of another shop, and one of
// another merchant, and a clock that can be set on.
type shopOn struct {
	*store.Store
	mu                     sync.Mutex
	at                     time.Time
	one, two, far, foreign guitai.Till
}

func (s *shopOn) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func openShop(t *testing.T, dsn string) *shopOn {
	t.Helper()
	s := &shopOn{at: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)}
	s.one = guitai.Till{ID: "til-1", Merchant: "mer-1", Shop: "shp-1", Number: "1", Paper: 80}
	s.two = guitai.Till{ID: "til-2", Merchant: "mer-1", Shop: "shp-1", Number: "2", Paper: 80}
	s.far = guitai.Till{ID: "til-3", Merchant: "mer-1", Shop: "shp-2", Number: "1", Paper: 80}
	s.foreign = guitai.Till{ID: "til-4", Merchant: "mer-2", Shop: "shp-3", Number: "1", Paper: 80}
	var err error
	s.Store, err = store.Open(t.Context(), store.Options{DSN: dsn, Now: s.now, Rand: rand.Reader, Node: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.write(t, func(tx *store.Tx) error {
		for _, m := range []guitai.Merchant{{ID: "mer-1", Name: "一"}, {ID: "mer-2", Name: "二"}} {
			if err := tx.InsertMerchant(m); err != nil {
				return err
			}
		}
		for _, p := range []guitai.Shop{{ID: "shp-1", Merchant: "mer-1", Zone: "Asia/Shanghai"},
			{ID: "shp-2", Merchant: "mer-1", Zone: "Asia/Shanghai"}, {ID: "shp-3", Merchant: "mer-2", Zone: "Asia/Shanghai"}} {
			if err := tx.InsertShop(p); err != nil {
				return err
			}
		}
		for _, one := range []guitai.Till{s.one, s.two, s.far, s.foreign} {
			if err := tx.InsertTill(one); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func (s *shopOn) write(t *testing.T, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// wantCode checks which error of the trade err is; "" is none.
func refusedBy(t *testing.T, what string, err error, code guitai.Code) {
	t.Helper()
	e := guitai.AsError(err)
	switch {
	case err == nil && code == "":
	case e == nil || e.Code != code:
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

func bill(id string, at guitai.Till) guitai.Hold {
	return guitai.Hold{ID: guitai.HoldID(id), Merchant: at.Merchant, Shop: at.Shop, Till: at.ID, Sale: "sal-1", Name: "蓝伞",
		TotalFen: 1250, Lines: `[{"n":1,"name":"水","count_milli":1000,"list_fen":1250,"price_fen":1250,"total_fen":1250}]`}
}

// TestHold: a bill laid aside at one till and taken up at another; each call
// made twice, late and in another order.
func TestHold(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		shelf, ctx := &till.Shelf{Store: s.Store}, t.Context()
		h := bill("hld-1", s.one)
		put, err := shelf.Put(ctx, h)
		refusedBy(t, "put", err, "")
		again, err := shelf.Put(ctx, h)
		refusedBy(t, "put again", err, "")
		if again != put || put.State != guitai.HoldWaiting || !put.SameBill(h) {
			t.Errorf("%+v %+v", put, again)
		}
		more := h
		more.TotalFen = 2500
		changed, err := shelf.Put(ctx, more)
		refusedBy(t, "changed while it waits", err, "")
		if changed.TotalFen != 2500 {
			t.Errorf("%+v", changed)
		}
		stolen := h
		stolen.Till = s.two.ID
		_, err = shelf.Put(ctx, stolen)
		refusedBy(t, "changed by another till", err, guitai.CodeHoldTaken)
		waiting(t, shelf, s.one, 1)
		waiting(t, shelf, s.far, 0)
		waiting(t, shelf, s.foreign, 0)
		_, err = shelf.Take(ctx, "mer-1", "hld-1", s.far)
		refusedBy(t, "another shop", err, guitai.CodeHoldNotFound)
		_, err = shelf.Take(ctx, "mer-2", "hld-1", s.foreign)
		refusedBy(t, "another merchant", err, guitai.CodeHoldNotFound)
		taken, err := shelf.Take(ctx, "mer-1", "hld-1", s.two)
		refusedBy(t, "take", err, "")
		twice, err := shelf.Take(ctx, "mer-1", "hld-1", s.two)
		refusedBy(t, "take again", err, "")
		if taken != twice || taken.TakenBy != s.two.ID || taken.TotalFen != 2500 {
			t.Errorf("%+v %+v", taken, twice)
		}
		_, err = shelf.Take(ctx, "mer-1", "hld-1", s.one)
		refusedBy(t, "taken back by who laid it aside", err, guitai.CodeHoldTaken)
		_, err = shelf.Put(ctx, more)
		refusedBy(t, "a late repeat of the put", err, "")
		_, err = shelf.Put(ctx, h)
		refusedBy(t, "another bill over a taken one", err, guitai.CodeHoldTaken)
		waiting(t, shelf, s.one, 0)
		refusedBy(t, "end", shelf.End(ctx, "mer-1", "hld-1", s.two), "")
		refusedBy(t, "end again", shelf.End(ctx, "mer-1", "hld-1", s.two), "")
		_, err = shelf.Take(ctx, "mer-1", "hld-1", s.two)
		refusedBy(t, "take what is over", err, guitai.CodeHoldNotFound)
		late := bill("hld-2", s.one)
		refusedBy(t, "an end before its put", shelf.End(ctx, "mer-1", "hld-2", s.one), "")
		_, err = shelf.Put(ctx, late)
		refusedBy(t, "the put after its end", err, guitai.CodeHoldTaken)
		waiting(t, shelf, s.one, 0)
	})
}

func waiting(t *testing.T, shelf *till.Shelf, at guitai.Till, want int) {
	t.Helper()
	list, err := shelf.Waiting(t.Context(), at.Merchant, at.Shop)
	if err != nil || len(list) != want {
		t.Errorf("%d bills wait at %s, want %d: %v", len(list), at.ID, want, err)
	}
}

// TestHoldRace: two tills and many hands reach for one bill at once. One till
// gets it, each time it asks.
func TestHoldRace(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn)
		shelf := &till.Shelf{Store: s.Store}
		for round := range 5 {
			id := fmt.Sprintf("hld-%d", round)
			if _, err := shelf.Put(t.Context(), bill(id, s.one)); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var wg sync.WaitGroup
			got := map[guitai.TillID]int{}
			for i := range 20 {
				at := []guitai.Till{s.one, s.two}[i%2]
				wg.Go(func() {
					h, err := shelf.Take(t.Context(), "mer-1", guitai.HoldID(id), at)
					mu.Lock()
					defer mu.Unlock()
					if err == nil && h.TakenBy == at.ID {
						got[at.ID]++
					} else {
						refusedBy(t, "the other till", err, guitai.CodeHoldTaken)
					}
				})
			}
			wg.Wait()
			if len(got) != 1 || got[s.one.ID]+got[s.two.ID] != 10 {
				t.Errorf("round %d: %v", round, got)
			}
		}
	})
}
