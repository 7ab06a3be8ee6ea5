package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai/notify"
)

// receiver is a program of the merchant's that is told what happens.
type receiver struct {
	url string
	say atomic.Int64 // what it answers

	mu  sync.Mutex
	got []received
}

type received struct {
	header http.Header
	body   string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.say.Store(http.StatusNoContent)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.got = append(r.got, received{req.Header.Clone(), string(b)})
		r.mu.Unlock()
		w.WriteHeader(int(r.say.Load()))
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL + "/hook"
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// signedBy reports whether a message is signed by the secret, and how many
// signatures it has.
func signedBy(m received, secret string) (bool, int) {
	s, err := notify.ParseSecret(secret)
	sec, err2 := strconv.ParseInt(m.header.Get("webhook-timestamp"), 10, 64)
	if err != nil || err2 != nil {
		return false, 0
	}
	want := notify.Sign([]notify.Secret{s}, m.header.Get("webhook-id"), time.Unix(sec, 0), []byte(m.body))
	have := strings.Fields(m.header.Get("webhook-signature"))
	for _, h := range have {
		if h == want {
			return true, len(have)
		}
	}
	return false, len(have)
}

// said is what stands at a place of an answer, as text; a number in the path
// counts in a list.
func said(a answer, path string) string {
	var v any = a.value
	for key := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			if n, err := strconv.Atoi(key); err == nil && n < len(in) {
				v = in[n]
				continue
			}
			return ""
		default:
			return ""
		}
	}
	return fmt.Sprint(v)
}

// TestWebhookOfPayment: a payment is taken and told, signed, once for each state
// that was asked for.
func TestWebhookOfPayment(t *testing.T) {
	h, r := open(t), newReceiver(t)
	earlier := h.paid(500)
	hook := h.mine().do("POST", "/v1/webhooks", map[string]any{"url": r.url, "topics": []string{"payment.paid", "refund.done"}}).want(200)
	if said(hook, "enabled") != "true" || !strings.HasPrefix(hook.get("secret"), "whsec_") {
		t.Errorf("made %s", hook.body)
	}
	path := "/v1/webhooks/" + hook.get("id")
	paid := h.paid(1000)
	h.mine().do("POST", "/v1/payments/"+paid+"/refunds", map[string]any{"amount": money(300)}).want(200)
	within(t, 10*time.Second, "both told", func() bool { return len(r.all()) >= 2 })
	for _, m := range r.all() {
		if ok, n := signedBy(m, hook.get("secret")); !ok || n != 1 {
			t.Errorf("not signed: %v", m.header)
		}
		if !strings.Contains(m.body, paid) || strings.Contains(m.body, earlier) {
			t.Errorf("told %s", m.body)
		}
	}
	within(t, 5*time.Second, "both recorded", func() bool {
		list := h.mine().do("GET", path+"/deliveries", nil).want(200).items()
		return len(list) == 2 && list[0].get("state") == "delivered" && list[1].get("state") == "delivered"
	})
	first := h.mine().do("GET", path+"/deliveries?limit=1", nil).want(200)
	second := h.mine().do("GET", path+"/deliveries?limit=1&cursor="+first.get("next_cursor"), nil).want(200)
	if a, b := first.items()[0], second.items()[0]; a.get("topic") != "refund.done" || b.get("topic") != "payment.paid" {
		t.Errorf("pages %s\n%s", first.body, second.body)
	}
	one := h.mine().do("GET", "/v1/deliveries/"+second.items()[0].get("id"), nil).want(200)
	if !strings.Contains(one.get("body"), `"state":"paid"`) || said(one, "steps.0.outcome") == "" {
		t.Errorf("the delivery is %s", one.body)
	}
	for _, secret := range []string{"", "/deliveries"} {
		if got := h.mine().do("GET", path+secret, nil).want(200); strings.Contains(string(got.body), "whsec_") {
			t.Errorf("shown again: %s", got.body)
		}
	}
}

// TestWebhookReplayAndRotate: a message is sent again word for word under the
// same name; during a rotation both secrets sign.
func TestWebhookReplayAndRotate(t *testing.T) {
	h, r := open(t), newReceiver(t)
	hook := h.mine().do("POST", "/v1/webhooks", map[string]any{"url": r.url}).want(200)
	path := "/v1/webhooks/" + hook.get("id")
	sent := h.mine().do("POST", path+"/test", nil).want(200)
	within(t, 5*time.Second, "told", func() bool { return len(r.all()) == 1 })
	fresh := h.mine().do("POST", path+"/rotate", nil).want(200)
	if fresh.get("secret") == hook.get("secret") || fresh.get("old_secret_until") == "" {
		t.Errorf("rotated to %s", fresh.body)
	}
	within(t, 5*time.Second, "recorded", func() bool {
		return h.mine().do("GET", "/v1/deliveries/"+sent.get("id"), nil).want(200).get("state") == "delivered"
	})
	h.mine().do("POST", "/v1/deliveries/"+sent.get("id")+"/replay", nil).want(200)
	within(t, 5*time.Second, "told again", func() bool { return len(r.all()) == 2 })
	a, b := r.all()[0], r.all()[1]
	if a.body != b.body || a.header.Get("webhook-id") != b.header.Get("webhook-id") || a.header.Get("webhook-id") != sent.get("message_id") {
		t.Errorf("first %v\nagain %v", a, b)
	}
	old, n := signedBy(b, hook.get("secret"))
	if now, _ := signedBy(b, fresh.get("secret")); !old || !now || n != 2 {
		t.Errorf("signed %v", b.header)
	}
	within(t, 5*time.Second, "recorded again", func() bool {
		d := h.mine().do("GET", "/v1/deliveries/"+sent.get("id"), nil).want(200)
		return d.get("state") == "delivered" && said(d, "tries") == "1" && said(d, "steps.2.outcome") == "delivered"
	})
	h.pass(25 * time.Hour)
	h.mine().do("POST", "/v1/deliveries/"+sent.get("id")+"/replay", nil).want(200)
	within(t, 5*time.Second, "told a third time", func() bool { return len(r.all()) == 3 })
	if old, n := signedBy(r.all()[2], hook.get("secret")); old || n != 1 {
		t.Errorf("a day later signed %v", r.all()[2].header)
	}
}

