package alipay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// testKeys are the app's key and Alipay's.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func appKey() *rsa.PrivateKey    { return testKeys()[0] }
func alipayKey() *rsa.PrivateKey { return testKeys()[1] }

func privatePEM(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func publicPEM(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func noon() time.Time { return time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC) }

// options are those of a test account with plain keys.
func options(t testing.TB, gateway string) Options {
	t.Helper()
	return Options{Gateway: gateway, AppID: "2021000000000001", AppPrivateKey: privatePEM(t, appKey()),
		AlipayPublicKey: publicPEM(t, alipayKey()), SellerID: "2088000000000001", Timeout: 5 * time.Second, Now: noon}
}

func open(t testing.TB, o Options) *Channel {
	t.Helper()
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// gateway answers each call with what say returns, and keeps what it was told.
type gateway struct {
	*httptest.Server
	mu    sync.Mutex
	forms []url.Values
}

func newGateway(t testing.TB, say func(method string) []byte) *gateway {
	t.Helper()
	g := &gateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		g.forms = append(g.forms, r.Form)
		g.mu.Unlock()
		_, _ = w.Write(say(r.Form.Get("method")))
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) last() url.Values {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.forms[len(g.forms)-1]
}

func (g *gateway) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.forms)
}

// signed makes an answer with this node as Alipay does.
func signed(t testing.TB, method, text string) []byte {
	t.Helper()
	sig, err := sign(alipayKey(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`{"` + strings.ReplaceAll(method, ".", "_") + `_response":` + text + `,"sign":"` + sig + `"}`)
}

// saying is a channel whose gateway answers everything with this node.
func saying(t testing.TB, text string) *Channel {
	t.Helper()
	g := newGateway(t, func(method string) []byte { return signed(t, method, text) })
	return open(t, options(t, g.URL))
}

func anOrder() channel.Order {
	return channel.Order{No: "G20261121000001", Kind: guitai.Scan, Amount: guitai.Fen(1250), Made: noon()}
}

const aCode = "281234567890123456"

func aCharge() channel.Charge {
	return channel.Charge{Order: anOrder(), AuthCode: aCode, Description: "早餐 a/b", NotifyURL: "https://shop.example/n",
		Place: channel.Place{Shop: "S1", Till: "T1", Operator: "7"}}
}

func aRefund() channel.Refund {
	return channel.Refund{No: "R1", Order: anOrder(), Amount: guitai.Fen(300), Reason: "凉了"}
}

// node writes an object of text fields.
func object(t testing.TB, pairs ...string) string {
	t.Helper()
	fields := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
