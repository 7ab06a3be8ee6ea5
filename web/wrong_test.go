package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"guitai"
	"guitai/internal/testkit"
	"guitai/sandbox/book"
)

// count is how many payments the first merchant has.
func (h *house) count() int {
	h.t.Helper()
	return len(h.mine().do("GET", "/v1/payments?limit=200", nil).want(200).items())
}

// wrong is a request for a payment that is refused.
type wrong struct {
	name        string
	body        any
	status      int
	code, field string
}

const long = "a text that is far too long"

func wrongAmounts() []wrong {
	good := show("wechat", 1250)
	return []wrong{
		{"amount 0", show("wechat", 0), 400, "amount_zero", "amount.value"},
		{"negative", show("wechat", -5), 400, "amount_negative", "amount.value"},
		{"too large", show("wechat", 1_000_000_001), 400, "amount_too_large", "amount.value"},
		{"larger than any", `{"kind":"show","amount":{"value":92233720368547758080,"currency":"CNY"}}`, 400, "amount_too_large", "amount.value"},
		{"lower than any", `{"kind":"show","amount":{"value":-92233720368547758080,"currency":"CNY"}}`, 400, "amount_negative", "amount.value"},
		{"fraction", `{"kind":"show","amount":{"value":12.5,"currency":"CNY"}}`, 400, "amount_not_whole", "amount.value"},
		{"fraction of nothing", `{"kind":"show","amount":{"value":12.0,"currency":"CNY"}}`, 400, "amount_not_whole", "amount.value"},
		{"exponent", `{"kind":"show","amount":{"value":1e3,"currency":"CNY"}}`, 400, "amount_not_whole", "amount.value"},
		{"amount as text", `{"kind":"show","amount":{"value":"1250","currency":"CNY"}}`, 400, "field_invalid", "amount.value"},
		{"amount as number", `{"kind":"show","amount":1250}`, 400, "field_invalid", "amount"},
		{"no amount", order{"kind": "show"}, 400, "field_missing", "amount"},
		{"amount null", `{"kind":"show","amount":null}`, 400, "field_missing", "amount"},
		{"unknown currency", good.but("amount", map[string]any{"value": 1250, "currency": "XXX"}), 400, "currency_unknown", "amount.currency"},
		{"foreign currency", good.but("amount", map[string]any{"value": 1250, "currency": "USD"}), 400, "currency_unknown", "amount.currency"},
		{"no currency", good.but("amount", map[string]any{"value": 1250}), 400, "currency_unknown", "amount.currency"},
	}
}

func wrongFields() []wrong {
	good := show("wechat", 1250)
	return []wrong{
		{"unknown kind", good.but("kind", "swap"), 400, "kind_unknown", "kind"},
		{"no kind", order{"amount": money(1250)}, 400, "kind_unknown", "kind"},
		{"card", good.but("kind", "card"), 400, "kind_unknown", "kind"},
		{"unknown wallet", show("purse", 1250), 400, "wallet_unknown", "wallet"},
		{"wallet not ours", show("unionpay", 1250), 400, "wallet_not_enabled", "wallet"},
		{"no code", order{"kind": "scan", "amount": money(1250)}, 400, "code_missing", "auth_code"},
		{"code with letters", scan("13000000000000000x", 1250), 400, "code_malformed", "auth_code"},
		{"short code", scan("130000", 1250), 400, "code_malformed", "auth_code"},
		{"nobody's code", scan("990000000000000000", 1250), 400, "code_unknown_wallet", ""},
		{"another wallet's code", scan("130000000000000000", 1250).but("wallet", "alipay"), 400, "code_unknown_wallet", "auth_code"},
		{"endless code", scan(strings.Repeat("1", 5000), 1250), 400, "code_malformed", "auth_code"},
		{"show with a code", good.but("auth_code", "130000000000000000"), 400, "field_invalid", "auth_code"},
		{"lives too short", good.but("expires_in", 4), 400, "expiry_invalid", "expires_in"},
		{"lives too long", good.but("expires_in", 7201), 400, "expiry_invalid", "expires_in"},
		{"lives backwards", good.but("expires_in", -1), 400, "expiry_invalid", "expires_in"},
		{"lives for ever", good.but("expires_in", int64(1)<<60), 400, "expiry_invalid", "expires_in"},
		{"bad id", good.but("id", "no spaces here"), 400, "id_malformed", "id"},
		{"long id", good.but("id", strings.Repeat("a", 65)), 400, "id_malformed", "id"},
		{"id as number", good.but("id", 12), 400, "field_invalid", "id"},
		{"bad sale", good.but("sale", "a/b"), 400, "id_malformed", "sale"},
		{"bad tender", good.but("tender", "\n"), 400, "id_malformed", "tender"},
		{"long description", good.but("description", strings.Repeat(long, 10)), 400, "field_invalid", "description"},
		{"control character", good.but("description", "a\x01b"), 400, "field_invalid", "description"},
		{"long metadata", good.but("metadata", map[string]string{"k": strings.Repeat(long, 40)}), 400, "field_invalid", "metadata"},
		{"nameless metadata", good.but("metadata", map[string]string{"": "v"}), 400, "field_invalid", "metadata"},
		{"metadata of numbers", good.but("metadata", map[string]int{"canary": 1}), 400, "field_invalid", "metadata"},
		{"unknown till", good.but("till", "til_none"), 404, "till_not_found", ""},
		{"till with a zero", good.but("till", "til\x00"), 404, "till_not_found", ""},
		{"unknown shop", good.but("shop", "shp_none"), 400, "field_invalid", "shop"},
	}
}

