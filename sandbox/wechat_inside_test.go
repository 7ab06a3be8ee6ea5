package sandbox_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
	"guitai/sandbox/wechat"
)

// TestAuthorisationPage refuses what the real one refuses.
func TestAuthorisationPage(t *testing.T) {
	dir := newDir(t)
	_, m := openStreet(t, dir, 1), newMerchant(t, dir)
	good := url.Values{"appid": {m.c.Appid}, "redirect_uri": {"https://shop.example/p"}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"s"}}
	get := func(q url.Values, payer string) *http.Response {
		r := ok(http.NewRequest("GET", m.c.OAuthBaseURL+"/connect/oauth2/authorize?"+q.Encode(), nil))(t)
		if payer != "" {
			r.Header.Set("X-Sandbox-Payer", payer)
		}
		resp := ok(http.DefaultTransport.RoundTrip(r))(t)
		_ = resp.Body.Close()
		return resp
	}
	if r := get(good, ""); r.StatusCode != 302 || r.Header.Get("Location") == "" {
		t.Errorf("%d", r.StatusCode)
	}
	for what, c := range map[string]struct{ name, value, payer string }{
		"script":       {"redirect_uri", "javascript:alert(1)//x", ""},
		"no host":      {"redirect_uri", "https:///x", ""},
		"file":         {"redirect_uri", "file://host/etc", ""},
		"other app":    {"appid", "wx0", ""},
		"other scope":  {"scope", "all", ""},
		"other type":   {"response_type", "token", ""},
		"no payer":     {"state", "s", "wechat-nobody"},
		"other wallet": {"state", "s", "alipay-wang"},
	} {
		q := maps.Clone(good)
		q.Set(c.name, c.value)
		if r := get(q, c.payer); r.StatusCode != 400 || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", what, r.StatusCode, r.Header.Get("Location"))
		}
	}
}

// TestCheckHandOver: the phone believes only what the merchant's key signed,
// for that order, now.
func TestCheckHandOver(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	payers := ok(s.Book().Payers(book.WeChat))(t)
	body := m.native("inside-0001", 100, nowhere)
	body["payer"] = map[string]string{"openid": payers[0].OpenID}
	a := m.v3("POST", "/v3/pay/transactions/jsapi", body)
	if a.code != 200 || a.str("prepay_id") == "" {
		t.Fatalf("%d %s", a.code, a.body)
	}
	// A second provider over the same keys and book, as the street would hold it.
	p := ok(wechat.Open(wallet.Desk{Dir: filepath.Join(dir, "wechat"), Book: s.Book(), Faults: fault.New(fault.Options{}), Now: time.Now, Rand: rand.Reader}))(t)
	signed := func(change func(map[string]string)) map[string]string {
		params := map[string]string{"appId": m.c.Appid, "timeStamp": fmt.Sprint(time.Now().Unix()), "nonceStr": "n", "package": "prepay_id=" + a.str("prepay_id"), "signType": "RSA"}
		change(params)
		sum := sha256.Sum256([]byte(params["appId"] + "\n" + params["timeStamp"] + "\n" + params["nonceStr"] + "\n" + params["package"] + "\n"))
		params["paySign"] = base64.StdEncoding.EncodeToString(ok(rsa.SignPKCS1v15(nil, m.key, crypto.SHA256, sum[:]))(t))
		return params
	}
	good := signed(func(map[string]string) {})
	if err := p.CheckHandOver(good); err != nil {
		t.Error(err)
	}
	bad := map[string]map[string]string{
		"old":         signed(func(p map[string]string) { p["timeStamp"] = fmt.Sprint(time.Now().Add(-time.Hour).Unix()) }),
		"other order": signed(func(p map[string]string) { p["package"] = "prepay_id=wx0" }),
		"other app":   signed(func(p map[string]string) { p["appId"] = "wx0" }),
		"MD5":         signed(func(p map[string]string) { p["signType"] = "MD5" }),
		"empty":       {},
	}
	for name := range good {
		c := maps.Clone(good)
		c[name] += "1"
		bad["changed "+name] = c
	}
	for what, params := range bad {
		if err := p.CheckHandOver(params); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
