package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"guitai/office"
	"guitai/sandbox"
)

type demoCmd struct {
	Data        string  `help:"Folder to keep everything in; empty: a temporary one."`
	Addr        string  `default:"127.0.0.1:8080" help:"Where the shop listens. Port 0: a free port."`
	SandboxAddr string  `default:"127.0.0.1:8090" help:"Where the phone listens; the wallets take the ports after it. Port 0: free ports."`
	NoOpen      bool    `help:"Do not open a browser."`
	Speed       float64 `default:"1" help:"Divides the sandbox's delays; its clock stays true."`
}

// Run starts the whole street in one process. The shop reaches the wallets only
// through their sockets.
func (d demoCmd) Run(out *outside) (err error) {
	dir, err := d.folder()
	if err != nil {
		return err
	}
	if d.Data == "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	l, err := net.Listen("tcp", d.Addr)
	if err != nil {
		return err
	}
	if host, _, _ := net.SplitHostPort(l.Addr().String()); !loopback(host) {
		return errors.Join(errors.New("the demo listens on this machine only: its PINs are known to everybody"), l.Close())
	}
	street, err := sandbox.Open(sandbox.Options{Dir: filepath.Join(dir, "sandbox"), Addr: d.SandboxAddr, Now: out.now,
		Rand: rand.Reader, Speed: d.Speed, Log: out.log})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, street.Close()) }()
	h, _, env, err := d.shop(out, dir, "http://"+l.Addr().String(), street.URL())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	announce(env)
	if !d.NoOpen {
		openBrowser(out.ctx, env["GUITAI_URL"])
	}
	return h.run(out.ctx, l, nil)
}

func (d demoCmd) folder() (string, error) {
	if d.Data == "" {
		return os.MkdirTemp("", "guitai-demo-")
	}
	return filepath.Abs(d.Data)
}

// shop opens the house on its data, furnishing it the first time, and writes
// guitai.json (so that `guitai serve` can go on with it) and demo.env.
func (d demoCmd) shop(out *outside, dir, url, phone string) (*house, config, map[string]string, error) {
	c, printer, err := demoConfig(dir, url, phone)
	if err != nil {
		return nil, c, nil, err
	}
	h, err := open(out, c)
	if err != nil {
		return nil, c, nil, err
	}
	env, err := h.stock(out.ctx, dir, printer)
	if err == nil {
		env["GUITAI_URL"], env["SANDBOX_URL"] = url, phone
		err = errors.Join(writeConfig(filepath.Join(dir, "guitai.json"), c), writeEnv(filepath.Join(dir, "demo.env"), env))
	}
	if err == nil {
		err = h.furnish(c)
	}
	if err != nil {
		return nil, c, nil, errors.Join(err, h.store.Close())
	}
	return h, c, env, nil
}

// credentials is what the sandbox writes for whoever wants to be its customer.
type credentials struct {
	WeChat wechatConfig `json:"wechat"`
	Alipay alipayConfig `json:"alipay"`

	UnionPay unionpayConfig `json:"unionpay"`

	Printer struct {
		Addr string `json:"addr"`
	} `json:"printer"`
}

// Usual rates of small shops: 0.60 %, 0.55 % and 0.38 %.
const (
	wechatRate   = 600
	alipayRate   = 550
	unionpayRate = 380
)

func demoConfig(dir, url, phone string) (config, string, error) {
	var cr credentials
	b, err := os.ReadFile(filepath.Join(dir, "sandbox", "credentials.json"))
	if err == nil {
		err = json.Unmarshal(b, &cr)
	}
	w, a, u := cr.WeChat, cr.Alipay, cr.UnionPay
	for _, p := range append(u.files(), []*string{&w.TLSCA, &w.PrivateKey, &w.Certificate, &w.PublicKey, &w.Platform, &w.SM2PrivateKey, &w.SM2Certificate,
		&a.AppPrivateKey, &a.AlipayPublicKey, &a.AppCert, &a.AlipayCert, &a.AlipayRootCert}...) {
		if *p != "" {
			*p = filepath.Join("sandbox", *p)
		}
	}
	return config{Listen: strings.TrimPrefix(url, "http://"), PublicURL: url, DSN: "sqlite:guitai.db", Secret: "secret.key",
		Webhooks: webhookConfig{AllowPrivate: true}, // whoever tries them has a receiver on this machine
		Sandbox:  phone, dir: dir, Accounts: []accountConfig{
			{ID: "acc_demo_wechat", FeeRate: wechatRate, WeChat: &w},
			{ID: "acc_demo_alipay", FeeRate: alipayRate, Alipay: &a},
			{ID: "acc_demo_unionpay", FeeRate: unionpayRate, UnionPay: &u},
		}}, cr.Printer.Addr, err
}

