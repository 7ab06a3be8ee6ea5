package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"guitai"
	"guitai/office"
)

// accountCmd is for whoever operates the server; a running server takes up what
// it changes within seconds.
type accountCmd struct {
	List       accountList    `cmd:"" help:"The accounts in the database, without their secrets."`
	Add        accountAdd     `cmd:"" help:"Add an account from a file like an entry of accounts in the configuration."`
	Renew      accountRenew   `cmd:"" help:"Give an account the keys and certificates of such a file; the ones before read what comes for a day."`
	Enable     accountEnable  `cmd:"" help:"Let an account take money."`
	Disable    accountDisable `cmd:"" help:"Let it take no more; payments made on it are followed."`
	Import     accountImport  `cmd:"" help:"Bring the accounts of the configuration file into the database."`
	RotateKeys rotateKeys     `cmd:"" help:"Make a new key in the keys file and seal all secrets by it."`
}

// at is where the accounts are.
type at struct {
	Config string `required:"" type:"existingfile" help:"The server's configuration."`
}

// inside opens the house without its door, lets something be done, and closes
// it.
func (a at) inside(out *outside, do func(context.Context, *house, config) error) error {
	c, err := readConfig(a.Config)
	if err != nil {
		return err
	}
	h, err := open(out, c)
	if err != nil {
		return err
	}
	h.wallets = h.newWallets(c)
	h.wallets.Hosts = nil // whoever operates the server may name any host
	h.mail = h.newMail(c.Webhooks)
	return errors.Join(do(out.ctx, h, c), h.store.Close())
}

type accountList struct{ at }

func (l accountList) Run(out *outside) error {
	return l.inside(out, func(ctx context.Context, h *house, _ config) error {
		list, err := h.wallets.List(ctx, "")
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ACCOUNT\tMERCHANT\tWALLET\tMODE\tPRIORITY\tENABLED\tVERSION\tFIRST TO END")
		for _, a := range list {
			first := "-"
			for _, f := range a.Facts {
				if day := f.NotAfter.Format("2006-01-02") + " " + f.Field; !f.NotAfter.IsZero() && (first == "-" || day < first) {
					first = day
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%t\t%d\t%s\n", a.ID, a.Merchant, a.Wallet, a.Mode, a.Priority, a.Enabled, a.Version, first)
		}
		return w.Flush()
	})
}

// fromFile names a file that holds one account.
type fromFile struct {
	File string `required:"" type:"existingfile" help:"JSON like one of accounts in the configuration; paths are relative to it."`
}

func (f fromFile) read() (config, accountConfig, error) {
	var a accountConfig
	b, err := os.ReadFile(f.File)
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	return config{dir: filepath.Dir(f.File)}, a, err
}

type accountAdd struct {
	at
	fromFile
	Priority int64 `help:"The lowest takes the money."`
}

func (a accountAdd) Run(out *outside) error {
	return a.inside(out, func(ctx context.Context, h *house, _ config) error {
		dir, acc, err := a.read()
		if err != nil {
			return err
		}
		return h.addAccount(ctx, dir, acc, a.Priority)
	})
}

// addAccount stores an account of a configuration.
func (h *house) addAccount(ctx context.Context, c config, a accountConfig, priority int64) error {
	m, err := h.merchantOf(ctx, a)
	if err != nil {
		return err
	}
	o, err := c.opening(a)
	if err != nil {
		return err
	}
	made, err := h.wallets.Add(ctx, m, office.NewAccount{ID: guitai.AccountID(a.ID), Priority: priority, FeeRate: a.FeeRate, CallsPerS: a.CallsPerS, Opening: o})
	if err != nil {
		return fmt.Errorf("account %q: %w", a.ID, err)
	}
	fmt.Println(made.ID)
	return nil
}

// merchantOf is whose an account is: the one that it names, or the only one.
func (h *house) merchantOf(ctx context.Context, a accountConfig) (guitai.MerchantID, error) {
	list, err := h.office.Merchants(ctx)
	if err != nil {
		return "", err
	}
	for _, m := range list {
		if string(m.ID) == a.Merchant || a.Merchant == "" && len(list) == 1 {
			return m.ID, nil
		}
	}
	return "", errors.New("name the merchant")
}

type accountRenew struct {
	at
	fromFile
}

func (a accountRenew) Run(out *outside) error {
	return a.inside(out, func(ctx context.Context, h *house, _ config) error {
		dir, acc, err := a.read()
		if err != nil {
			return err
		}
		m, err := h.merchantOf(ctx, acc)
		if err != nil {
			return err
		}
		o, err := dir.opening(acc)
		if err != nil {
			return err
		}
		made, err := h.wallets.Renew(ctx, m, guitai.AccountID(acc.ID), o.Settings, o.Secrets)
		if err == nil {
			fmt.Println(made.ID, "version", made.Version)
		}
		return err
	})
}

// named names one account of any merchant.
type named struct {
	ID string `arg:"" help:"The account."`
}

func (n named) turn(ctx context.Context, h *house, to office.Enabled) error {
	list, err := h.wallets.List(ctx, "")
	if err != nil {
		return err
	}
	for _, a := range list {
		if string(a.ID) == n.ID {
			_, err := h.wallets.Enable(ctx, a.Merchant, a.ID, to)
			return err
		}
	}
	return fmt.Errorf("no account %q in the database", n.ID)
}

type accountEnable struct {
	at
	named
}

func (e accountEnable) Run(out *outside) error {
	return e.inside(out, func(ctx context.Context, h *house, _ config) error { return e.turn(ctx, h, office.On) })
}

type accountDisable struct {
	at
	named
}

func (d accountDisable) Run(out *outside) error {
	return d.inside(out, func(ctx context.Context, h *house, _ config) error { return d.turn(ctx, h, office.Off) })
}

type accountImport struct{ at }

func (i accountImport) Run(out *outside) error {
	return i.inside(out, func(ctx context.Context, h *house, c config) error {
		for n, a := range c.Accounts {
			err := h.addAccount(ctx, c, a, int64(n))
			if guitai.Conflict.Is(err) {
				fmt.Println(a.ID, "is there already")
				continue
			}
			if err != nil {
				return err
			}
		}
		fmt.Println("Now empty accounts in the configuration: while an account stands there, that one counts.")
		return nil
	})
}

type rotateKeys struct{ at }

// Run puts a new key into the file and wraps all secrets by it. Servers that run
// take it up from the file and do the same; whoever is faster leaves the other
// nothing to do. Older keys stay in the file: backups need them.
func (r rotateKeys) Run(out *outside) error {
	return r.inside(out, func(ctx context.Context, h *house, _ config) error {
		k, _, err := readKeys(h.keys.path)
		if err != nil {
			return err
		}
		if k, err = k.Add(out.now(), rand.Reader); err != nil {
			return err
		}
		if err := replaceKeys(h.keys.path, k); err != nil {
			return err
		}
		if _, err := h.keys.refresh(); err != nil {
			return err
		}
		fmt.Println("the current key is", k.Current)
		return h.rewrap(ctx)
	})
}
