package store

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"guitai/internal/testkit"
)

// TestNoWriteSkew: a limit on a sum holds when many add to it at once, though
// each writes a row of its own.
func TestNoWriteSkew(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		const most = 5
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				err := s.InSerialTx(ctx, func(tx *Tx) error {
					var n int
					if err := tx.row(`SELECT COUNT(*) FROM note`, nil, &n); err != nil || n >= most {
						return err
					}
					return addNote(tx, strconv.Itoa(i))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := countNotes(t, s); n != most {
			t.Errorf("%d rows, want %d", n, most)
		}
	})
}
