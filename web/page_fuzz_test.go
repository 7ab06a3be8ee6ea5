package web

import (
	"testing"
	"time"

	"guitai"
	"guitai/pay"
)

// FuzzPageSeals: whatever a browser brings back, only what this server made for
// this code is taken.
func FuzzPageSeals(f *testing.F) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	s := &Server{Pay: &pay.Switch{Secret: []byte("a secret of thirty-two bytes ...")}, Now: func() time.Time { return now }}
	who := pay.Payer{Account: "acc-1", Name: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"}
	sealed, err := s.sealPayer("code", who)
	if err != nil {
		f.Fatal(err)
	}
	ticket := s.ticket("once", "code")
	for _, seed := range []string{"", "x", sealed, ticket, sealed[1:], ticket[2:], sealed + "A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// Another process of the fuzzer made its own seals of the same payer.
		if got, ok := s.openPayer("code", text); ok && (got != who || len(text) != len(sealed)) {
			t.Errorf("%q was opened as %+v", text, got)
		}
		if s.admitted("once", "code", text) && len(text) != len(ticket) {
			t.Errorf("%q was admitted", text)
		}
	})
}

// TestPageSealsAreBound: to their code, their purpose and their time.
func TestPageSealsAreBound(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	s := &Server{Pay: &pay.Switch{Secret: []byte("a secret of thirty-two bytes ...")}, Now: func() time.Time { return now }}
	who := pay.Payer{Account: "acc-1", Name: "anna"}
	sealed, err := s.sealPayer("code", who)
	if err != nil {
		t.Fatal(err)
	}
	ticket := s.ticket("state", "code")
	holds := func() (bool, bool) {
		_, ok := s.openPayer("code", sealed)
		return ok, s.admitted("state", "code", ticket)
	}
	if a, b := holds(); !a || !b {
		t.Error("fresh seals are refused")
	}
	for i := range sealed {
		bent := []byte(sealed)
		bent[i] = map[bool]byte{true: 'B', false: 'A'}[bent[i] == 'A']
		if _, ok := s.openPayer("code", string(bent)); ok {
			t.Errorf("a payer bent at %d is taken", i)
		}
	}
	for i := range ticket {
		bent := []byte(ticket)
		bent[i] = map[bool]byte{true: '1', false: '0'}[bent[i] == '0']
		if s.admitted("state", "code", string(bent)) {
			t.Errorf("a ticket bent at %d is taken", i)
		}
	}
	if _, ok := s.openPayer("other", sealed); ok || s.admitted("state", "other", ticket) || s.admitted("once", "code", ticket) {
		t.Error("seals of another code or purpose are taken")
	}
	now = now.Add(pageLife)
	if a, b := holds(); !a || !b {
		t.Error("seals end before their time")
	}
	now = now.Add(time.Second)
	if a, b := holds(); a || b {
		t.Error("seals outlive their time")
	}
	s.Pay.Secret = []byte("another")
	now = now.Add(-time.Hour)
	if a, b := holds(); a || b {
		t.Error("seals of another server are taken")
	}
}

// TestAppOf: by what the apps say of themselves.
func TestAppOf(t *testing.T) {
	for agent, want := range map[string]guitai.Wallet{
		"":                                     "",
		"Mozilla/5.0 Chrome/140 Safari/537.36": "",
		"Mozilla/5.0 MicroMessenger/8.0.50":    guitai.WeChat,
		"Mozilla/5.0 AlipayClient/10.6":        guitai.Alipay,
		"Mozilla/5.0 UnionPay/1.0 CloudPay":    guitai.UnionPay,
		"com.unionpay.CloudPay":                guitai.UnionPay,
	} {
		if got := appOf(agent); got != want {
			t.Errorf("%q: %q", agent, got)
		}
	}
}