func wrongShapes() []wrong {
	good := show("wechat", 1250)
	return []wrong{
		{"unknown key", good.but("canary", 1), 400, "field_unknown", ""},
		{"unknown key below", good.but("amount", map[string]any{"value": 1, "currency": "CNY", "canary": 1}), 400, "field_unknown", "amount"},
		{"other case", good.but("Wallet", "alipay"), 400, "field_unknown", ""},
		{"other case below", `{"kind":"show","amount":{"Value":1,"currency":"CNY"}}`, 400, "field_unknown", "amount"},
		{"twice", `{"kind":"show","kind":"show","amount":{"value":1,"currency":"CNY"}}`, 400, "field_unknown", ""},
		{"twice below", `{"kind":"show","amount":{"value":1,"value":100,"currency":"CNY"}}`, 400, "field_unknown", "amount"},
		{"twice in metadata", `{"kind":"show","metadata":{"canary":"1","canary":"2"},"amount":{"value":1,"currency":"CNY"}}`, 400, "field_unknown", "metadata"},
		{"twice below metadata", `{"kind":"show","metadata":{"canary":{"a":1,"a":2}},"amount":{"value":1,"currency":"CNY"}}`, 400, "field_unknown", "metadata"},
		{"empty body", "", 400, "body_malformed", ""},
		{"no JSON", "canary", 400, "body_malformed", ""},
		{"half", `{"kind":"show"`, 400, "body_malformed", ""},
		{"two objects", `{"kind":"show"}{"kind":"show"}`, 400, "body_malformed", ""},
		{"a list", `[{"kind":"show"}]`, 400, "body_malformed", ""},
		{"null", `null`, 400, "body_malformed", ""},
		{"deep", strings.Repeat(`{"amount":`, 40) + "1" + strings.Repeat("}", 40), 400, "field_unknown", "amount"},
		{"no UTF-8", "{\"kind\":\"show\",\"description\":\"\xff\"}", 400, "body_malformed", ""},
		{"too large a body", `{"description":"` + strings.Repeat("a", 70<<10) + `"}`, 413, "body_too_large", ""},
	}
}

// TestWrongPayments: each wrong request has its code and its field, nothing is
// stored, and nothing that was sent comes back.
func TestWrongPayments(t *testing.T) {
	h := open(t)
	for _, c := range slices.Concat(wrongAmounts(), wrongFields(), wrongShapes()) {
		t.Run(c.name, func(t *testing.T) {
			a := h.mine().at(t).do("POST", "/v1/payments", c.body).wantProblem(c.status, c.code, c.field)
			if a.get("money_moved") != "no" || a.get("request_id") != a.header.Get("X-Request-Id") || a.get("title") == "" || a.get("detail") == "" {
				t.Errorf("%s", a.body)
			}
			if strings.Contains(a.body, "canary") || strings.Contains(a.body, long) || strings.Contains(a.body, "130000000000000000") {
				t.Errorf("it tells what was sent: %s", a.body)
			}
		})
	}
	if n := h.count(); n != 0 {
		t.Errorf("%d payments were stored", n)
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Error("the log tells what was sent")
	}
}

