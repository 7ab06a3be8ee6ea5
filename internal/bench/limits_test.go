//go:build unix

package bench

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The limits of this machine: what nobody can be faster than who must do these
// things for each payment.

// syncs counts fsyncs per second, 4 KiB appended before each.
func syncs(dir string, d time.Duration) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	r := loop(1, d, func(int) error {
		if _, err := f.Write(page); err != nil {
			return err
		}
		return f.Sync()
	})
	return r.perSecond(), r.err
}

// rsaTimes are the milliseconds of one signature and one verification with a
// key of 2048 bits, as both wallets have them: by the clock, and of CPU time,
// which others on the machine disturb less.
type rsaTimes struct{ sign, verify, signCPU, verifyCPU float64 }

func timeRSA(key *rsa.PrivateKey, d time.Duration) (rsaTimes, error) {
	sum := sha256.Sum256([]byte("limits"))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return rsaTimes{}, err
	}
	cpu := [3]float64{ownCPU()}
	s := loop(1, d/2, func(int) error {
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		return err
	})
	cpu[1] = ownCPU()
	v := loop(1, d/2, func(int) error { return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig) })
	cpu[2] = ownCPU()
	return rsaTimes{1000 / s.perSecond(), 1000 / v.perSecond(), 1000 * (cpu[1] - cpu[0]) / float64(max(1, s.done)),
		1000 * (cpu[2] - cpu[1]) / float64(max(1, v.done))}, errors.Join(s.err, v.err)
}

// rawFile is a SQLite file as the store opens it, without the store.
func rawFile(dir string) (*sql.Conn, func(), error) {
	path := filepath.Join(dir, "raw.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, nil, err
	}
	for _, text := range []string{
		`CREATE TABLE payment (id BIGINT PRIMARY KEY, state TEXT, amount_fen BIGINT, description TEXT)`,
		`CREATE TABLE entry (id BIGINT, line BIGINT, account TEXT, amount_fen BIGINT, PRIMARY KEY (id, line))`,
	} {
		if _, err := conn.ExecContext(context.Background(), text); err != nil {
			return nil, nil, err
		}
	}
	return conn, func() {
		conn.Close()
		db.Close()
		for _, f := range []string{path, path + "-wal", path + "-shm"} {
			os.Remove(f)
		}
	}, nil
}

// rawCommits counts rows booked per second with so many in each COMMIT: one
// payment with two entries, prepared, one goroutine, nothing around it.
func rawCommits(dir string, batch int, d time.Duration) (float64, error) {
	conn, done, err := rawFile(dir)
	if err != nil {
		return 0, err
	}
	defer done()
	ctx := context.Background()
	payment, err := conn.PrepareContext(ctx, `INSERT INTO payment (id, state, amount_fen, description) VALUES ($1, $2, $3, $4)`)
	if err != nil {
		return 0, err
	}
	entry, err := conn.PrepareContext(ctx, `INSERT INTO entry (id, line, account, amount_fen) VALUES ($1, $2, $3, $4)`)
	if err != nil {
		return 0, err
	}
	begin, err := conn.PrepareContext(ctx, `BEGIN IMMEDIATE`)
	if err != nil {
		return 0, err
	}
	commit, err := conn.PrepareContext(ctx, `COMMIT`)
	if err != nil {
		return 0, err
	}
	id := 0
	r := loop(1, d, func(int) error {
		if _, err := begin.ExecContext(ctx); err != nil {
			return err
		}
		for range batch {
			id++
			if _, err := payment.ExecContext(ctx, id, "paid", 1250, "a pot of tea"); err != nil {
				return err
			}
			if _, err := entry.ExecContext(ctx, id, 1, "receivable", 1250); err != nil {
				return err
			}
			if _, err := entry.ExecContext(ctx, id, 2, "sales", -1250); err != nil {
				return err
			}
		}
		_, err := commit.ExecContext(ctx)
		return err
	})
	return r.perSecond() * float64(batch), r.err
}

// echoes counts requests per second of net/http with a body as small as a
// payment's, client and server in this process.
func echoes(clients int, d time.Duration) (float64, error) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body) // a failed echo fails at the client
	}))
	defer srv.Close()
	c := client(clients)
	defer c.CloseIdleConnections()
	body := strings.Repeat("x", 300)
	r := loop(clients, d, func(int) error {
		resp, err := c.Post(srv.URL, "text/plain", strings.NewReader(body))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return err
	})
	return r.perSecond(), r.err
}

// oneStatement books payments in PostgreSQL as one prepared statement each.
func oneStatement(dsn string, clients int, d time.Duration) (float64, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(clients)
	db.SetMaxIdleConns(clients)
	for _, text := range []string{
		`CREATE TABLE IF NOT EXISTS raw_payment (id TEXT PRIMARY KEY, state TEXT, amount_fen BIGINT, description TEXT)`,
		`CREATE TABLE IF NOT EXISTS raw_entry (id TEXT, line BIGINT, account TEXT, amount_fen BIGINT, PRIMARY KEY (id, line))`,
	} {
		if _, err := db.Exec(text); err != nil {
			return 0, err
		}
	}
	name := rand.Text()
	r := loop(clients, d, func(turn int) error {
		_, err := db.Exec(`WITH p AS (INSERT INTO raw_payment VALUES ($1, 'paid', $2, 'a pot of tea'))
			INSERT INTO raw_entry VALUES ($1, 1, 'receivable', $2), ($1, 2, 'sales', -$2::BIGINT)`, fmt.Sprintf("%s%d", name, turn), 1250)
		return err
	})
	return r.perSecond(), r.err
}
