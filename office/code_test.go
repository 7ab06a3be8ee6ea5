package office_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"guitai"
	"guitai/internal/testkit"
	"guitai/office"
	"guitai/qr"
)

// withCodes is an office with a shop that may make codes.
func withCodes(t *testing.T, dsn string) (*desk, guitai.MerchantID, guitai.MerchantID, []guitai.Till) {
	t.Helper()
	o := open(t, dsn, rand.Reader)
	o.Own = office.OwnCodes{Address: "https://pay.example/", Key: qr.OwnKey([]byte("secret"))}
	shop := newShop("一家")
	shop.People = nil
	m, err1 := o.OpenShop(t.Context(), shop)
	shop.Merchant = "二家"
	other, err2 := o.OpenShop(t.Context(), shop)
	tills, _, err3 := o.Tills(t.Context())
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	var ours []guitai.Till
	for _, t := range tills {
		if t.Merchant == m.ID {
			ours = append(ours, t)
		}
	}
	return o, m.ID, other.ID, ours
}

// TestIssueCode: what is issued stands in the register, its text opens with our
// key, and the same request issues it once.
func TestIssueCode(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o, m, other, tills := withCodes(t, dsn)
		n := office.NewCode{Merchant: m, Till: tills[0].ID, Name: " 门口 ", Amount: guitai.Fen(800), Request: "r1", Staff: "stf_1"}
		c, err := o.IssueCode(t.Context(), n)
		if err != nil || c.Name != "门口" || c.Shop != tills[0].Shop || c.Amount != guitai.Fen(800) || !c.Valid() || c.Open() {
			t.Fatalf("%+v %v", c, err)
		}
		text, err := o.CodeText(c)
		if err != nil {
			t.Fatal(err)
		}
		own, err := qr.ReadOwn(strings.TrimPrefix(text, "https://pay.example/p/"), qr.OwnKey([]byte("secret")))
		if err != nil || own.Kind != qr.OwnStatic || own.Token.String() != string(c.Token) || !own.Expires.IsZero() {
			t.Errorf("%s reads as %+v, %v", text, own, err)
		}
		if again, err := o.IssueCode(t.Context(), n); err != nil || again.Token != c.Token {
			t.Errorf("again: %+v %v", again, err)
		}
		n.Name = "里间"
		if _, err := o.IssueCode(t.Context(), n); !guitai.Conflict.Is(err) {
			t.Errorf("another code under the same name: %v", err)
		}
		n.Merchant, n.Till = other, ""
		if theirs, err := o.IssueCode(t.Context(), n); err != nil || theirs.Token == c.Token {
			t.Errorf("another merchant's request of the same name: %v", err)
		}
		list, err := o.Codes(t.Context(), office.CodeFilter{Merchant: m, Limit: 9})
		if err != nil || len(list) != 1 || list[0].Code.Token != c.Token || list[0].Till.Number == "" {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestRevokeCode: for ever, once, and not by others. What is revoked is not
// printed.
func TestRevokeCode(t *testing.T) {
	o, m, other, _ := withCodes(t, testkit.SQLite(t))
	c, err := o.IssueCode(t.Context(), office.NewCode{Merchant: m, Name: "门口"})
	if err != nil || !c.Open() {
		t.Fatal(c, err)
	}
	if err := o.RevokeCode(t.Context(), other, c.Token, ""); !guitai.NotFound.Is(err) {
		t.Errorf("by another: %v", err)
	}
	for _, by := range []guitai.StaffID{"stf_1", "stf_2"} {
		if err := o.RevokeCode(t.Context(), m, c.Token, by); err != nil {
			t.Error(err)
		}
	}
	h, err := o.Hung(t.Context(), m, c.Token)
	if err != nil || h[0].Code.Valid() || h[0].Code.RevokedBy != "stf_1" || h[0].Shop.Name != "一家店" {
		t.Errorf("%+v %v", h, err)
	}
	if _, err := o.CodeText(h[0].Code); guitai.AsError(err) == nil || guitai.AsError(err).Code != guitai.CodeStickerRevoked {
		t.Errorf("its text: %v", err)
	}
	for _, token := range []guitai.CodeToken{"", "AAAA", "\x00", "a b"} {
		if err := o.RevokeCode(t.Context(), m, token, ""); !guitai.NotFound.Is(err) {
			t.Errorf("%q: %v", token, err)
		}
		if _, err := o.Hung(t.Context(), m, c.Token, token); !guitai.NotFound.Is(err) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

// TestWrongCodes: what cannot be issued, with the field at fault.
func TestWrongCodes(t *testing.T) {
	o, m, other, tills := withCodes(t, testkit.SQLite(t))
	good := office.NewCode{Merchant: m, Till: tills[0].ID, Name: "门口", Amount: guitai.Fen(1)}
	for what, c := range map[string]struct {
		change func(*office.NewCode)
		code   guitai.Code
	}{
		"no name":         {func(n *office.NewCode) { n.Name = "  " }, guitai.CodeFieldMissing},
		"long name":       {func(n *office.NewCode) { n.Name = strings.Repeat("长", 41) }, guitai.CodeFieldInvalid},
		"hidden name":     {func(n *office.NewCode) { n.Name = "门\u202e口" }, guitai.CodeFieldInvalid},
		"broken name":     {func(n *office.NewCode) { n.Name = "门\xff" }, guitai.CodeFieldInvalid},
		"below nothing":   {func(n *office.NewCode) { n.Amount.Fen = -1 }, guitai.CodeAmountNegative},
		"too much":        {func(n *office.NewCode) { n.Amount.Fen = 5_000_001 }, guitai.CodeAmountTooLarge},
		"dollars":         {func(n *office.NewCode) { n.Amount.Currency = "USD" }, guitai.CodeCurrencyUnknown},
		"no such till":    {func(n *office.NewCode) { n.Till = "til_none" }, guitai.CodeTillNotFound},
		"another's till":  {func(n *office.NewCode) { n.Merchant = other }, guitai.CodeTillNotFound},
		"not its shop":    {func(n *office.NewCode) { n.Shop = "shp_none" }, guitai.CodeFieldInvalid},
		"no such shop":    {func(n *office.NewCode) { n.Shop, n.Till = "shp_none", "" }, guitai.CodeFieldInvalid},
		"wrong request":   {func(n *office.NewCode) { n.Request = "a b" }, guitai.CodeIDMalformed},
		"no such house":   {func(n *office.NewCode) { n.Merchant, n.Till = "mer_none", "" }, guitai.CodeFieldMissing},
		"request of zero": {func(n *office.NewCode) { n.Request = "\x00" }, guitai.CodeIDMalformed},
	} {
		n := good
		c.change(&n)
		if _, err := o.IssueCode(t.Context(), n); guitai.AsError(err) == nil || guitai.AsError(err).Code != c.code {
			t.Errorf("%s: %v", what, err)
		}
	}
	o.Own.Address = ""
	if _, err := o.IssueCode(t.Context(), good); guitai.AsError(err) == nil || guitai.AsError(err).Code != guitai.CodeStickerNoAddress {
		t.Errorf("without an address: %v", err)
	}
}