// stock furnishes an empty house with the demo's shop, and returns what is
// needed to come in: the key, the numbers and PINs.
func (h *house) stock(ctx context.Context, dir, printer string) (map[string]string, error) {
	merchants, err := h.office.Merchants(ctx)
	if err != nil {
		return nil, err
	}
	env, err := readEnv(filepath.Join(dir, "demo.env"))
	if err != nil {
		return nil, err
	}
	shop := demoShop()
	if len(merchants) == 0 {
		m, err := h.office.OpenShop(ctx, shop)
		if err != nil {
			return nil, err
		}
		merchants = append(merchants, m)
	}
	env["GUITAI_MERCHANT"] = string(merchants[0].ID)
	if err := h.enrolMembers(ctx, merchants[0].ID); err != nil {
		return nil, err
	}
	if env["GUITAI_KEY"] == "" {
		if env["GUITAI_KEY"], err = h.office.NewKey(ctx, merchants[0].ID, "demo"); err != nil {
			return nil, err
		}
	}
	for _, p := range shop.People {
		env["PIN_"+p.Number] = p.PIN
	}
	return env, h.tills(ctx, env, printer)
}

// tills names the tills in env and points them at the sandbox's printer.
func (h *house) tills(ctx context.Context, env map[string]string, printer string) error {
	tills, _, err := h.office.Tills(ctx)
	if err != nil {
		return err
	}
	for _, t := range tills {
		env["TILL_"+t.Number] = string(t.ID)
		if err := h.office.SetPrinter(ctx, t.ID, printer, t.Paper); err != nil {
			return err
		}
	}
	return nil
}

// envKeys is the order of demo.env.
func envKeys() []string {
	return []string{"GUITAI_URL", "SANDBOX_URL", "GUITAI_KEY", "GUITAI_MERCHANT", "TILL_1", "TILL_2", "PIN_101", "PIN_201", "PIN_301"}
}

func writeEnv(path string, env map[string]string) error {
	var b strings.Builder
	for _, k := range envKeys() {
		fmt.Fprintf(&b, "%s=%s\n", k, env[k])
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func readEnv(path string) (map[string]string, error) {
	env := map[string]string{}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return env, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), "="); ok {
			env[k] = v
		}
	}
	return env, nil
}

func announce(env map[string]string) {
	fmt.Printf(`
  柜台 Guitai %s — a whole fake shop, on this machine only

  the till          %s/till
  customer screen   %s/screen
  phone and paper   %s/
  API               %s/v1/docs      key %s

  sign in           cashier 101 · PIN %s
                    manager 201 · PIN %s
                    owner   301 · PIN %s

  Ctrl-C stops it.
`, version, env["GUITAI_URL"], env["GUITAI_URL"], env["SANDBOX_URL"], env["GUITAI_URL"], env["GUITAI_KEY"],
		env["PIN_101"], env["PIN_201"], env["PIN_301"])
}

// openBrowser shows the first page where there is something to show it with.
func openBrowser(ctx context.Context, url string) {
	name := "xdg-open"
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name = "explorer"
	}
	if path, err := exec.LookPath(name); err == nil {
		cmd := exec.CommandContext(ctx, path, url)
		if cmd.Start() == nil {
			go cmd.Wait() // it goes its own way; only its slot in the process table is freed
		}
	}
}

// demoShop is a corner shop in Shanghai as it might stand there.
func demoShop() office.NewShop {
	s := office.NewShop{Merchant: "上海桂花里便利店有限公司"}
	s.Shop.Name, s.Shop.Address, s.Shop.Phone, s.Shop.Zone = "桂花里便利店", "上海市静安区桂花里路 18 号", "021-5555 0118", "Asia/Shanghai"
	s.Tills = demoTills()
	s.People = demoPeople()
	s.Departments, s.Items = demoGoods()
	return s
}
