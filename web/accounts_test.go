package web_test

import (
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/office"
	"guitai/sandbox/book"
)

const ownerPIN = "369471"

// owned gives the first shop its people and its owner.
func owned(h *house) {
	staffed(h)
	h.people = append(h.people, office.NewPerson{Number: "301", Name: "沈桂芳", Role: guitai.Owner, PIN: ownerPIN})
}

func sandboxAccount() map[string]any {
	return map[string]any{"id": "acc_training", "wallet": "wechat", "mode": "sandbox", "fee_rate": 600,
		"settings": map[string]string{"mchid": "1900000001"}, "secrets": map[string]string{"api_v3_key": "canary-key-of-thirty-two-bytes-00"}}
}

// TestAccountsOfTheOwner: only the owner in person changes accounts; nobody is
// shown a secret.
func TestAccountsOfTheOwner(t *testing.T) {
	h := open(t, owned)
	owner, manager := h.person("301", ownerPIN), h.person("201", managerPIN)
	for what, who := range map[string]client{"key": h.mine(), "manager": manager, "cashier": h.person("101", cashierPIN)} {
		who.do("POST", "/v1/accounts", sandboxAccount()).wantProblem(403, "role_forbidden", "")
		who.do("POST", "/v1/accounts/acc_training/credentials", map[string]any{"secrets": map[string]string{"api_v3_key": "x"}}).wantProblem(403, "role_forbidden", "")
		for _, deed := range []string{"enable", "disable"} {
			if a := who.do("POST", "/v1/accounts/acc_training/"+deed, nil); a.code != 403 {
				t.Errorf("%s may %s: %s", what, deed, a.body)
			}
		}
	}
	h.person("101", cashierPIN).do("GET", "/v1/accounts", nil).wantProblem(403, "role_forbidden", "")
	made := owner.do("POST", "/v1/accounts", sandboxAccount()).want(200)
	if made.get("mode") != "sandbox" || said(made, "enabled") != "true" || said(made, "secrets.0.kind") != "text" {
		t.Errorf("made %s", made.body)
	}
	owner.do("POST", "/v1/accounts", sandboxAccount()).wantProblem(409, "id_taken", "")
	bad := sandboxAccount()
	bad["id"], bad["secrets"] = "acc_2", map[string]string{}
	owner.do("POST", "/v1/accounts", bad).wantProblem(400, "account_wrong", "secrets")
	bad["settings"] = map[string]string{"base_url": "https://192.168.0.1/"}
	owner.do("POST", "/v1/accounts", bad).wantProblem(400, "field_invalid", "settings")
	again := owner.do("POST", "/v1/accounts/acc_training/credentials", map[string]any{"secrets": map[string]string{"api_v3_key": "canary-key-of-thirty-two-bytes-01"}}).want(200)
	if said(again, "version") != "2" || again.get("before_until") == "" || said(again, "secrets.0.fingerprint") == said(made, "secrets.0.fingerprint") {
		t.Errorf("renewed to %s", again.body)
	}
	off := owner.do("POST", "/v1/accounts/acc_training/disable", nil).want(200)
	if said(off, "enabled") != "false" {
		t.Errorf("disabled to %s", off.body)
	}
	owner.do("POST", "/v1/accounts/acc_none/enable", nil).wantProblem(404, "account_not_found", "")
	all := manager.do("GET", "/v1/accounts", nil).want(200)
	if len(all.items()) != 1 || strings.Contains(string(all.body), "canary") || strings.Contains(h.log.String(), "canary-key") {
		t.Errorf("shown or logged: %s", all.body)
	}
	if n := len(h.as(h.otherKey).do("GET", "/v1/accounts", nil).want(200).items()); n != 0 {
		t.Errorf("others see %d", n)
	}
}

// TestTraining: a till in training takes money on sandbox accounts only, and the
// answer says so; it ends when it is told to.
func TestTraining(t *testing.T) {
	h := open(t, owned)
	owner := h.person("301", ownerPIN)
	owner.do("POST", "/v1/accounts", sandboxAccount()).want(200)
	till := string(h.tills[1].ID)
	swap := func() {
		t.Helper()
		table, err := h.door.Accounts.Table(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h.pay.Swap(table)
	}
	h.mine().do("POST", "/v1/tills/"+till+"/mode", map[string]any{"mode": "play"}).wantProblem(400, "field_invalid", "mode")
	h.as(h.otherKey).do("POST", "/v1/tills/"+till+"/mode", map[string]any{"mode": "sandbox"}).wantProblem(404, "till_not_found", "")
	h.mine().do("POST", "/v1/tills/"+till+"/mode", map[string]any{"mode": "sandbox"}).want(200)
	swap()
	take := func(wallet guitai.Wallet) order { return scan(h.payerCode(wallet, book.Normal), 700).but("till", till) }
	p := h.mine().do("POST", "/v1/payments", take(guitai.WeChat)).want(200)
	if p.get("state") != "paid" || p.get("mode") != "sandbox" {
		t.Errorf("in training %s", p.body)
	}
	h.mine().do("POST", "/v1/payments", take(guitai.Alipay)).wantProblem(400, "wallet_not_enabled", "wallet")
	if p := h.mine().do("POST", "/v1/payments", scan(h.payerCode(guitai.WeChat, book.Normal), 700)).want(200); p.get("mode") != "" || p.get("state") != "paid" {
		t.Errorf("elsewhere %s", p.body)
	}
	h.mine().do("POST", "/v1/tills/"+till+"/mode", map[string]any{"mode": "live"}).want(200)
	swap()
	within(t, 5*time.Second, "training to end", func() bool {
		return h.mine().do("POST", "/v1/payments", take(guitai.Alipay)).want(200).get("mode") == ""
	})
}
