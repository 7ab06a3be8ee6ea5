//go:build unix

package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// guitai runs a command of the program to its end.
func (s *street) guitai(args ...string) string {
	s.t.Helper()
	out, err := exec.Command(program(), args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("guitai %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// account runs `guitai account`.
func (s *street) account(args ...string) string {
	s.t.Helper()
	args = append([]string{"account"}, args...)
	return s.guitai(append(args, "--config", filepath.Join(s.dir, "guitai.json"))...)
}

// takeOut takes the accounts out of the configuration and returns them.
func (s *street) takeOut() []map[string]any {
	s.t.Helper()
	path := filepath.Join(s.dir, "guitai.json")
	var c map[string]any
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var out []map[string]any
	for _, a := range c["accounts"].([]any) {
		out = append(out, a.(map[string]any))
	}
	c["accounts"] = []any{}
	s.write(path, c)
	return out
}

func (s *street) write(path string, v any) {
	s.t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// paid takes a payment and returns its state, or the code of what was wrong.
func (s *street) paid(id string, more map[string]any) (state, mode string) {
	s.t.Helper()
	body := map[string]any{"id": id, "kind": "scan", "auth_code": s.payerCode("alipay", ""), "amount": map[string]any{"value": 880, "currency": "CNY"}}
	for k, v := range more {
		body[k] = v
	}
	var p struct{ State, Mode string }
	if code := s.insist(s.t.Context(), "POST", "/v1/payments", body, &p); code != http.StatusOK {
		return http.StatusText(code), ""
	}
	return p.State, p.Mode
}

// TestAccountsInTheDatabase: the accounts of the configuration go into the
// database, sealed; money is taken on them; keys and credentials are exchanged
// while the server runs; one that is disabled takes no more and gives back what
// it took; a till in training keeps to sandbox accounts.
func TestAccountsInTheDatabase(t *testing.T) {
	s := openStreet(t, "sqlite:guitai.db")
	s.account("import")
	accounts := s.takeOut()
	s.up()
	if state, mode := s.paid("first", nil); state != "paid" || mode != "" {
		t.Fatalf("on an account of the database: %s %s", state, mode)
	}
	var list struct {
		Items []struct {
			ID, Mode string
			Version  int
			Secrets  []struct{ Field, Kind, Fingerprint string }
		}
	}
	s.call(t.Context(), "GET", "/v1/accounts", nil, &list)
	if len(list.Items) != 3 || len(list.Items[0].Secrets) == 0 || list.Items[0].Secrets[0].Fingerprint == "" {
		t.Errorf("listed %+v", list)
	}
	if out := s.account("list"); !strings.Contains(out, "acc_alipay") {
		t.Errorf("listed %s", out)
	}
	s.nothingInTheClear(accounts)
	s.exchange(accounts[1])
	s.account("disable", "acc_alipay")
	within(t, 15*time.Second, "the disabled account is left alone", func() error {
		state, _ := s.paid("off-"+time.Now().Format("150405.000000"), nil)
		return unless(state == http.StatusText(http.StatusBadRequest))
	})
	var r struct{ State string }
	within(t, 15*time.Second, "the refund", func() error {
		s.call(t.Context(), "POST", "/v1/payments/first/refunds", map[string]any{"id": "back", "amount": map[string]any{"value": 880, "currency": "CNY"}}, nil)
		s.call(t.Context(), "GET", "/v1/refunds/back", nil, &r)
		return unless(r.State == "done")
	})
	s.train(accounts[1])
	s.stop()
}

// exchange gives new keys and credentials to a server that runs.
func (s *street) exchange(alipay map[string]any) {
	s.t.Helper()
	before, err := os.ReadFile(filepath.Join(s.dir, "keys.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.account("rotate-keys")
	after, err := os.ReadFile(filepath.Join(s.dir, "keys.json"))
	if err != nil || len(after) <= len(before) {
		s.t.Fatalf("the keys file has %d bytes, before it had %d: %v", len(after), len(before), err)
	}
	file := filepath.Join(s.dir, "renew.json")
	s.write(file, alipay)
	if out := s.account("renew", "--file", file); !strings.Contains(out, "version 2") {
		s.t.Errorf("renewed: %s", out)
	}
	time.Sleep(3 * time.Second) // a server looks for others' changes every two seconds
	if state, _ := s.paid("after-exchange", nil); state != "paid" {
		s.t.Errorf("after the exchange: %s\n%s", state, s.tail("server"))
	}
	s.kill()
	s.up() // the fresh key opens what was wrapped anew
	if state, _ := s.paid("after-restart", nil); state != "paid" {
		s.t.Errorf("after the restart: %s\n%s", state, s.tail("server"))
	}
}

// train puts a till into training, with a sandbox account beside.
func (s *street) train(alipay map[string]any) {
	s.t.Helper()
	alipay["id"], alipay["mode"] = "acc_training", "sandbox"
	file := filepath.Join(s.dir, "training.json")
	s.write(file, alipay)
	s.account("add", "--file", file)
	var tills struct{ Items []struct{ ID string } }
	s.call(s.t.Context(), "GET", "/v1/tills", nil, &tills)
	till := tills.Items[0].ID
	if code := s.call(s.t.Context(), "POST", "/v1/tills/"+till+"/mode", map[string]any{"mode": "sandbox"}, nil); code != http.StatusOK {
		s.t.Fatalf("training: %d", code)
	}
	within(s.t, 15*time.Second, "a payment in training", func() error {
		state, mode := s.paid("training-"+time.Now().Format("150405.000000"), map[string]any{"till": till})
		return unless(state == "paid" && mode == "sandbox")
	})
	if state, mode := s.paid("no-training", map[string]any{"till": tills.Items[1].ID}); mode != "" || state != http.StatusText(http.StatusBadRequest) {
		s.t.Errorf("another till takes money on a sandbox account: %s %s", state, mode)
	}
}

// nothingInTheClear looks for the private keys in the database's files.
func (s *street) nothingInTheClear(accounts []map[string]any) {
	s.t.Helper()
	for _, name := range []string{"guitai.db", "guitai.db-wal"} {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			continue
		}
		text := string(b)
		if strings.Contains(text, "BEGIN PRIVATE KEY") || strings.Contains(text, "BEGIN RSA") {
			s.t.Errorf("a key stands in %s", name)
		}
		key, _ := accounts[0]["wechat"].(map[string]any)["api_v3_key"].(string)
		if key == "" || strings.Contains(text, key) {
			s.t.Errorf("the API key %q stands in %s", key, name)
		}
	}
}