// TestZeroByteOnPostgres: a byte that PostgreSQL cannot keep is refused before
// it gets there.
func TestZeroByteOnPostgres(t *testing.T) {
	h := open(t, on(testkit.Postgres(t)))
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/v1/payments/%00", 404, "payment_not_found"},
		{"GET", "/v1/payments/a%00b/timeline", 404, "payment_not_found"},
		{"POST", "/v1/payments/%ff/void", 404, "payment_not_found"},
		{"GET", "/v1/refunds/%00", 404, "refund_not_found"},
		{"POST", "/v1/suspense/%00/attach", 404, "suspense_not_found"},
		{"GET", "/v1/payments?till=%00", 400, "field_invalid"},
		{"GET", "/v1/payments?state=%00", 400, "field_invalid"},
		{"GET", "/v1/payments?cursor=%00", 400, "field_invalid"},
		{"POST", "/notify/wechat/%00", 404, "page_not_found"},
	} {
		if a := h.mine().do(c.method, c.path, nil); a.code != c.status || a.get("code") != c.code {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.code, a.body)
		}
	}
	h.mine().do("POST", "/v1/payments", show("wechat", 100).but("till", "\x00")).wantProblem(404, "till_not_found", "")
	h.mine().do("POST", "/v1/payments", show("wechat", 100).but("shop", "\x00")).wantProblem(400, "field_invalid", "shop")
	h.as("").do("POST", "/v1/sessions", map[string]string{"till": "\x00", "number": "101", "pin": cashierPIN}).wantProblem(404, "till_not_found", "")
}

// TestUsedCodes: codes that a wallet does not take any more are stored answers.
func TestUsedCodes(t *testing.T) {
	h := open(t)
	for _, w := range []guitai.Wallet{guitai.WeChat, guitai.Alipay} {
		used := h.payerCode(w, book.Normal)
		h.mine().do("POST", "/v1/payments", scan(used, 100)).want(200)
		for name, code := range map[string]string{"used": used, "expired": h.payerCode(w, book.Expired)} {
			a := h.mine().do("POST", "/v1/payments", scan(code, 100)).want(200)
			if a.get("state") != "failed" || !strings.HasPrefix(a.get("error.code"), "code_") || a.get("error.money_moved") != "no" {
				t.Errorf("a code of %s that is %s: %s", w, name, a.body)
			}
		}
	}
	if n := h.count(); n != 6 {
		t.Errorf("%d payments are stored, not 6", n)
	}
}

// TestWrongRefunds: what cannot be given back is not, and says why.
func TestWrongRefunds(t *testing.T) {
	h := open(t)
	paid := "/v1/payments/" + h.paid(1000)
	open := "/v1/payments/" + h.mine().do("POST", "/v1/payments", show("wechat", 500)).want(200).get("id")
	for _, c := range []struct {
		path, body  string
		status      int
		code, field string
	}{
		{paid + "/refunds", `{"amount":{"value":1001,"currency":"CNY"}}`, 409, "refund_exceeds", ""},
		{paid + "/refunds", `{"amount":{"value":0,"currency":"CNY"}}`, 400, "amount_zero", "amount.value"},
		{paid + "/refunds", `{"amount":{"value":-1,"currency":"CNY"}}`, 400, "amount_negative", "amount.value"},
		{paid + "/refunds", `{"amount":{"value":0.5,"currency":"CNY"}}`, 400, "amount_not_whole", "amount.value"},
		{paid + "/refunds", `{"amount":{"value":1,"currency":"USD"}}`, 400, "currency_unknown", "amount.currency"},
		{paid + "/refunds", `{}`, 400, "field_missing", "amount"},
		{paid + "/refunds", ``, 400, "body_malformed", ""},
		{paid + "/refunds", `{"amount":{"value":1,"currency":"CNY"},"id":" "}`, 400, "id_malformed", "id"},
		{paid + "/refunds", `{"amount":{"value":1,"currency":"CNY"},"reason":"` + strings.Repeat("长", 81) + `"}`, 400, "field_invalid", "reason"},
		{paid + "/refunds", `{"amount":{"value":1,"currency":"CNY"},"note":""}`, 400, "field_unknown", ""},
		{paid + "/void", `{"amount":1}`, 400, "field_unknown", ""},
		{paid + "/print", `{"copy":1}`, 400, "field_invalid", "copy"},
		{open + "/refunds", `{"amount":{"value":1,"currency":"CNY"}}`, 409, "payment_not_paid", ""},
		{open + "/void", ``, 409, "payment_not_paid", ""},
		{"/v1/payments/none/refunds", `{"amount":{"value":1,"currency":"CNY"}}`, 404, "payment_not_found", ""},
		{"/v1/payments/none/void", ``, 404, "payment_not_found", ""},
	} {
		h.mine().do("POST", c.path, c.body).wantProblem(c.status, c.code, c.field)
	}
	if n := len(h.mine().do("GET", paid+"/refunds", nil).want(200).items()); n != 0 {
		t.Errorf("%d refunds were stored", n)
	}
}

