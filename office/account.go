package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/pay"
	"guitai/store"
	"guitai/vault"
)

// Accounts keeps a merchant's accounts at the wallets, their secrets sealed,
// and gives the switch its table of them. Its fields are set once, before the
// first call.
type Accounts struct {
	Store *store.Store
	Vault *vault.Ring
	Now   func() time.Time
	Rand  io.Reader
	Log   *slog.Logger
	// Open opens a channel. It sends nothing, and fails when the credentials do
	// not fit together.
	Open func(Opening) (channel.Channel, error)
	// Fixed are the accounts of the configuration. They come first.
	Fixed pay.Table
	// FixedFacts are what may be known of their secrets; their ends are watched.
	FixedFacts map[guitai.AccountID][]Fact
	// NotifyURL is where a wallet sends the notices of an account; nil: nowhere.
	NotifyURL func(guitai.Wallet, guitai.AccountID) string
	// Hosts are the hosts that settings may name; empty: any.
	Hosts []string

	mu     sync.Mutex
	opened map[openedAs]channel.Channel
	told   map[string]bool // what was logged: the table is built again and again
}

// openedAs names a channel that is open.
type openedAs struct {
	account guitai.AccountID
	version int64
}

// Opening is what opens a channel.
type Opening struct {
	Wallet   guitai.Wallet
	Mode     pay.Mode
	Settings map[string]string // by the names of the configuration
	Secrets  map[string]string // likewise: the contents, where the configuration names files
}

// NewAccount is what the owner says of an account.
type NewAccount struct {
	ID       guitai.AccountID // empty: one is made
	Priority int64
	FeeRate  int64
	// CallsPerS is how many calls a second jobs may make at it; 0: the usual.
	CallsPerS int64
	Opening
}

// Account is an account as it may be shown: without a secret.
type Account struct {
	store.Account
	Settings map[string]string
	Facts    []Fact
	MadeAt   time.Time // of the credentials
	Before   time.Time // the ones before still read what comes, until then
}

const (
	maxSettings, maxSetting = 40, 1 << 10
	maxSecrets, maxSecret   = 20, 32 << 10
	// credentialsGrace is how long the credentials before go on reading what a
	// wallet sends.
	credentialsGrace = 24 * time.Hour
)

func accountPlace(m guitai.MerchantID, id guitai.AccountID, version int64, field string) vault.Place {
	return vault.Place{Merchant: m, Owner: string(id), Field: strconv.FormatInt(version, 10) + "/" + field}
}

// check refuses what is too large, and settings that lead to hosts that are no
// wallet's: a server that calls wherever an owner says would be a tool for
// looking into its own network.
func (a *Accounts) check(o Opening) error {
	if !o.Wallet.Known() {
		return guitai.FailField(guitai.CodeWalletUnknown, "wallet")
	}
	if o.Mode != pay.Live && o.Mode != pay.Sandbox {
		return wrong("mode")
	}
	if len(o.Settings) > maxSettings || len(o.Secrets) > maxSecrets {
		return wrong("settings")
	}
	for name, v := range o.Settings {
		if guitai.ValidID(name) != nil || len(v) > maxSetting || !a.mayName(name, v) {
			return wrong("settings")
		}
	}
	for name, v := range o.Secrets {
		if _, twice := o.Settings[name]; twice || guitai.ValidID(name) != nil || v == "" || len(v) > maxSecret {
			return wrong("secrets")
		}
	}
	return nil
}

func (a *Accounts) mayName(name, value string) bool {
	host := value
	if u, err := url.Parse(value); strings.Contains(value, "://") {
		if err != nil || u.Scheme != "https" && len(a.Hosts) > 0 {
			return false
		}
		host = u.Hostname()
	} else if !strings.HasSuffix(name, "host") && !strings.HasSuffix(name, "url") && name != "gateway" {
		return true
	}
	return host == "" || len(a.Hosts) == 0 || slices.Contains(a.Hosts, host)
}

