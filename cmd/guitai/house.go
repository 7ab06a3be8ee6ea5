package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai"
	"guitai/after"
	"guitai/channel"
	"guitai/channel/alipay"
	"guitai/channel/wechat"
	"guitai/office"
	"guitai/pay"
	"guitai/qr"
	"guitai/store"
	"guitai/till"
	"guitai/ui"
	"guitai/web"
)

// house is one running server.
type house struct {
	store  *store.Store
	office *office.Office
	pay    *pay.Switch
	door   *web.Server
	keys   *keyring
	mail   *mail
	// wallets keeps the accounts of the database.
	wallets *wallets
	log     *slog.Logger
	out     *outside
}

// open opens the database and builds the rooms that need no account yet.
func open(out *outside, c config) (*house, error) {
	node := c.Node
	if node == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "node"
		}
		node = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	dsn := c.DSN
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		dsn = "sqlite:" + c.file(path)
	}
	st, err := store.Open(out.ctx, store.Options{DSN: dsn, Now: out.now, Rand: rand.Reader, Node: node})
	if err != nil {
		return nil, err
	}
	keys, err := openKeys(c, out.now)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &house{store: st, office: office.New(st, out.now, rand.Reader), keys: keys, log: out.log, out: out}, nil
}

// furnish builds the switch with its channels, and the door.
func (h *house) furnish(c config) error {
	secret, err := c.secret(rand.Reader)
	if err != nil {
		return err
	}
	if err := h.office.Trust(secret, c.offline()); err != nil {
		return err
	}
	if err := h.office.SpellItems(h.out.ctx); err != nil {
		return err
	}
	h.pay = &pay.Switch{Store: h.store, Channels: map[guitai.AccountID]channel.Channel{}, Policy: c.Policy.policy(),
		Now: h.out.now, Rand: rand.Reader, Log: h.log, Secret: secret, Nodes: c.Nodes,
		PublicURL: strings.TrimSuffix(c.PublicURL, "/")}
	if err := h.accounts(c); err != nil {
		return err
	}
	h.office.Own = office.OwnCodes{Address: c.PublicURL, Key: qr.OwnKey(secret)}
	built, err := ui.Dist()
	if err != nil {
		return err
	}
	h.mail = h.newMail(c.Webhooks)
	h.door = &web.Server{Pay: h.pay, Office: h.office, Hooks: h.mail.hooks, Accounts: h.wallets.Accounts, Counter: &till.Counter{Now: h.out.now, Finish: printFinish, Settings: paperOf(h.office)},
		Journal: &till.Journal{Store: h.store, Pay: h.pay, Now: h.out.now}, UI: built,
		Metrics: slices.Concat(counters(h.store), h.mail.counters(), h.wallets.gauges()), Now: h.out.now, Log: h.log, Version: version, Secure: web.Loopback}
	h.door.Shelf, h.door.Club = &till.Shelf{Store: h.store}, &till.Club{Store: h.store, Rand: rand.Reader}
	h.door.Sales = findSale(h.door.Journal, h.office)
	if c.TLS != nil {
		h.door.Secure = web.TLS
	}
	if c.Sandbox != "" {
		h.door.Links = append(h.door.Links, web.Link{Name: "sandbox", URL: c.Sandbox})
	}
	return nil
}

