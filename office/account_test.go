package office_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/internal/testkit"
	"guitai/office"
	"guitai/pay"
	"guitai/vault"
)

// line is a channel that only remembers what it was opened on.
type line struct {
	channel.Channel
	on office.Opening
}

func (l *line) Wallet() guitai.Wallet { return l.on.Wallet }

// purse is an office with accounts.
type purse struct {
	*desk
	*office.Accounts
	t    *testing.T
	keys vault.Keys
	mine guitai.MerchantID
	open int // how many channels were opened
}

func newPurse(t *testing.T, dsn string) *purse {
	t.Helper()
	p := &purse{desk: open(t, dsn, rand.Reader), t: t}
	m, err := p.OpenShop(t.Context(), newShop("老张包子"))
	if err == nil {
		p.mine = m.ID
		p.keys, err = (vault.Keys{}).Add(p.now(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Accounts = p.accounts(p.keys)
	return p
}

func (p *purse) now() time.Time { return time.Now().Add(time.Duration(p.shift.Load())) }

// accounts is the same house started anew with other keys.
func (p *purse) accounts(k vault.Keys) *office.Accounts {
	p.t.Helper()
	ring, err := vault.NewRing(k, rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	return &office.Accounts{Store: p.store, Vault: ring, Now: p.now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Hosts: []string{"api.mch.weixin.qq.com"}, Fixed: pay.Table{Channels: map[guitai.AccountID]channel.Channel{"acc_fixed": &line{}}},
		Open: func(o office.Opening) (channel.Channel, error) {
			if o.Secrets["api_v3_key"] == "wrong" {
				return nil, errors.New("no")
			}
			p.open++
			return &line{on: o}, nil
		}}
}

func (p *purse) table() pay.Table {
	p.t.Helper()
	t, err := p.Table(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return t
}

// on is what a table's channel was opened on.
func on(c channel.Channel) string {
	l, ok := c.(*line)
	if !ok {
		return ""
	}
	return l.on.Settings["mchid"] + " " + l.on.Secrets["api_v3_key"]
}

func newAccount(id string) office.NewAccount {
	return office.NewAccount{ID: guitai.AccountID(id), FeeRate: 600, Opening: office.Opening{Wallet: guitai.WeChat, Mode: pay.Live,
		Settings: map[string]string{"mchid": "1900", "base_url": "https://api.mch.weixin.qq.com"}, Secrets: map[string]string{"api_v3_key": "one"}}}
}

// TestAccountLife: an account is added, gets new credentials while the ones
// before go on reading for a day, is disabled and enabled, and its secrets are
// wrapped by a new key.
func TestAccountLife(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, ctx := newPurse(t, dsn), t.Context()
		if _, err := p.Add(ctx, p.mine, newAccount("acc_1")); err != nil {
			t.Fatal(err)
		}
		first := p.table()
		if on(first.Channels["acc_1"]) != "1900 one" || len(first.Before) != 0 || first.Channels["acc_fixed"] == nil {
			t.Errorf("table %+v", first)
		}
		if again := p.table(); again.Channels["acc_1"] != first.Channels["acc_1"] {
			t.Error("a channel was opened again for nothing")
		}
		a, err := p.Renew(ctx, p.mine, "acc_1", nil, map[string]string{"api_v3_key": "two"})
		if err != nil || a.Version != 2 || a.Before.IsZero() {
			t.Fatalf("renewed to %+v, %v", a, err)
		}
		second := p.table()
		if on(second.Channels["acc_1"]) != "1900 two" || second.Before["acc_1"] != first.Channels["acc_1"] {
			t.Errorf("in the grace %q, before it %q", on(second.Channels["acc_1"]), on(second.Before["acc_1"]))
		}
		if _, err := p.Enable(ctx, p.mine, "acc_1", office.Off); err != nil {
			t.Fatal(err)
		}
		if off := p.table(); !off.Accounts[0].Off || off.Channels["acc_1"] == nil {
			t.Errorf("disabled it stands as %+v", off.Accounts)
		}
		if _, err := p.Enable(ctx, p.mine, "acc_1", office.On); err != nil {
			t.Fatal(err)
		}
		fresh, err := p.keys.Add(p.now(), rand.Reader)
		if err == nil {
			err = p.Vault.Replace(fresh)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n, err := p.Rewrap(ctx); n != 2 || err != nil {
			t.Errorf("wrapped %d, %v", n, err)
		}
		p.shift.Add(int64(25 * time.Hour))
		if late := p.table(); len(late.Before) != 0 || late.Accounts[0].Off {
			t.Errorf("after the grace %+v", late)
		}
		if err := p.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		p.Accounts = p.accounts(fresh.Without(func(string) bool { return false })) // the old key is gone
		if anew := p.table(); on(anew.Channels["acc_1"]) != "1900 two" || len(anew.Before) != 0 {
			t.Errorf("started anew %q", on(anew.Channels["acc_1"]))
		}
		p.Accounts = p.accounts(p.keys) // and here the fresh one
		if lost := p.table(); len(lost.Accounts) != 1 || !lost.Accounts[0].Off {
			t.Errorf("without its key the account stands as %+v", lost.Accounts)
		}
	})
}

// TestAccountRefused: what does not fit is refused before it is stored.
func TestAccountRefused(t *testing.T) {
	p := newPurse(t, testkit.SQLite(t))
	for name, c := range map[string]struct {
		change func(*office.NewAccount)
		code   guitai.Code
	}{
		"wallet":           {func(n *office.NewAccount) { n.Wallet = "cash" }, guitai.CodeWalletUnknown},
		"mode":             {func(n *office.NewAccount) { n.Mode = "test" }, guitai.CodeFieldInvalid},
		"fee":              {func(n *office.NewAccount) { n.FeeRate = -1 }, guitai.CodeFieldInvalid},
		"id":               {func(n *office.NewAccount) { n.ID = "a b" }, guitai.CodeIDMalformed},
		"of the file":      {func(n *office.NewAccount) { n.ID = "acc_fixed" }, guitai.CodeIDTaken},
		"keys":             {func(n *office.NewAccount) { n.Secrets["api_v3_key"] = "wrong" }, guitai.CodeAccountWrong},
		"empty secret":     {func(n *office.NewAccount) { n.Secrets["x"] = "" }, guitai.CodeFieldInvalid},
		"large secret":     {func(n *office.NewAccount) { n.Secrets["x"] = strings.Repeat("x", 1<<16) }, guitai.CodeFieldInvalid},
		"secret setting":   {func(n *office.NewAccount) { n.Settings["api_v3_key"] = "x" }, guitai.CodeFieldInvalid},
		"another host":     {func(n *office.NewAccount) { n.Settings["base_url"] = "https://10.0.0.1" }, guitai.CodeFieldInvalid},
		"plain http":       {func(n *office.NewAccount) { n.Settings["base_url"] = "http://api.mch.weixin.qq.com" }, guitai.CodeFieldInvalid},
		"host by name":     {func(n *office.NewAccount) { n.Settings["bill_host"] = "metadata.internal" }, guitai.CodeFieldInvalid},
		"user in the host": {func(n *office.NewAccount) { n.Settings["gateway"] = "https://api.mch.weixin.qq.com@10.0.0.1/" }, guitai.CodeFieldInvalid},
	} {
		n := newAccount("acc_1")
		c.change(&n)
		_, err := p.Add(t.Context(), p.mine, n)
		if e := guitai.AsError(err); e == nil || e.Code != c.code || strings.Contains(err.Error(), "wrong\"") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := p.List(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("stored %+v, %v", list, err)
	}
	if _, err := p.Add(t.Context(), p.mine, newAccount("acc_1")); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"taken":  second(p.Add(t.Context(), p.mine, newAccount("acc_1"))),
		"theirs": second(p.Renew(t.Context(), "mer_other", "acc_1", map[string]string{"mchid": "1"}, nil)),
		"nobody": second(p.Enable(t.Context(), p.mine, "acc_9", office.Off)),
		"empty":  second(p.Renew(t.Context(), p.mine, "acc_1", nil, nil)),
		"wrong":  second(p.Renew(t.Context(), p.mine, "acc_1", nil, map[string]string{"api_v3_key": "wrong"})),
	} {
		if err == nil || guitai.Internal.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := on(p.table().Channels["acc_1"]); got != "1900 one" {
		t.Errorf("after all that it is on %q", got)
	}
}

func second[T any](_ T, err error) error { return err }

// pair is a certificate that ends at a time, and its key.
func pair(t *testing.T, ends time.Time) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(0xC0FFEE), Subject: pkix.Name{CommonName: "老张包子"}, NotBefore: ends.Add(-time.Hour), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// TestEndings: certificates are told of from thirty days before their end, and
// what is shown of a secret is no secret.
func TestEndings(t *testing.T) {
	p := newPurse(t, testkit.SQLite(t))
	for id, days := range map[string]int{"acc_far": 40, "acc_near": 20, "acc_week": 5, "acc_day": 0, "acc_over": -3} {
		n := newAccount(id)
		n.Secrets["certificate"], n.Secrets["private_key"] = pair(t, p.now().Add(time.Duration(days)*24*time.Hour+time.Hour))
		a, err := p.Add(context.Background(), p.mine, n)
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("%+v", a)
		if len(a.Facts) != 3 || a.Facts[1].Serial != "C0FFEE" || a.Facts[2].Kind != office.FactPrivateKey || a.Facts[0].Kind != office.FactText ||
			strings.Contains(said, "BEGIN") {
			t.Errorf("shown %s", said)
		}
	}
	list, err := p.Endings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range list {
		got[string(e.Account.ID)] = e.Step()
	}
	if fmt.Sprint(got) != "map[acc_day:1 acc_near:30 acc_over:0 acc_week:7]" {
		t.Errorf("told of %v", got)
	}
}