// try opens a channel and lets it go: credentials that do not fit together are
// refused before they are stored.
func (a *Accounts) try(o Opening) error {
	if err := a.check(o); err != nil {
		return err
	}
	ch, err := a.Open(o)
	if err == nil && ch.Wallet() != o.Wallet {
		err = errors.New("the channel is another wallet's")
	}
	if err != nil {
		a.Log.Info("credentials refused", "wallet", string(o.Wallet), "err", err)
		return guitai.FailField(guitai.CodeAccountWrong, "secrets")
	}
	return nil
}

// sealed seals the secrets of one version.
func (a *Accounts) sealed(acc store.Account, o Opening) (store.Credentials, error) {
	c := store.Credentials{Account: acc.ID, Version: acc.Version, Settings: o.Settings, Secrets: map[string]string{}, MadeAt: a.Now().UTC()}
	for field, secret := range o.Secrets {
		text, err := a.Vault.Seal([]byte(secret), accountPlace(acc.Merchant, acc.ID, acc.Version, field))
		if err != nil {
			return c, err
		}
		c.Secrets[field] = text
	}
	var err error
	c.Facts, err = json.Marshal(FactsOf(string(acc.ID), o.Secrets))
	return c, err
}

// Add stores a new account. It takes money as soon as the switch has its table.
func (a *Accounts) Add(ctx context.Context, m guitai.MerchantID, n NewAccount) (Account, error) {
	if n.FeeRate < 0 || n.FeeRate > 100_000 {
		return Account{}, wrong("fee_rate")
	}
	if n.CallsPerS < 0 || n.CallsPerS > 100_000 {
		return Account{}, wrong("calls_per_s")
	}
	if err := a.try(n.Opening); err != nil {
		return Account{}, err
	}
	id := n.ID
	if id == "" {
		made, err := guitai.NewID[guitai.AccountID]("acc", a.Now(), a.Rand)
		if err != nil {
			return Account{}, err
		}
		id = made
	}
	if guitai.ValidID(string(id)) != nil {
		return Account{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	if _, taken := a.Fixed.Channels[id]; taken {
		return Account{}, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	}
	acc := store.Account{ID: id, Merchant: m, Wallet: n.Wallet, Mode: string(n.Mode), Priority: n.Priority, Enabled: true,
		FeeRate: n.FeeRate, CallsPerS: n.CallsPerS, Version: 1}
	c, err := a.sealed(acc, n.Opening)
	if err != nil {
		return Account{}, err
	}
	err = a.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		acc.CreatedAt, acc.UpdatedAt = tx.Now(), tx.Now()
		if err := tx.InsertAccount(acc); err != nil {
			return err
		}
		return tx.InsertCredentials(c, time.Time{})
	})
	if store.Violates(err, "account_pkey") {
		return Account{}, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	}
	if err != nil {
		return Account{}, err
	}
	return a.shown(acc, []store.Credentials{c})
}

// shown is an account without its secrets.
func (a *Accounts) shown(acc store.Account, list []store.Credentials) (Account, error) {
	out := Account{Account: acc}
	for _, c := range list {
		switch {
		case c.Version == acc.Version:
			out.Settings, out.MadeAt = c.Settings, c.MadeAt
			if err := json.Unmarshal(c.Facts, &out.Facts); err != nil {
				return out, err
			}
		case c.Until.After(out.Before):
			out.Before = c.Until
		}
	}
	return out, nil
}

// List lists a merchant's accounts that are in the database; an empty merchant
// stands for all.
func (a *Accounts) List(ctx context.Context, m guitai.MerchantID) ([]Account, error) {
	var list []Account
	err := a.Store.Read(ctx, func(tx *store.ReadTx) error {
		list = nil
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, acc := range accounts {
			if m != "" && acc.Merchant != m {
				continue
			}
			creds, err := tx.Credentials(acc.ID, a.Now())
			if err != nil {
				return err
			}
			out, err := a.shown(acc, creds)
			if err != nil {
				return err
			}
			list = append(list, out)
		}
		return nil
	})
	return list, err
}