// TestWrongQueries: what a query cannot mean is said by its name.
func TestWrongQueries(t *testing.T) {
	h := open(t)
	paid := "/v1/payments/" + h.paid(1000)
	for path, field := range map[string]string{
		"/v1/payments?limit=0": "limit", "/v1/payments?limit=201": "limit", "/v1/payments?limit=many": "limit",
		"/v1/payments?limit=-1": "limit", "/v1/payments?state=settled": "state", "/v1/payments?created_from=today": "created_from",
		"/v1/payments?created_to=2026-13-01": "created_to", "/v1/payments?cursor=%21": "cursor", "/v1/payments?cursor=eHg": "cursor",
		"/v1/payments?till=a/b": "till", paid + "/receipt?format=pdf": "format", paid + "/receipt?width=70": "width",
		paid + "/receipt?width=wide": "width", paid + "/receipt?lang=fr": "lang", "/v1/events?after=x": "Last-Event-ID",
	} {
		h.mine().do("GET", path, nil).wantProblem(400, "field_invalid", field)
	}
	h.mine().do("GET", paid+"/receipt?refund=none", nil).wantProblem(404, "refund_not_found", "")
	h.mine().with("Idempotency-Key", strings.Repeat("k", 129)).do("POST", "/v1/payments", show("wechat", 1)).
		wantProblem(400, "id_malformed", "Idempotency-Key")
}

// TestContentTypeDoesNotMatter: the API speaks JSON whatever it is called.
func TestContentTypeDoesNotMatter(t *testing.T) {
	h := open(t)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/xml"} {
		c := h.mine().with("Accept", kind).with("Content-Type", kind)
		if a := c.do("POST", "/v1/payments", show("wechat", 100)); a.code != http.StatusOK {
			t.Errorf("%q: %s", kind, a.body)
		}
		c.do("POST", "/v1/payments", show("wechat", 0)).wantProblem(400, "amount_zero", "amount.value")
	}
}

// TestErrorsInThreeLanguages: by Accept-Language, in answers and the catalogue.
func TestErrorsInThreeLanguages(t *testing.T) {
	h := open(t)
	titles := map[string]string{"zh-Hans": "金额是零", "zh-Hant-HK": "金額是零", "en-GB,en;q=0.9": "The amount is zero."}
	for lang, title := range titles {
		c := h.mine().with("Accept-Language", lang)
		a := c.do("POST", "/v1/payments", show("wechat", 0)).wantProblem(400, "amount_zero", "amount.value")
		if a.get("title") != title || a.get("type") != "/v1/errors#amount_zero" {
			t.Errorf("%s: %s", lang, a.body)
		}
		all := c.do("GET", "/v1/errors", nil).want(200).items()
		if len(all) != len(guitai.Codes()) || fmt.Sprint(all[0].value["what"]) != title {
			t.Errorf("%s: the catalogue has %d codes, the first is %v", lang, len(all), all[0].value)
		}
	}
}
