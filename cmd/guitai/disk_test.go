//go:build unix

package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// TestDiskFails lets the disk fail under a server that is selling. The first
// payment that cannot be written must be refused before anybody is charged, the
// server must say that it takes no money, and no payer may be charged any more.
// When the disk is well again and the server has been started anew, what was
// under way must come to its end by the wallet's word.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	strace := func(what string) []string {
		return []string{"strace", "-f", "--signal=none", "-o", os.DevNull, "-e", "trace=fdatasync,fsync,pwrite64", "-e", what}
	}
	for _, c := range []struct {
		name string
		wrap []string
	}{
		// The limit for the size of a file stands in for a quota: the log of the
		// database cannot grow beyond it.
		{"file too large", []string{"/bin/sh", "-c", `ulimit -f 1400; exec "$@"`, "sh"}},
		{"no space", strace("inject=pwrite64:error=ENOSPC:when=400+")},
		{"fsync fails", strace("inject=fdatasync,fsync:error=EIO:when=25+")},
	} {
		t.Run(c.name, func(t *testing.T) {
			// strace needs to be there and to be let.
			if err := exec.Command(c.wrap[0], append(c.wrap[1:len(c.wrap):len(c.wrap)], "/bin/true")...).Run(); err != nil {
				if os.Getenv("GUITAI_TEST_ALL") == "1" {
					t.Fatalf("%s: %v", c.wrap[0], err)
				}
				t.Skipf("%s: %v", c.wrap[0], err)
			}
			s := openStreet(t, "sqlite:guitai.db")
			s.wrap = c.wrap
			s.up()
			diskFails(t, s)
		})
	}
}

func diskFails(t *testing.T, s *street) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d := &day{street: s, asked: map[string]bool{}, shown: map[string]bool{}}
	var clients sync.WaitGroup
	refused := make(chan map[string]any, 4)
	for till := range cap(refused) {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				body := d.scanBody(fmt.Sprintf("pay_disk%d_%d", till, n), n)
				d.note(body)
				if code := s.call(ctx, http.MethodPost, "/v1/payments", body, nil); code != http.StatusOK {
					refused <- body
					return
				}
			}
		})
	}
	clients.Wait()
	close(refused)
	if code := s.call(ctx, http.MethodGet, "/healthz", nil, nil); code != http.StatusServiceUnavailable {
		t.Errorf("healthz: %d on a broken disk", code)
	}
	taken := d.charges()
	for n := range 20 {
		if code := s.call(ctx, http.MethodPost, "/v1/payments", d.scanBody(fmt.Sprintf("pay_after_%d", n), n), nil); code != http.StatusServiceUnavailable {
			t.Errorf("a payment on a broken disk: %d", code)
		}
	}
	if now := d.charges(); len(now) != len(taken) {
		t.Errorf("the wallets had %d charges when the disk broke and have %d now", len(taken), len(now))
	}
	s.kill()
	s.wrap = nil
	s.up()
	for body := range refused { // the clients ask again, word for word
		if code := s.insist(ctx, http.MethodPost, "/v1/payments", body, nil); code != http.StatusOK {
			t.Errorf("%s again, on a good disk: %d", body["id"], code)
		}
	}
	t.Logf("%d payments were charged when the disk broke; quiet %v after the start on a good one", len(taken), d.settle())
	d.viaAPI()
	s.stop()
	d.judge()
	d.secrets()
}

func (d *day) note(body map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked[body["id"].(string)] = true
}

func (d *day) scanBody(id string, n int) map[string]any {
	wallet := []string{"wechat", "alipay"}[n%2]
	return map[string]any{"id": id, "amount": moneyView{int64(100 + n), "CNY"}, "kind": "scan", "auth_code": d.payerCode(wallet, "")}
}

// charges is what the wallets have taken so far, by order number.
func (d *day) charges() map[string]int64 {
	var list struct {
		Orders []order `json:"orders"`
	}
	if code := d.wallet(http.MethodGet, "/control/orders", nil, &list); code != http.StatusOK {
		d.t.Fatalf("orders: %d", code)
	}
	taken := map[string]int64{}
	for _, o := range list.Orders {
		if o.ChargedFen > 0 {
			taken[o.OrderNo] = o.ChargedFen
		}
	}
	return taken
}
