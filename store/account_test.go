package store

import (
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// TestAccounts: accounts with their credentials as they were written, exchanged
// and wiped.
func TestAccounts(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		x := newStreet(t, s)
		a := Account{ID: "acc-1", Merchant: x.merchant.ID, Wallet: guitai.WeChat, Mode: "live", Priority: 2, Enabled: true, FeeRate: 600,
			Version: 1, CreatedAt: noon, UpdatedAt: noon}
		b := a
		b.ID, b.Priority, b.Mode = "acc-2", 1, "sandbox"
		first := Credentials{Account: a.ID, Version: 1, Settings: map[string]string{"mchid": "1900"}, Facts: []byte(`[]`),
			Secrets: map[string]string{"key": "sealed", "cert": "sealed too"}, MadeAt: noon}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertAccount(a), tx.InsertAccount(b), tx.InsertCredentials(first, time.Time{}))
		})
		for name, bad := range map[string]func(*Account){
			"account_pkey":       func(*Account) {},
			"account_mode_known": func(c *Account) { c.ID, c.Mode = "acc-3", "test" },
			"account_fee_rate":   func(c *Account) { c.ID, c.FeeRate = "acc-3", 100_001 },
		} {
			c := a
			bad(&c)
			if err := s.InTx(t.Context(), func(tx *Tx) error { return tx.InsertAccount(c) }); !Violates(err, name) {
				t.Errorf("%s: %v", name, err)
			}
		}
		second1, was := first, a.Version
		second1.Version, second1.Secrets = 2, map[string]string{"key": "fresh"}
		a.Version, a.Enabled = 2, false
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.UpdateAccount(a, was), tx.InsertCredentials(second1, noon.Add(time.Hour)))
		})
		if err := s.InTx(t.Context(), func(tx *Tx) error { return tx.UpdateAccount(a, was) }); !errors.Is(err, ErrNoRow) {
			t.Errorf("changed over another's change: %v", err)
		}
		first.Until = noon.Add(time.Hour)
		read(t, s, func(tx *ReadTx) error {
			list, err := tx.Accounts()
			equal(t, "accounts", list, []Account{b, a})
			creds, err2 := tx.Credentials(a.ID, noon)
			equal(t, "in the grace", creds, []Credentials{second1, first})
			creds, err3 := tx.Credentials(a.ID, noon.Add(time.Hour))
			equal(t, "after it", creds, []Credentials{second1})
			equal(t, "nobody's", second(tx.Account("acc-9")), ErrNoRow)
			return errors.Join(err, err2, err3)
		})
		write(t, s, func(tx *Tx) error {
			sealed, err := tx.AllSealed()
			if len(sealed) != 3 || sealed[2].Text != "fresh" || sealed[2].Merchant != a.Merchant {
				t.Errorf("sealed %+v", sealed)
			}
			if err := tx.Rewrap(Sealed{Account: a.ID, Version: 2, Field: "key", Text: "other"}, "x"); !errors.Is(err, ErrNoRow) {
				t.Errorf("wrapped over another's: %v", err)
			}
			err2 := tx.Rewrap(sealed[2], "wrapped")
			n, err3 := tx.DropSecrets(noon.Add(2 * time.Hour))
			left, err4 := tx.AllSealed()
			if n != 2 || len(left) != 1 || left[0].Text != "wrapped" {
				t.Errorf("dropped %d, left %+v", n, left)
			}
			return errors.Join(err, err2, err3, err4)
		})
		write(t, s, func(tx *Tx) error {
			err := errors.Join(tx.SetTraining(a.Merchant, "til-1", noon), tx.SetTraining(a.Merchant, "til-1", noon), tx.SetTraining(a.Merchant, "til-2", noon),
				tx.SetTraining(a.Merchant, "til-1", time.Time{}))
			list, err2 := tx.Training()
			equal(t, "training", list, []guitai.TillID{"til-2"})
			return errors.Join(err, err2)
		})
	})
}