// accounts opens a channel for each account.
func (h *house) accounts(c config) error {
	merchants, err := h.office.Merchants(h.out.ctx)
	if err != nil {
		return err
	}
	for _, a := range c.Accounts {
		m := guitai.MerchantID(a.Merchant)
		if m == "" && len(merchants) == 1 {
			m = merchants[0].ID
		}
		if m == "" || guitai.ValidID(a.ID) != nil {
			return fmt.Errorf("account %q: an id and, with several merchants, a merchant are needed", a.ID)
		}
		ch, err := c.channel(a, h.out.now)
		if err != nil {
			return fmt.Errorf("account %q: %w", a.ID, err)
		}
		mode, ok := modeOf(a.Mode)
		if !ok {
			return fmt.Errorf("account %q: mode is live or sandbox", a.ID)
		}
		acc := pay.Account{ID: guitai.AccountID(a.ID), Merchant: m, Wallet: ch.Wallet(), FeeRate: a.FeeRate, CallsPerS: a.CallsPerS, Mode: mode}
		if c.PublicURL != "" {
			acc.NotifyURL = strings.TrimSuffix(c.PublicURL, "/") + "/notify/" + string(acc.Wallet) + "/" + a.ID
		}
		h.pay.Accounts = append(h.pay.Accounts, acc)
		h.pay.Channels[acc.ID] = ch
	}
	h.wallets = h.newWallets(c)
	if h.wallets.FixedFacts, err = c.facts(); err != nil {
		return err
	}
	h.wallets.Fixed = pay.Table{Accounts: h.pay.Accounts, Channels: h.pay.Channels}
	return h.wallets.swap(h.out.ctx)
}

// channel opens the adapter of one account.
func (c config) channel(a accountConfig, now func() time.Time) (channel.Channel, error) {
	given := 0
	for _, is := range []bool{a.WeChat != nil, a.Alipay != nil, a.UnionPay != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
	case a.WeChat != nil:
		return c.wechat(*a.WeChat, now)
	case a.Alipay != nil:
		return c.alipay(*a.Alipay, now)
	case a.UnionPay != nil:
		return c.unionpay(*a.UnionPay, now)
	}
	return nil, errors.New("give exactly one of wechat, alipay, unionpay")
}

func (c config) wechat(w wechatConfig, now func() time.Time) (channel.Channel, error) {
	if (w.SpMchID == "") != (w.SubMchID == "") || w.SpMchID != "" && w.MchID+w.AppID != "" {
		return nil, errors.New("wechat: give mchid and appid, or sp_mchid, sp_appid and sub_mchid")
	}
	o := wechat.Options{BaseURL: w.BaseURL, TLSBaseURL: w.TLSBaseURL, MchID: w.MchID + w.SpMchID, AppID: w.AppID + w.SpAppID,
		SubMchID: w.SubMchID, SubAppID: w.SubAppID, SerialNo: w.SerialNo, CodePay: wechat.CodePay(w.CodePay), Algorithm: wechat.Algorithm(w.Algorithm),
		AppSecret: w.AppSecret, OAuthURL: w.OAuthBase, OAuthAPIURL: w.OAuthAPI, BillURL: w.BillBase,
		APIv3Key: w.APIv3Key, APIv2Key: w.APIv2Key, PublicKeyID: w.PublicKeyID, Mode: wechat.ModePublicKey, Now: now, Rand: rand.Reader}
	if w.Mode == "certificate" {
		o.Mode = wechat.ModeCertificate
	}
	files := map[string]*[]byte{w.PrivateKey: &o.PrivateKey, w.Certificate: &o.Certificate, w.PublicKey: &o.PublicKey, w.TLSCA: &o.TLSCA}
	if o.Algorithm == wechat.AlgorithmSM2 {
		files[w.SM2PrivateKey], files[w.SM2Certificate] = &o.SM2PrivateKey, &o.SM2Certificate
	}
	err := c.readInto(files)
	if err != nil {
		return nil, err
	}
	return wechat.Open(o)
}

func (c config) alipay(w alipayConfig, now func() time.Time) (channel.Channel, error) {
	o := alipay.Options{Gateway: w.Gateway, AppID: w.AppID, SellerID: w.SellerID, Now: now,
		AppAuthToken: w.AppAuthToken, AuthAppID: w.AuthAppID, ProviderID: w.ProviderID, SubMerchant: w.SubMerchant,
		OAuthBase: w.OAuthBaseURL, Product: w.InsideProduct, BillHost: w.BillHost}
	files := map[string]*[]byte{w.AppPrivateKey: &o.AppPrivateKey}
	if w.Mode == "certificate" {
		files[w.AppCert], files[w.AlipayCert], files[w.AlipayRootCert] = &o.AppCert, &o.AlipayCert, &o.AlipayRootCert
	} else {
		files[w.AlipayPublicKey] = &o.AlipayPublicKey
	}
	if err := c.readInto(files); err != nil {
		return nil, err
	}
	return alipay.Open(o)
}

