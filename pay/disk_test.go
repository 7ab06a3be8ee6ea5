//go:build linux

package pay_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/pay"
	"guitai/store"
)

// TestMain plays the seller of TestSoakDisk when it is asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv("GUITAI_DISK_DIR"); dir != "" {
		if err := sellOnDisk(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// diskWallet charges everybody, and writes that down in a file of its own.
type diskWallet struct{ log *os.File }

func (w diskWallet) Wallet() guitai.Wallet { return guitai.WeChat }

func (w diskWallet) Charge(_ context.Context, c channel.Charge) channel.Answer {
	fmt.Fprintln(w.log, "charged", c.No)
	return channel.Answer{Outcome: channel.Paid, Amount: c.Amount, WalletNo: "42"}
}

func (w diskWallet) Refund(context.Context, channel.Refund) channel.RefundAnswer {
	return channel.RefundAnswer{Outcome: channel.RefundUnknown}
}

// sellOnDisk takes payments one after the other and writes down what the till
// is told.
func sellOnDisk(dir string) error {
	log, err := os.OpenFile(filepath.Join(dir, "told"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	st, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + filepath.Join(dir, "hour.db"), Now: time.Now, Node: "disk"})
	if err != nil {
		fmt.Fprintln(log, "closed", err)
		return nil // a shop that cannot open takes no money
	}
	s := &pay.Switch{Store: st, Policy: pay.Default(), Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Secret: []byte("disk"),
		Accounts: []pay.Account{{ID: "acc", Merchant: merchant, Wallet: guitai.WeChat}},
		Channels: map[guitai.AccountID]channel.Channel{"acc": diskWallet{log}}}
	for i := range 30 {
		p, err := s.Take(context.Background(), pay.Request{ID: guitai.PaymentID(fmt.Sprint("pay-", i)), Merchant: merchant, Shop: "shp",
			Till: "til", Amount: guitai.Fen(100), Kind: guitai.Scan, AuthCode: fmt.Sprintf("13%016d", i)})
		if err != nil {
			fmt.Fprintln(log, "refused", i, guitai.AsError(err).Kind, guitai.AsError(err).Code)
			continue
		}
		fmt.Fprintln(log, "told", p.ID, p.State)
	}
	fmt.Fprintln(log, "end", st.Close())
	return nil
}

// diskCase is one way in which the disk fails, from one call on.
type diskCase struct {
	name, inject string
	goodAgain    bool // it failed once only
}

func diskCases() []diskCase {
	var list []diskCase
	add := func(goodAgain bool, calls, what string, at ...int) {
		for _, n := range at {
			when := fmt.Sprintf("%d+", n)
			if goodAgain {
				when = fmt.Sprint(n)
			}
			list = append(list, diskCase{fmt.Sprintf("%s %s %s", calls, what, when), fmt.Sprintf("inject=%s:%s:when=%s", calls, what, when), goodAgain})
		}
	}
	add(false, "pwrite64", "error=ENOSPC", 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 120, 144, 160, 190, 233, 260)
	add(false, "pwrite64", "error=EROFS", 1, 4, 7, 18, 29, 47, 76, 123, 150, 199)
	add(false, "pwrite64", "error=EIO", 1, 6, 12, 20, 33, 44, 66, 99, 140, 210)
	add(true, "pwrite64", "error=EIO", 2, 5, 10, 17, 26, 37, 50, 65, 82, 101, 122, 145)
	add(true, "pwrite64", "error=ENOSPC", 3, 9, 15, 24, 35, 48, 63, 80, 110, 151)
	add(false, "fdatasync,fsync", "error=EIO", 1, 2, 3, 5, 8, 13, 21, 30, 40, 50)
	add(true, "fdatasync,fsync", "error=EIO", 1, 2, 3, 4, 6, 9, 12, 18, 24, 32, 41, 55)
	add(true, "fdatasync,fsync", "signal=SIGKILL", 2, 4, 6, 7, 10, 11, 14, 15, 22, 33, 44, 52)
	add(false, "openat", "error=EMFILE", 20, 25, 30, 34, 38, 42, 46, 50)
	return list
}

// TestSoakDisk sells on a disk that fails at one of a hundred moments. What was
// charged is known when the disk is well again, what the till was told is true,
// and once a write to the disk has failed nobody is charged any more.
func TestSoakDisk(t *testing.T) {
	if err := exec.Command("strace", "-o", os.DevNull, "/bin/true").Run(); err != nil {
		if os.Getenv("GUITAI_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("no strace: ", err)
	}
	db, err := blank()
	if err != nil {
		t.Fatal(err)
	}
	cases := diskCases()
	if !soaking() {
		for i := range cases[:len(cases)/8] {
			cases[i] = cases[i*8]
		}
		cases = cases[:len(cases)/8]
	}
	sum := map[string]int{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "hour.db"), db, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "strace", "-f", "--signal=none", "-o", os.DevNull,
				"-e", "trace=pwrite64,fdatasync,fsync,openat", "-e", c.inject, os.Args[0])
			cmd.Env = append(os.Environ(), "GUITAI_DISK_DIR="+dir)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == 3) {
				t.Fatalf("%v: %s", err, out)
			}
			judgeDisk(t, c, dir, sum)
		})
	}
	t.Logf("%d cases: %v", len(cases), sum)
}

func judgeDisk(t *testing.T, c diskCase, dir string, sum map[string]int) {
	f, err := os.Open(filepath.Join(dir, "told"))
	if err != nil {
		sum["could not even open a file"]++
		return // nobody was charged: that is written first
	}
	defer f.Close()
	st, err := store.Open(t.Context(), store.Options{DSN: "sqlite:" + filepath.Join(dir, "hour.db"), Now: time.Now, Node: "judge"})
	if err != nil {
		t.Fatalf("the file does not open on a good disk: %v", err)
	}
	defer st.Close()
	sw := &pay.Switch{Store: st}
	list, err := sw.List(t.Context(), pay.Filter{Merchant: merchant, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	states, orders := map[string]guitai.PaymentState{}, map[string]guitai.Payment{}
	for _, p := range list {
		states[string(p.ID)] = p.State
		orders[p.Attempts[0].OrderNo] = p
	}
	refused := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		w := strings.Fields(lines.Text())
		sum[w[0]]++
		switch w[0] {
		case "charged":
			if p, ok := orders[w[1]]; !ok {
				t.Errorf("lost: order %s was charged and is unknown", w[1])
			} else if p.State != guitai.PaymentPaid && p.State != guitai.PaymentCreated && p.State != guitai.PaymentUnknown {
				t.Errorf("lost: order %s was charged and is %s", w[1], p.State)
			}
			if refused && !c.goodAgain {
				t.Error("a payer was charged after a write had failed")
			}
		case "told":
			if w[2] == "paid" && states[w[1]] != guitai.PaymentPaid {
				t.Errorf("phantom: %s was told to be paid and is %q", w[1], states[w[1]])
			}
		case "refused":
			refused = true
			if w[2] != string(guitai.Unavailable) && w[2] != string(guitai.Unknown) {
				t.Errorf("refused as %v", w)
			}
		}
	}
}
