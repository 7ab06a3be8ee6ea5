package pay_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
)

// TestOnlyTableKnowsAccounts: all others of this room ask the table, or they
// would miss an account that was added or exchanged since the start.
func TestOnlyTableKnowsAccounts(t *testing.T) {
	direct := regexp.MustCompile(`\bs\.(Channels|Accounts)\b`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "table.go" {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if direct.MatchString(line) {
				t.Errorf("%s:%d reads %s: ask s.channelOf(id), or range over s.table().Accounts and leave out those that are Off or of the other mode", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// deaf is a channel on fresh credentials: it cannot read what was sent before.
type deaf struct{ *counter }

func (d deaf) ReadNotice(channel.RawNotice) (channel.Notice, error) {
	return channel.Notice{}, errors.New("signed by a key that is not known")
}

// TestSwap: accounts are exchanged while the shop is open. What the wallet sent
// before is read; a disabled account takes nothing and gives back what it took;
// no till takes money in the mode of another.
func TestSwap(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.Policy.AskEvery = time.Minute // only the notice can tell
		before := s.paid(s.alipay)
		waiting := s.take(s.show(s.alipay))
		accounts := []pay.Account{{ID: "acc-alipay", Merchant: shopkeeper, Wallet: guitai.Alipay, Off: true},
			{ID: "acc-wechat", Merchant: shopkeeper, Wallet: guitai.WeChat, Mode: pay.Sandbox}}
		channels := map[guitai.AccountID]channel.Channel{"acc-alipay": deaf{s.alipay}, "acc-wechat": s.wechat}
		s.Swap(pay.Table{Accounts: accounts, Channels: channels, Before: map[guitai.AccountID]channel.Channel{"acc-alipay": s.alipay},
			Training: map[guitai.TillID]bool{"til-2": true}})
		if err := s.alipay.Pay(waiting.Attempts[0].Code); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second) // the notice's way
		s.want(waiting.ID, guitai.PaymentPaid, "")
		if n := len(s.alipay.when("ask")); n != 0 {
			t.Errorf("asked %d times: the notice was not read", n)
		}
		if _, err := s.Take(t.Context(), s.scan(s.alipay, channeltest.Pays)); !guitai.Invalid.Is(err) {
			t.Errorf("on a disabled account: %v", err)
		}
		if _, err := s.Take(t.Context(), s.scan(s.wechat, channeltest.Pays)); !guitai.Invalid.Is(err) {
			t.Errorf("a till on a sandbox account: %v", err)
		}
		r, err := s.Refund(t.Context(), pay.RefundRequest{ID: "ref-1", Merchant: shopkeeper, Payment: before.ID, Amount: before.Amount})
		if err != nil || r.State == guitai.RefundFailed {
			t.Errorf("refund on a disabled account: %+v, %v", r, err)
		}
		training := s.scan(s.wechat, channeltest.Pays)
		training.Till = "til-2"
		p := s.take(training)
		if s.ModeOf(&p) != pay.Sandbox || s.ModeOf(&before) != pay.Live {
			t.Errorf("modes %s and %s", s.ModeOf(&p), s.ModeOf(&before))
		}
		live := s.scan(s.alipay, channeltest.Pays)
		live.Till = "til-2"
		accounts[0].Off = false
		s.Swap(pay.Table{Accounts: accounts, Channels: channels, Training: map[guitai.TillID]bool{"til-2": true}})
		if _, err := s.Take(t.Context(), live); !guitai.Invalid.Is(err) {
			t.Errorf("a till in training on a live account: %v", err)
		}
	})
}