func (c config) readInto(files map[string]*[]byte) error {
	for name, into := range files {
		b, err := c.read(name)
		if err != nil {
			return err
		}
		*into = b
	}
	return nil
}

// counters are what the store counts, for the metrics page.
func counters(st *store.Store) []web.Counter64 {
	count := func(name, help string, read func(store.Counts) int64) web.Counter64 {
		return web.Counter64{Name: "store_" + name + "_total", Help: help, Read: func() int64 { return read(st.Counts()) }}
	}
	return []web.Counter64{
		count("commits", "COMMITs that succeeded", func(c store.Counts) int64 { return c.Commits }),
		count("written", "transactions made durable", func(c store.Counts) int64 { return c.Written }),
		count("singly", "transactions run again on their own after a broken batch", func(c store.Counts) int64 { return c.Singly }),
		count("again", "transactions run again after a conflict", func(c store.Counts) int64 { return c.Again }),
	}
}

// The pace of the work behind the counter.
const (
	jobWorkers = 96 // they mostly wait for wallets: 100 calls a second at each of some accounts, 0.2 s each
	poll       = 500 * time.Millisecond
	clockEvery = 10 * time.Second
	limitEvery = 30 * time.Second // how late one node learns what another took
	drain      = 12 * time.Second // a payment under way has this long when the server stops
)

// run serves until ctx ends, then lets what is under way come to its end.
func (h *house) run(ctx context.Context, l net.Listener, t *tls.Config) error {
	if err := errors.Join(h.pay.CheckClock(ctx), h.pay.RefreshLimits(ctx)); err != nil {
		return err
	}
	back, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	h.behind(back, &work)
	err := h.door.Serve(ctx, l, t, drain)
	stop()
	work.Wait()
	return errors.Join(err, h.store.Close())
}

// printFinish is how long a printer is waited for to say that all is on paper.
const printFinish = 4 * time.Second

// behind starts the work that comes after commits.
func (h *house) behind(ctx context.Context, work *sync.WaitGroup) {
	// Well above two calls with their transactions; a node that was killed holds
	// its jobs for so long.
	lease := 5 * (h.pay.Policy.SendWithin + h.pay.Policy.CallTimeout)
	runner := &after.Runner{Store: h.store, Now: h.out.now, Log: h.log, Workers: jobWorkers, Lease: lease, Poll: poll, Rest: h.pay.ClockWrong,
		Handlers: map[string]after.Handler{
			pay.JobPayment:  h.pay.Advance,
			pay.JobRefund:   h.pay.AdvanceRefund,
			pay.JobConfirm:  h.pay.Confirm,
			pay.JobSuspense: h.pay.ReturnSuspense, pay.JobWake: h.pay.Wake,
			till.JobJudge: h.door.Journal.JudgeAgain,
		}}
	numberer := &after.Numberer{Store: h.store, Log: h.log, Poll: poll}
	work.Go(func() { runner.Run(ctx) })
	work.Go(func() { numberer.Run(ctx) })
	h.mail.behind(ctx, work)
	h.wallets.behind(ctx, work)
	work.Go(func() { h.watchKeys(ctx) })
	work.Go(func() { h.every(ctx, clockEvery, "clock not checked", h.pay.CheckClock) })
	work.Go(func() { h.every(ctx, limitEvery, "limits not refreshed", h.pay.RefreshLimits) })
}

// every does something again and again until ctx ends.
func (h *house) every(ctx context.Context, pause time.Duration, failed string, do func(context.Context) error) {
	t := time.NewTicker(pause)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := do(ctx); err != nil && ctx.Err() == nil {
				h.log.Warn(failed, "err", err)
			}
		}
	}
}
