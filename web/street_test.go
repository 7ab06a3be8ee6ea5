package web_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"guitai"
	"guitai/channel"
	"guitai/channel/alipay"
	"guitai/channel/wechat"
	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// street is the wallets' side, one for all tests here: its keys take seconds to
// make. Every house has order numbers of its own.
type street struct {
	*sandbox.Street
	dir    string
	wechat wechat.Options
	alipay alipay.Options
}

// theStreet opens the street at the first need.
var theStreet = sync.OnceValues(openStreet)

func openStreet() (*street, error) {
	dir, err := os.MkdirTemp("", "guitai-web-")
	if err != nil {
		return nil, err
	}
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader, Speed: 20})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	out := &street{Street: s, dir: dir}
	return out, out.read()
}

// read takes both wallets' credentials from where the street wrote them.
func (s *street) read() error {
	var all struct {
		WeChat map[string]string `json:"wechat"`
		Alipay map[string]string `json:"alipay"`
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "credentials.json"))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return err
	}
	file := func(name string) []byte {
		b, failed := os.ReadFile(filepath.Join(s.dir, name))
		err = errors.Join(err, failed)
		return b
	}
	w, a := all.WeChat, all.Alipay
	s.wechat = wechat.Options{BaseURL: w["base_url"], TLSBaseURL: w["tls_base_url"], TLSCA: file(w["tls_ca"]), MchID: w["mchid"],
		AppID: w["appid"], SerialNo: w["serial_no"], PrivateKey: file(w["private_key"]), Certificate: file(w["certificate"]),
		APIv3Key: w["api_v3_key"], APIv2Key: w["api_v2_key"], PublicKeyID: w["public_key_id"], PublicKey: file(w["public_key"]),
		Mode: wechat.ModePublicKey, Now: time.Now, Rand: rand.Reader}
	s.alipay = alipay.Options{Gateway: a["gateway"], AppID: a["app_id"], SellerID: a["seller_id"],
		AppPrivateKey: file(a["app_private_key"]), AlipayPublicKey: file(a["alipay_public_key"]), Now: time.Now}
	return err
}

// channels opens an adapter to each wallet.
func (s *street) channels() (map[guitai.Wallet]channel.Channel, error) {
	w, err := wechat.Open(s.wechat)
	if err != nil {
		return nil, err
	}
	a, err := alipay.Open(s.alipay)
	return map[guitai.Wallet]channel.Channel{guitai.WeChat: w, guitai.Alipay: a}, err
}

// TestMain takes the street down behind the last test and sees that no
// goroutine of ours is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if s, err := theStreet(); err == nil {
		if err := errors.Join(s.Close(), os.RemoveAll(s.dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := goleak.Find(goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// payerCode is a fresh code on the phone of a payer who behaves like that.
func (h *house) payerCode(w guitai.Wallet, how book.Behaviour) string {
	h.t.Helper()
	c, err := h.street.Book().PayerCode(book.Wallet(w), "", how)
	if err != nil {
		h.t.Fatal(err)
	}
	return c.Text
}

// payShown lets a payer scan a shown code and pay it.
func (h *house) payShown(code string) {
	h.t.Helper()
	if _, err := h.street.Book().Pay(code, "", book.Normal); err != nil {
		h.t.Fatal(err)
	}
}

// fault makes the next call of an op go wrong, until the test ends.
func (h *house) fault(w guitai.Wallet, op string, kind fault.Kind) {
	h.t.Helper()
	if err := h.street.Faults().Add(fault.Rule{Provider: string(w), Op: op, Kind: kind, Count: 1}); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.street.Faults().Clear)
}