// TestWebhookDown: what was not taken waits, and says why; 410 ends it.
func TestWebhookDown(t *testing.T) {
	h, r := open(t), newReceiver(t)
	r.say.Store(http.StatusInternalServerError)
	hook := h.mine().do("POST", "/v1/webhooks", map[string]any{"url": r.url}).want(200)
	path := "/v1/webhooks/" + hook.get("id")
	sent := "/v1/deliveries/" + h.mine().do("POST", path+"/test", nil).want(200).get("id")
	within(t, 5*time.Second, "failed", func() bool { return h.mine().do("GET", sent, nil).want(200).get("last.outcome") == "failed" })
	d := h.mine().do("GET", sent, nil).want(200)
	if d.get("state") != "waiting" || said(d, "last.http") != "500" || d.get("last.failure") != "refused" || d.get("next_try_at") == "" {
		t.Errorf("it is %s", d.body)
	}
	if got := h.mine().do("GET", path, nil).want(200); got.get("failing_since") == "" {
		t.Errorf("the webhook is %s", got.body)
	}
	r.say.Store(http.StatusGone)
	h.pass(time.Minute)
	within(t, 5*time.Second, "given up", func() bool { return h.mine().do("GET", sent, nil).want(200).get("state") == "given_up" })
	if got := h.mine().do("GET", path, nil).want(200); said(got, "enabled") != "false" || got.get("off_reason") != "gone" {
		t.Errorf("the webhook is %s", got.body)
	}
	h.mine().do("POST", sent+"/replay", nil).wantProblem(409, "webhook_off", "")
	h.mine().do("POST", path+"/test", nil).wantProblem(409, "webhook_off", "")
	r.say.Store(http.StatusOK)
	h.mine().do("POST", path, map[string]any{"enabled": true}).want(200)
	h.mine().do("POST", sent+"/replay", nil).want(200)
	within(t, 5*time.Second, "delivered", func() bool { return h.mine().do("GET", sent, nil).want(200).get("state") == "delivered" })
	if got := h.mine().do("GET", path, nil).want(200); said(got, "enabled") != "true" {
		t.Errorf("the webhook is %s", got.body)
	}
}

// TestWebhookRequests: what is refused, and for whom there is nothing to see.
func TestWebhookRequests(t *testing.T) {
	h := open(t, staffed)
	mine := h.mine()
	for url, c := range map[string]string{
		"":                             "webhook_url_forbidden",
		"ftp://example.com/":           "webhook_url_forbidden",
		"https://a:b@example.com/":     "webhook_url_forbidden",
		"https://example.com/#x":       "webhook_url_forbidden",
		"https://example.com:22/":      "webhook_url_forbidden",
		"http://169.254.169.254/":      "webhook_url_forbidden",
		"https://[::ffff:a9fe:a9fe]/x": "webhook_url_forbidden",
		"https://" + strings.Repeat("a", 1024) + ".example/": "webhook_url_forbidden",
	} {
		mine.do("POST", "/v1/webhooks", map[string]any{"url": url}).wantProblem(400, c, "url")
	}
	good := map[string]any{"url": "https://example.com/hook"}
	for _, topics := range [][]string{{"payment.lost"}, {"payment.paid", "payment.paid"}, {""}} {
		mine.do("POST", "/v1/webhooks", map[string]any{"url": "https://example.com/hook", "topics": topics}).wantProblem(400, "field_invalid", "topics")
	}
	made := mine.do("POST", "/v1/webhooks", good).want(200)
	path := "/v1/webhooks/" + made.get("id")
	theirs := h.as(h.otherKey)
	for _, p := range []string{path, path + "/deliveries", "/v1/webhooks/whk_none"} {
		theirs.do("GET", p, nil).wantProblem(404, "webhook_not_found", "")
	}
	for _, p := range []string{path + "/rotate", path + "/test"} {
		theirs.do("POST", p, nil).wantProblem(404, "webhook_not_found", "")
	}
	theirs.do("POST", path, map[string]any{"enabled": false}).wantProblem(404, "webhook_not_found", "")
	theirs.do("GET", "/v1/deliveries/dlv_none", nil).wantProblem(404, "delivery_not_found", "")
	theirs.do("DELETE", path, nil).want(204)
	h.person("101", cashierPIN).do("GET", "/v1/webhooks", nil).wantProblem(403, "role_forbidden", "")
	if got := h.person("201", managerPIN).do("GET", "/v1/webhooks", nil).want(200).items(); len(got) != 1 {
		t.Errorf("the manager sees %d", len(got))
	}
	mine.do("POST", path, map[string]any{"description": "the books", "enabled": false}).want(200)
	if got := mine.do("GET", path, nil).want(200); got.get("description") != "the books" || got.get("off_reason") != "hand" || got.get("url") != "https://example.com/hook" {
		t.Errorf("changed to %s", got.body)
	}
	mine.do("DELETE", path, nil).want(204)
	mine.do("DELETE", path, nil).want(204)
	mine.do("GET", path, nil).wantProblem(404, "webhook_not_found", "")
	for range 20 {
		mine.do("POST", "/v1/webhooks", good).want(200)
	}
	mine.do("POST", "/v1/webhooks", good).wantProblem(409, "webhooks_too_many", "")
}
