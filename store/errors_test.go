package store

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"guitai"
	"guitai/internal/testkit"
)

func TestViolations(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		const insert = `INSERT INTO note (merchant_id, id, slot, serial, label, parent_id, amount_fen) VALUES ($1, $2, $3, $4, $5, $6, $7)`
		if err := s.InTx(ctx, func(tx *Tx) error {
			_, err := tx.exec(insert, values{"m", "a", "s", "N1", "L", nil, 1})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			v    values
			rule error
		}{
			{"note_pkey", values{"m", "a", "", nil, nil, nil, 1}, ErrTaken},
			{"note_one_per_slot", values{"m", "b", "s", nil, nil, nil, 1}, ErrTaken},
			{"note_serial_key", values{"m", "b", "", "N1", nil, nil, 1}, ErrTaken},
			{"note_lower_label", values{"m", "b", "", nil, "l", nil, 1}, ErrTaken},
			{"note_amount_positive", values{"m", "b", "", nil, nil, nil, 0}, ErrCheck},
			{"note.merchant_id", values{nil, "b", "", nil, nil, nil, 1}, ErrCheck},
			{"", values{"m", "b", "", nil, nil, "nobody", 1}, ErrNoParent},
		} {
			err := s.InTx(ctx, func(tx *Tx) error {
				_, err := tx.exec(insert, c.v)
				return err
			})
			if !errors.Is(err, c.rule) || !Violates(err, c.name) {
				t.Errorf("got %v, want %v (%s)", err, c.rule, c.name)
			}
		}
		err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.exec(`SELEKT`, nil); return err })
		wantCode(t, err, guitai.Internal, codeSQL)
		if n := countNotes(t, s); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestTwoIndexesOfTheSameColumnsAreRefused(t *testing.T) {
	dsn := testkit.SQLite(t)
	s := notes(t, dsn)
	err := s.InTx(context.Background(), func(tx *Tx) error {
		_, err := tx.exec(`CREATE UNIQUE INDEX note_other ON note (merchant_id, slot) WHERE slot = 'x'`, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(context.Background(), Options{DSN: dsn, Now: s.now})
	if err == nil {
		again.Close()
		t.Error("opened, though a violation could not be named")
	}
}

func TestPostgresErrors(t *testing.T) {
	for code, want := range map[string]guitai.Code{
		"40001": codeCrowded, "40P01": codeCrowded, "53200": codeCrowded, "53100": codeFull, "25006": codeLocked,
		"55P03": codeBusy, "57P01": codeLost, "08006": codeLost, "53300": codeFailed, "XX000": codeFailed, "42601": codeSQL,
	} {
		var e *guitai.Error
		if err := plain(explainPG(&pgconn.PgError{Code: code, Detail: "Key (id)=(secret)"})); !errors.As(err, &e) || e.Code != want {
			t.Errorf("%s: got %v, want %s", code, err, want)
		}
	}
	for code, want := range map[string]guitai.Kind{
		"40001": guitai.Unavailable, "40003": guitai.Unknown, "57P01": guitai.Unknown, "08006": guitai.Unknown, "53100": guitai.Unknown,
	} {
		if err := plain(explainCommit(&pgconn.PgError{Code: code})); !want.Is(err) {
			t.Errorf("commit %s: got %v, want %s", code, err, want)
		}
	}
	if err := explainCommit(errors.New("connection reset")); !guitai.Unknown.Is(err) {
		t.Errorf("got %v", err)
	}
	if err := explainCommit(&pgconn.PgError{Code: "23505", ConstraintName: "x"}); !Violates(err, "x") {
		t.Errorf("got %v", err)
	}
}
