package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"guitai/internal/testkit"
)

// BenchmarkBooking books payments, one row and two postings each, by several
// clients at once. "group" is InTx as it is; "each" lets one client in at a
// time, so that every booking has a COMMIT of its own. fsync/s is measured on
// the same folder in the same run. For PostgreSQL set GUITAI_TEST_FSYNC=1.
func BenchmarkBooking(b *testing.B) {
	for _, clients := range []int{8, 32} {
		for _, way := range []string{"group", "each", "postgres"} {
			b.Run(fmt.Sprintf("%s/%d", way, clients), func(b *testing.B) {
				dsn := testkit.SQLite(b)
				if way == "postgres" {
					dsn = testkit.Postgres(b)
				}
				bookings(b, dsn, clients, way == "each")
			})
		}
	}
	b.Run("fsync", syncs)
}

type alone struct{ sync.Mutex }

func bookings(b *testing.B, dsn string, clients int, each bool) {
	s, ctx := openAt(b, dsn), context.Background()
	err := s.InTx(ctx, func(tx *Tx) error {
		for _, text := range []string{
			`CREATE TABLE b_payment (merchant_id TEXT, id TEXT, state TEXT, amount_fen BIGINT, created_us BIGINT, description TEXT, PRIMARY KEY (merchant_id, id))`,
			`CREATE TABLE b_entry (merchant_id TEXT, id TEXT, line BIGINT, account TEXT, amount_fen BIGINT, PRIMARY KEY (merchant_id, id, line))`,
		} {
			if _, err := tx.exec(text, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	var door alone
	var wg sync.WaitGroup
	before := s.Counts()
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if each {
					door.Lock()
				}
				err := s.InTx(ctx, func(tx *Tx) error { return book(tx, n) })
				if each {
					door.Unlock()
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	c := s.Counts()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
	b.ReportMetric(float64(c.Written-before.Written)/float64(c.Commits-before.Commits), "per_commit")
	var sum, rows int64
	err = s.Read(ctx, func(tx *ReadTx) error {
		return tx.row(`SELECT COALESCE(CAST(SUM(amount_fen) AS BIGINT), 0), COUNT(*) FROM b_entry`, nil, &sum, &rows)
	})
	if err != nil || sum != 0 || rows != 2*int64(b.N) {
		b.Errorf("the book does not balance: %d in %d rows of %d, %v", sum, rows, 2*b.N, err)
	}
}

func book(tx *Tx, n int64) error {
	id := fmt.Sprintf("pay_%026d", n*7919%1_000_003*1_000_003+n)
	_, err := tx.exec(`INSERT INTO b_payment (merchant_id, id, state, amount_fen, created_us, description) VALUES ($1, $2, $3, $4, $5, $6)`,
		values{"mer_1", id, "paid", 1250, tx.now.UnixMicro(), "a pot of tea and two cakes"})
	if err != nil {
		return err
	}
	const entry = `INSERT INTO b_entry (merchant_id, id, line, account, amount_fen) VALUES ($1, $2, $3, $4, $5)`
	if _, err := tx.exec(entry, values{"mer_1", id, 1, "receivable", 1250}); err != nil {
		return err
	}
	_, err = tx.exec(entry, values{"mer_1", id, 2, "sales", -1250})
	return err
}

// syncs is the limit: 4 KiB appended and fsynced, one at a time.
func syncs(b *testing.B) {
	dir, _ := strings.CutPrefix(testkit.SQLite(b), "sqlite:")
	f, err := os.Create(filepath.Join(filepath.Dir(filepath.Dir(dir)), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	b.ResetTimer()
	for range b.N {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "fsync/s")
}
