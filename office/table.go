package office

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/pay"
	"guitai/store"
)

// Table builds the switch's table: the accounts of the configuration, then
// those of the database. Channels that are open on the same credentials stay
// open. An account that cannot be opened is logged and left out of taking
// money; the others shall not stand still for it.
func (a *Accounts) Table(ctx context.Context) (pay.Table, error) {
	t := pay.Table{Accounts: append([]pay.Account(nil), a.Fixed.Accounts...), Channels: maps.Clone(a.Fixed.Channels),
		Before: map[guitai.AccountID]channel.Channel{}, Training: map[guitai.TillID]bool{}}
	var accounts []store.Account
	creds := map[guitai.AccountID][]store.Credentials{}
	err := a.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		tills, err := tx.Training()
		for _, till := range tills {
			t.Training[till] = true
		}
		if err == nil {
			accounts, err = tx.Accounts()
		}
		for _, acc := range accounts {
			if err == nil {
				creds[acc.ID], err = tx.Credentials(acc.ID, a.Now())
			}
		}
		return err
	})
	if err != nil {
		return t, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	open := map[openedAs]channel.Channel{}
	for _, acc := range accounts {
		a.place(&t, acc, creds[acc.ID], open)
	}
	a.opened = open
	return t, nil
}

// Mark changes whenever the table would.
func (a *Accounts) Mark(ctx context.Context) (string, error) {
	var mark string
	err := a.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		mark, err = tx.AccountsMark()
		return err
	})
	return mark, err
}

// place puts one account into the table.
func (a *Accounts) place(t *pay.Table, acc store.Account, creds []store.Credentials, open map[openedAs]channel.Channel) {
	if t.Channels[acc.ID] != nil {
		a.tell("the configuration has it too, and counts", acc, acc.Version, nil)
		return
	}
	line := pay.Account{ID: acc.ID, Merchant: acc.Merchant, Wallet: acc.Wallet, FeeRate: acc.FeeRate, CallsPerS: acc.CallsPerS, Mode: pay.Mode(acc.Mode), Off: !acc.Enabled}
	if a.NotifyURL != nil {
		line.NotifyURL = a.NotifyURL(acc.Wallet, acc.ID)
	}
	for _, c := range creds {
		as := openedAs{acc.ID, c.Version}
		ch, err := a.reopened(acc, creds, as)
		if err != nil {
			a.tell("not opened", acc, c.Version, err)
			continue
		}
		open[as] = ch
		switch {
		case c.Version == acc.Version:
			t.Channels[acc.ID] = ch
		case t.Before[acc.ID] == nil: // the newest before
			t.Before[acc.ID] = ch
		}
	}
	switch before := t.Before[acc.ID]; {
	case t.Channels[acc.ID] != nil:
	case before != nil: // the fresh ones do not open: the ones before still do
		t.Channels[acc.ID] = before
	default:
		line.Off = true
	}
	t.Accounts = append(t.Accounts, line)
}

// tell logs once what is wrong with an account.
func (a *Accounts) tell(what string, acc store.Account, version int64, err error) {
	about := fmt.Sprint(what, acc.ID, version, err)
	if a.told[about] {
		return
	}
	if a.told == nil {
		a.told = map[string]bool{}
	}
	a.told[about] = true
	a.Log.Error("account of the database left out: "+what, "account", string(acc.ID), "version", version, "err", err)
}

// reopened is the channel on a version of an account's credentials, the one
// that is open where there is one: it knows the wallet's keys already.
func (a *Accounts) reopened(acc store.Account, creds []store.Credentials, as openedAs) (channel.Channel, error) {
	if ch := a.opened[as]; ch != nil {
		return ch, nil
	}
	o, err := a.unsealed(acc, creds, as.version)
	if err != nil {
		return nil, err
	}
	return a.Open(o)
}

// Train lets a till of the merchant take money on sandbox accounts only, or
// ends that.
func (a *Accounts) Train(ctx context.Context, m guitai.MerchantID, id guitai.TillID, mode pay.Mode) error {
	if mode != pay.Live && mode != pay.Sandbox {
		return wrong("mode")
	}
	return a.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		t, err := till(&tx.ReadTx, id)
		if err == nil && t.Merchant != m {
			err = noTill()
		}
		if err != nil {
			return err
		}
		since := tx.Now()
		if mode == pay.Live {
			since = time.Time{}
		}
		return tx.SetTraining(m, id, since)
	})
}

// Rewrap wraps the secrets of all accounts by the vault's current key, and
// returns how many it was needed for.
func (a *Accounts) Rewrap(ctx context.Context) (int, error) {
	var list []store.Sealed
	err := a.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.AllSealed()
		return err
	})
	done := 0
	var wrong error
	for _, s := range list {
		again, err2 := a.Vault.Rewrap(s.Text, accountPlace(s.Merchant, s.Account, s.Version, s.Field))
		if err2 != nil { // the others shall not wait for one that does not open
			wrong = errors.Join(wrong, fmt.Errorf("account %s, %s: %w", s.Account, s.Field, err2))
			continue
		}
		if again == s.Text {
			continue
		}
		err2 = a.Store.InSerialTx(ctx, func(tx *store.Tx) error { return tx.Rewrap(s, again) })
		switch {
		case err2 == nil:
			done++
		case !errors.Is(err2, store.ErrNoRow): // no row: it is gone; the next round sees how it stands
			return done, errors.Join(wrong, err2)
		}
	}
	return done, errors.Join(err, wrong)
}

// Sweep wipes the secrets of credentials that read nothing any more.
func (a *Accounts) Sweep(ctx context.Context) error {
	return a.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		_, err := tx.DropSecrets(tx.Now())
		return err
	})
}

// Ending is a certificate of an account that takes money and that ends soon.
type Ending struct {
	Account Account
	Fact    Fact
	Days    int // whole days that are left; below zero: it is over
}

// soon are the numbers of days before its end at which a certificate is told
// of.
var soon = [...]int{30, 7, 1}

// Endings lists what ends within the largest of the times, and what is over, of
// the accounts that take money.
func (a *Accounts) Endings(ctx context.Context) ([]Ending, error) {
	list, err := a.List(ctx, "")
	var out []Ending
	for _, acc := range list {
		for _, f := range acc.Facts {
			if days, ends := f.DaysLeft(a.Now()); ends && acc.Enabled && days < soon[0] {
				out = append(out, Ending{acc, f, days})
			}
		}
	}
	for id, facts := range a.FixedFacts {
		for _, f := range facts {
			if days, ends := f.DaysLeft(a.Now()); ends && days < soon[0] {
				out = append(out, Ending{Account{Account: store.Account{ID: id}}, f, days})
			}
		}
	}
	return out, err
}

// Step is which of the times before the end has come: 30, 7, 1, or 0 when it is
// over.
func (e Ending) Step() int {
	step := soon[0]
	for _, d := range soon {
		if e.Days < d {
			step = d
		}
	}
	if e.Days < 0 {
		return 0
	}
	return step
}
