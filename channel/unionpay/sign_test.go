package unionpay

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/channel"
)

func TestSignText(t *testing.T) {
	got := signText(fields{"txnType": "01", "b": "x&y=z 中", "signature": "no", "empty": "", "A": "upper first"})
	if want := "A=upper first&b=x&y=z 中&txnType=01"; got != want {
		t.Errorf("signText = %q, want %q", got, want)
	}
}

// openssl runs the program that checks us from outside.
func openssl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("GUITAI_TEST_ALL") == "1" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

func write(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What we sign is checked by openssl: its hash of the text, in hex, is what its
// verification runs over.
func TestOpenSSLVerifiesOurs(t *testing.T) {
	g := newGateway(t, func(asked url.Values) string { return raw(sealed(t, echo(asked, "respCode", "00"))) })
	open(t, options(g.URL)).Charge(t.Context(), aCharge())
	form, path := g.last()
	f := fields{}
	for name := range form {
		f[name] = form.Get(name)
	}
	text := write(t, "text", []byte(signText(f)))
	out, err := openssl(t, "dgst", "-sha256", text)
	if err != nil {
		t.Fatal(out)
	}
	_, hex, _ := strings.Cut(strings.TrimSpace(out), "= ")
	if len(hex) != 64 || strings.ToLower(hex) != hex {
		t.Fatalf("openssl's hash: %q", out)
	}
	b64 := write(t, "sig.b64", []byte(f["signature"]+"\n"))
	sig := filepath.Join(t.TempDir(), "sig")
	if out, err := openssl(t, "base64", "-d", "-A", "-in", b64, "-out", sig); err != nil {
		t.Fatal(out)
	}
	cert := write(t, "cert.pem", certPEM(testHouse().merchant))
	public, err := openssl(t, "x509", "-in", cert, "-pubkey", "-noout")
	if err != nil {
		t.Fatal(public)
	}
	out, err = openssl(t, "dgst", "-sha256", "-verify", write(t, "public.pem", []byte(public)), "-signature", sig, write(t, "hex", []byte(hex)))
	if err != nil || !strings.Contains(out, "Verified OK") {
		t.Errorf("openssl says %q (%v)", out, err)
	}
	if out, err = openssl(t, "x509", "-in", cert, "-serial", "-noout"); err != nil || !strings.Contains(out, "1034553370") || f["certId"] != "69597475696" {
		t.Errorf("certId %s, openssl %q", f["certId"], out)
	}
	if path != "/gateway/api/backTransReq.do" {
		t.Errorf("sent to %s", path)
	}
}

// What openssl signs, we verify.
func TestOpenSSLSigns(t *testing.T) {
	f := fields{"respCode": "00", "respMsg": "成功[0000000]", "signMethod": "01", "signPubKeyCert": string(certPEM(testHouse().own))}
	key := write(t, "key.pem", keyPEM(testHouse().keys[2]))
	sig := filepath.Join(t.TempDir(), "sig")
	if out, err := openssl(t, "dgst", "-sha256", "-sign", key, "-out", sig, write(t, "hex", []byte(hexSum(signText(f))))); err != nil {
		t.Fatal(out)
	}
	out, err := openssl(t, "base64", "-A", "-in", sig)
	if err != nil {
		t.Fatal(out)
	}
	f["signature"] = strings.TrimSpace(out)
	c := open(t, options("https://gateway.95516.com"))
	if err := c.seal.verify(f, noon()); err != nil {
		t.Errorf("openssl's signature %v", err)
	}
	f["respCode"] = "01"
	if c.seal.verify(f, noon()) == nil {
		t.Error("a changed message was taken")
	}
}

// The vector was made with openssl, by SHA-256 twice:
//
//	k=$(printf '0123456789abcdef0123456789abcdef' | openssl dgst -sha256 -r | cut -c1-64)
//	printf 'merId=777290000000001&signMethod=11&txnType=00&%s' $k | openssl dgst -sha256 -r
func TestSharedKey(t *testing.T) {
	c := open(t, Options{BaseURL: "https://gateway.95516.com", MerID: merID, SecureKey: []byte("0123456789abcdef0123456789abcdef\n"), Now: noon})
	form, err := c.seal.form(fields{"merId": merID, "txnType": "00", "empty": ""})
	if err != nil {
		t.Fatal(err)
	}
	v, err := url.ParseQuery(form)
	if err != nil || v.Get("signature") != "98be52f885870b7138dd024ae81a8f349ff0a9f160e2d45aec2604b4acc66d9c" || v.Has("certId") {
		t.Errorf("%s %v", form, err)
	}
	f := fields{}
	for name := range v {
		f[name] = v.Get(name)
	}
	if err := c.seal.verify(f, noon()); err != nil {
		t.Error(err)
	}
	f["txnType"] = "01"
	if c.seal.verify(f, noon()) == nil {
		t.Error("a changed message was taken")
	}
}

func TestRequest(t *testing.T) {
	g := newGateway(t, func(asked url.Values) string { return raw(sealed(t, echo(asked, "respCode", "00"))) })
	c := open(t, options(g.URL))
	has := func(what string, want map[string]string) {
		t.Helper()
		form, _ := g.last()
		for name, value := range want {
			if form.Get(name) != value || len(form[name]) > 1 {
				t.Errorf("%s: %s = %q, want %q", what, name, form[name], value)
			}
		}
		for name, values := range form {
			if values[0] == "" {
				t.Errorf("%s: %s was sent empty", what, name)
			}
		}
	}
	common := map[string]string{"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "bizType": "000000", "accessType": "0",
		"channelType": "08", "merId": merID, "txnTime": "20261121115959", "orderId": no, "certId": "69597475696"}
	c.Charge(t.Context(), aCharge())
	has("charge", common)
	has("charge", map[string]string{"txnType": "01", "txnSubType": "06", "qrNo": aCode, "txnAmt": "1250", "currencyCode": "156",
		"termId": "00000001", "backUrl": "https://shop.example/n"})
	ch := aCharge()
	ch.NotifyURL, ch.Place.Till = "", "TILL0007"
	c.Charge(t.Context(), ch)
	has("charge", map[string]string{"termId": "TILL0007", "backUrl": "http://www.specialUrl.com"})
	c.Show(t.Context(), channel.Show{Order: anOrder("show"), Expires: noon().Add(90*time.Second + 400*time.Millisecond)})
	has("show", common)
	has("show", map[string]string{"txnType": "01", "txnSubType": "07", "payTimeout": "20261121120130", "reqReserved": "payTimeout20261121120130"})
	c.Show(t.Context(), channel.Show{Order: anOrder("show"), Expires: noon().Add(24 * time.Hour)})
	has("show", map[string]string{"payTimeout": "20261121140000"})
	c.Ask(t.Context(), anOrder("show"))
	has("ask", common)
	has("ask", map[string]string{"txnType": "00", "txnSubType": "00"})
	if _, path := g.last(); path != "/gateway/api/queryTrans.do" {
		t.Errorf("a query went to %s", path)
	}
	c.End(t.Context(), anOrder("scan"))
	has("end", common)
	has("end", map[string]string{"txnType": "99", "txnSubType": "01", "txnAmt": ""})
	c.Refund(t.Context(), aRefund())
	has("refund", map[string]string{"txnType": "04", "txnSubType": "00", "orderId": "R20261121000001", "txnTime": "20261121120000", "txnAmt": "300",
		"origQryId": "202611211200011234567", "origOrderId": ""})
	r := aRefund()
	r.Order.WalletNo = ""
	c.Refund(t.Context(), r)
	has("refund", map[string]string{"origOrderId": no, "origTxnTime": "20261121115959", "origQryId": ""})
	c.AskRefund(t.Context(), r)
	has("ask refund", map[string]string{"txnType": "00", "orderId": "R20261121000001", "txnTime": "20261121120000"})
}

func TestOpenRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"no merchant":   func(o *Options) { o.MerID = "777" },
		"no clock":      func(o *Options) { o.Now = nil },
		"no key":        func(o *Options) { o.SignKey = nil },
		"key for cert":  func(o *Options) { o.SignCert = o.SignKey },
		"other's cert":  func(o *Options) { o.SignCert = certPEM(testHouse().own) },
		"no middle":     func(o *Options) { o.MiddleCert = nil },
		"no root":       func(o *Options) { o.RootCert = nil },
		"root for both": func(o *Options) { o.RootCert = certPEM(testHouse().merchant) },
		"both methods":  func(o *Options) { o.SecureKey = []byte("0123456789abcdef") },
		"short key": func(o *Options) {
			*o = Options{BaseURL: o.BaseURL, MerID: o.MerID, Now: o.Now, SecureKey: []byte("abc")}
		},
		"clear text":     func(o *Options) { o.BaseURL = "http://gateway.95516.com" },
		"files in clear": func(o *Options) { o.FileURL = "http://filedownload.95516.com/" },
		"no address":     func(o *Options) { o.BaseURL, o.FileURL = "", "" },
		"odd terminal":   func(o *Options) { o.TermID = "1" },
		"ten years on":   func(o *Options) { o.Now = func() time.Time { return noon().AddDate(10, 0, 0) } },
	} {
		o := options("https://gateway.95516.com")
		spoil(&o)
		if _, err := Open(o); err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: the error quotes a key", name)
		}
	}
}