// read reads an account with the credentials that it has at now.
func (a *Accounts) read(ctx context.Context, m guitai.MerchantID, id guitai.AccountID) (store.Account, []store.Credentials, error) {
	var acc store.Account
	var creds []store.Credentials
	err := a.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		acc, err = tx.Account(id)
		if errors.Is(err, store.ErrNoRow) || err == nil && acc.Merchant != m {
			return guitai.Fail(guitai.NotFound, guitai.CodeAccountNotFound)
		}
		if err == nil {
			creds, err = tx.Credentials(id, a.Now())
		}
		return err
	})
	return acc, creds, err
}

// change stores another state of an account, over the one that was read.
func (a *Accounts) change(ctx context.Context, was, acc store.Account, more func(*store.Tx) error) error {
	err := a.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		acc.UpdatedAt = tx.Now()
		if err := tx.UpdateAccount(acc, was.Version); err != nil {
			return err
		}
		return more(tx)
	})
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Fail(guitai.Conflict, guitai.CodeAccountChanged)
	}
	return err
}

// Enable lets an account take money, or no more. Payments that were made on it
// are followed either way.
func (a *Accounts) Enable(ctx context.Context, m guitai.MerchantID, id guitai.AccountID, state Enabled) (Account, error) {
	was, _, err := a.read(ctx, m, id)
	if err != nil {
		return Account{}, err
	}
	acc := was
	acc.Enabled = state == On
	if err := a.change(ctx, was, acc, func(*store.Tx) error { return nil }); err != nil {
		return Account{}, err
	}
	return a.get(ctx, m, id)
}

// Enabled says whether an account takes money.
type Enabled string

// The two states.
const (
	On  Enabled = "on"
	Off Enabled = "off"
)

func (a *Accounts) get(ctx context.Context, m guitai.MerchantID, id guitai.AccountID) (Account, error) {
	acc, creds, err := a.read(ctx, m, id)
	if err != nil {
		return Account{}, err
	}
	return a.shown(acc, creds)
}

// Renew gives an account new credentials. What is not named stays as it was.
// The ones before go on reading what the wallet sends for a day.
func (a *Accounts) Renew(ctx context.Context, m guitai.MerchantID, id guitai.AccountID, settings, secrets map[string]string) (Account, error) {
	was, creds, err := a.read(ctx, m, id)
	if err != nil {
		return Account{}, err
	}
	if len(settings)+len(secrets) == 0 {
		return Account{}, guitai.FailField(guitai.CodeFieldMissing, "secrets")
	}
	o, err := a.unsealed(was, creds, was.Version)
	if err != nil {
		return Account{}, err
	}
	for name, v := range settings {
		if o.Settings[name] = v; v == "" {
			delete(o.Settings, name)
		}
	}
	for name, v := range secrets {
		o.Secrets[name] = v
	}
	if err := a.try(o); err != nil {
		return Account{}, err
	}
	acc := was
	acc.Version++
	c, err := a.sealed(acc, o)
	if err != nil {
		return Account{}, err
	}
	err = a.change(ctx, was, acc, func(tx *store.Tx) error { return tx.InsertCredentials(c, tx.Now().Add(credentialsGrace)) })
	if err != nil {
		return Account{}, err
	}
	return a.get(ctx, m, id)
}

// unsealed opens one version of an account's credentials.
func (a *Accounts) unsealed(acc store.Account, creds []store.Credentials, version int64) (Opening, error) {
	o := Opening{Wallet: acc.Wallet, Mode: pay.Mode(acc.Mode), Settings: map[string]string{}, Secrets: map[string]string{}}
	for _, c := range creds {
		if c.Version != version {
			continue
		}
		for name, v := range c.Settings {
			o.Settings[name] = v
		}
		for field, text := range c.Secrets {
			secret, err := a.Vault.Open(text, accountPlace(acc.Merchant, acc.ID, version, field))
			if err != nil {
				return o, fmt.Errorf("account %s, %s: %w", acc.ID, field, err)
			}
			o.Secrets[field] = string(secret)
		}
		return o, nil
	}
	return o, fmt.Errorf("account %s has no credentials of version %d", acc.ID, version)
}
