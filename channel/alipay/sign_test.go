package alipay

import (
	"encoding/json"
	"strings"
	"testing"
)

// The vector was made with openssl from a throw-away key:
//
//	openssl dgst -sha256 -sign key.pem text | base64 -w0
func TestVerifyVector(t *testing.T) {
	key, err := parsePublicKey([]byte(vectorKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(key, []byte(vectorText), vectorSign); err != nil {
		t.Fatalf("openssl's signature: %v", err)
	}
	for _, text := range []string{vectorText + " ", strings.Replace(vectorText, "a=1", "a=2", 1), ""} {
		if verify(key, []byte(text), vectorSign) == nil {
			t.Errorf("signature taken for %q", text)
		}
	}
	for _, sig := range []string{"", "!", vectorSign[:len(vectorSign)-4], "A" + vectorSign[1:], " " + vectorSign} {
		if verify(key, []byte(vectorText), sig) == nil {
			t.Errorf("signature %.10q… taken", sig)
		}
	}
}

func TestSignText(t *testing.T) {
	got := signText(map[string]string{"sign_type": "RSA2", "b": "x&y=z 中", "a": "1", "sign": "no", "empty": "", "A": "upper first"})
	if want := "A=upper first&a=1&b=x&y=z 中&sign_type=RSA2"; got != want {
		t.Errorf("signText = %q, want %q", got, want)
	}
}

func TestFormIsSigned(t *testing.T) {
	g := newGateway(t, func(m string) []byte {
		return signed(t, m, `{"code":"10003","msg":"x","out_trade_no":"G20261121000001"}`)
	})
	open(t, options(t, g.URL)).Charge(t.Context(), aCharge())
	form := g.last()
	params := map[string]string{}
	for name, values := range form {
		if len(values) != 1 {
			t.Errorf("%s came %d times", name, len(values))
		}
		params[name] = values[0]
	}
	if err := verify(&appKey().PublicKey, []byte(signText(params)), params["sign"]); err != nil {
		t.Errorf("the request's signature %v", err)
	}
	want := map[string]string{"app_id": "2021000000000001", "method": "alipay.trade.pay", "format": "JSON", "charset": "utf-8",
		"sign_type": "RSA2", "timestamp": "2026-11-21 12:00:00", "version": "1.0", "notify_url": "https://shop.example/n"}
	for name, value := range want {
		if params[name] != value {
			t.Errorf("%s = %q, want %q", name, params[name], value)
		}
	}
	var b biz
	if err := json.Unmarshal([]byte(params["biz_content"]), &b); err != nil {
		t.Fatal(err)
	}
	if b.OutTradeNo != anOrder().No || b.Scene != "bar_code" || b.AuthCode != aCode || b.TotalAmount != "12.50" || b.Subject != "早餐 a／b" ||
		b.StoreID != "S1" || b.TerminalID != "T1" || b.OperatorID != "7" || b.ProductCode != "FACE_TO_FACE_PAYMENT" || b.SellerID != "2088000000000001" {
		t.Errorf("biz_content %+v", b)
	}
}

func TestKeysRefused(t *testing.T) {
	good := options(t, "https://openapi.alipay.com/gateway.do")
	if _, err := Open(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"no app":          func(o *Options) { o.AppID = "" },
		"no clock":        func(o *Options) { o.Now = nil },
		"no key":          func(o *Options) { o.AppPrivateKey = nil },
		"public for own":  func(o *Options) { o.AppPrivateKey = o.AlipayPublicKey },
		"own for public":  func(o *Options) { o.AlipayPublicKey = o.AppPrivateKey },
		"no public key":   func(o *Options) { o.AlipayPublicKey = nil },
		"both modes":      func(o *Options) { o.AppCert = []byte("x") },
		"clear text":      func(o *Options) { o.Gateway = "http://openapi.alipay.com/gateway.do" },
		"no gateway":      func(o *Options) { o.Gateway = "" },
		"gateway with ?":  func(o *Options) { o.Gateway += "?a=b" },
		"half of a chain": func(o *Options) { o.AlipayPublicKey, o.AppCert = nil, []byte("x") },
	} {
		o := good
		spoil(&o)
		if _, err := Open(o); err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: the error quotes a key", name)
		}
	}
}
