package main

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/sandbox"
)

// TestWeChatConfig: what the sandbox tells its customers is a configuration as
// it stands, strictly read; with the keys that set each way, an order is made
// over it.
func TestWeChatConfig(t *testing.T) {
	dir := t.TempDir()
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader, Speed: 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var given map[string]map[string]string
	b, err := os.ReadFile(filepath.Join(dir, "credentials.json"))
	if err == nil {
		err = json.Unmarshal(b, &given)
	}
	if err != nil {
		t.Fatal(err)
	}
	open := func(account map[string]string) (channel.Channel, error) {
		path := filepath.Join(dir, "guitai.json")
		b, err := json.Marshal(map[string]any{"listen": "127.0.0.1:0", "dsn": "sqlite:x", "secret_file": "s", "accounts": []any{map[string]any{"id": "acc_x", "wechat": account}}})
		if err == nil {
			err = os.WriteFile(path, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		c, err := readConfig(path)
		if err != nil {
			return nil, err
		}
		return c.channel(c.Accounts[0], time.Now)
	}
	with := func(name string, more ...string) map[string]string {
		m := maps.Clone(given[name])
		for _, pair := range more {
			k, v, _ := strings.Cut(pair, "=")
			m[k] = v
		}
		return m
	}
	for no, account := range map[string]map[string]string{
		"CONFIG0001": with("wechat"), "CONFIG0002": with("wechat_shop_1"), "CONFIG0003": with("wechat_shop_2", "code_pay=v3"),
		"CONFIG0004": with("wechat", "algorithm=sm2", "mode=certificate"), "CONFIG0005": with("wechat", "mode=certificate", "code_pay=v2", "algorithm=rsa"),
	} {
		ch, err := open(account)
		if err != nil {
			t.Errorf("%s: %v", no, err)
			continue
		}
		a := ch.(channel.Shower).Show(t.Context(), channel.Show{Order: channel.Order{No: no, Kind: guitai.Show, Amount: guitai.Fen(1)}, Description: "茶", NotifyURL: "http://127.0.0.1:1/n"})
		if a.Outcome != channel.Waiting {
			t.Errorf("%s: %s %+v", no, a.Outcome, a.Messages)
		}
		if greet := ch.(channel.Inside).Greet("https://shop.example/p/x", "s"); !strings.HasPrefix(greet, given["wechat"]["oauth_base_url"]) {
			t.Errorf("%s: greeted at %s", no, greet)
		}
	}
	for what, account := range map[string]map[string]string{
		"two merchants":    with("wechat_shop_1", "mchid=1600000000"),
		"no shop":          with("wechat_shop_1", "sub_mchid="),
		"no provider":      with("wechat", "sub_mchid=1700000000"),
		"other algorithm":  with("wechat", "algorithm=md5"),
		"SM2 with one key": with("wechat", "algorithm=sm2"),
		"other edition":    with("wechat", "code_pay=v1"),
		"unknown key":      with("wechat", "colour=red"),
		"plain bills":      with("wechat", "bill_base_url=http://bills.example"),
	} {
		if _, err := open(account); err == nil {
			t.Errorf("%s: opened", what)
		}
	}
}
