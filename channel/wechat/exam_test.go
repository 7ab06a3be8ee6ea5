package wechat_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/channel/wechat"
	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// street is the sandbox, reached over its sockets with what stands in its
// credentials.json, and a shop's address for notices.
type street struct {
	*sandbox.Street
	options wechat.Options
	inbox   *channeltest.Inbox
	notify  string
	teller  *teller
	asShop  map[string]wechat.Options // as a service provider, by the shop's number
	shops   []string                  // the provider's
	sm2Key  []byte
	sm2Cert []byte
	said    func(*wechat.Options) // how the teller's customer is set; nil: as it comes
}

func openStreet(t *testing.T) *street {
	t.Helper()
	return openStreetAt(t, time.Now)
}

// openStreetAt is a street with a clock of its own, and so are its customers.
func openStreetAt(t *testing.T, now func() time.Time) *street {
	t.Helper()
	dir := t.TempDir()
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: now, Rand: rand.Reader, Speed: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	x := &street{Street: s, inbox: &channeltest.Inbox{}, teller: newTeller(t)}
	x.credentials(t, dir)
	x.options.Now = now
	ear := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		x.inbox.Put(channel.RawNotice{Header: r.Header, Body: body})
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(ear.Close)
	x.notify = ear.URL + "/notify/wechat/acc"
	return x
}

// credentials reads what the sandbox tells its merchants.
func (x *street) credentials(t *testing.T, dir string) {
	t.Helper()
	file := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(file("credentials.json"), &all); err != nil {
		t.Fatal(err)
	}
	read := func(name string) map[string]string {
		m := map[string]string{}
		if err := json.Unmarshal(all[name], &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	c := read("wechat")
	x.options = wechat.Options{
		BaseURL: c["base_url"], TLSBaseURL: c["tls_base_url"], TLSCA: file(c["tls_ca"]), MchID: c["mchid"], AppID: c["appid"], SerialNo: c["serial_no"],
		PrivateKey: file(c["private_key"]), Certificate: file(c["certificate"]), APIv3Key: c["api_v3_key"], APIv2Key: c["api_v2_key"],
		AppSecret: c["app_secret"], OAuthURL: c["oauth_base_url"],
		PublicKeyID: c["public_key_id"], PublicKey: file(c["public_key"]), Mode: wechat.ModePublicKey, Now: time.Now, Rand: rand.Reader,
	}
	x.sm2Key, x.sm2Cert = file(c["sm2_private_key"]), file(c["sm2_certificate"])
	x.asShop = map[string]wechat.Options{}
	for _, name := range []string{"wechat_shop_1", "wechat_shop_2"} {
		o, c := x.options, read(name)
		o.MchID, o.AppID, o.AppSecret, o.SerialNo = c["sp_mchid"], c["sp_appid"], c["app_secret"], c["serial_no"]
		o.PrivateKey, o.Certificate = file(c["private_key"]), file(c["certificate"])
		o.APIv3Key, o.APIv2Key, o.SubMchID, o.SubAppID = c["api_v3_key"], c["api_v2_key"], c["sub_mchid"], c["sub_appid"]
		x.shops = append(x.shops, o.SubMchID)
		x.asShop[o.SubMchID] = o
	}
}

func open(t testing.TB, o wechat.Options) *wechat.Channel {
	t.Helper()
	c, err := wechat.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// nextNotice waits for a notice after the first n.
func (x *street) nextNotice(t *testing.T, n int) channel.RawNotice {
	t.Helper()
	for range 1000 {
		if all := x.inbox.All(); len(all) > n {
			return all[n]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no notice comes")
	return channel.RawNotice{}
}

// inSM2 are the merchant's credentials of the national ciphers.
func (x *street) inSM2() wechat.Options {
	o := x.options
	o.Mode, o.PublicKeyID, o.PublicKey = wechat.ModeCertificate, "", nil
	o.Algorithm, o.SM2PrivateKey, o.SM2Certificate = wechat.AlgorithmSM2, x.sm2Key, x.sm2Cert
	return o
}

// sandboxOp is the sandbox's name of a call.
func sandboxOp(c channeltest.Call, edition wechat.CodePay) string {
	show := c.Kind == guitai.Show
	switch c.Op {
	case channeltest.OpCharge:
		return map[bool]string{true: "codepay", false: "micropay"}[edition == wechat.CodePayV3]
	case channeltest.OpShow:
		return "native"
	case channeltest.OpRefund:
		return "refund"
	case channeltest.OpAskRefund:
		return "refund_query"
	case channeltest.OpAsk:
		return map[bool]string{true: "query", false: "orderquery"}[show || edition == wechat.CodePayV3]
	}
	return map[bool]string{true: "close", false: "reverse"}[show]
}

func sandboxKind(f channeltest.Fault) fault.Kind {
	return map[channeltest.Fault]fault.Kind{
		channeltest.SilentBefore: fault.SilenceBefore, channeltest.SilentAfter: fault.SilenceAfter,
		channeltest.ErrorBefore: fault.HTTP500, channeltest.ErrorAfter: fault.HTTP500After,
		channeltest.HalfBody: fault.HalfBody, channeltest.BadSignature: fault.BadSignature, channeltest.WrongAmount: fault.WrongAmount,
	}[f]
}

func (x *street) payerCode(t testing.TB, b channeltest.Behaviour) string {
	t.Helper()
	how := map[channeltest.Behaviour]book.Behaviour{
		channeltest.Pays: book.Normal, channeltest.Types: book.PasswordOK, channeltest.Cancels: book.Cancel,
		channeltest.Ignores: book.AskPassword, channeltest.Poor: book.Poor,
	}
	code, err := x.Book().PayerCode(book.WeChat, "", how[b])
	if err != nil {
		t.Fatal(err)
	}
	return code.Text
}

func (x *street) judge(t testing.TB, no string) channeltest.Book {
	t.Helper()
	orders, err := x.Book().Orders(book.Filter{Wallet: book.WeChat, OrderNo: no})
	if err != nil || len(orders) > 1 {
		t.Fatalf("%d orders %s: %v", len(orders), no, err)
	}
	if len(orders) == 0 {
		return channeltest.Book{}
	}
	o := orders[0]
	return channeltest.Book{Charges: len(o.Charges), ChargedFen: o.ChargedFen, BackFen: o.GivenBackFen}
}

// inject adds a rule through the control, as any test outside Go would.
func (x *street) inject(t testing.TB, op string, kind fault.Kind) {
	t.Helper()
	body := fmt.Sprintf(`{"provider":"wechat","op":%q,"kind":%q,"count":1}`, op, kind)
	r, err := http.Post(x.URL()+"/control/faults", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", body, r.Status)
	}
}

// saying gives a channel to the teller, who refuses with the code.
func (x *street) saying(t testing.TB, _ channeltest.Call, code string) channel.Channel {
	t.Helper()
	x.teller.tells(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v3/") {
			x.teller.v2(w, map[string]string{"result_code": "FAIL", "err_code": code, "err_code_des": "…", "recall": "N"})
			return
		}
		x.teller.v3(w, codeHTTP(code), fmt.Sprintf(`{"code":%q,"message":"…"}`, code))
	})
	return x.teller.opened(func(o *wechat.Options) {
		o.TLSBaseURL = ""
		if x.said != nil {
			x.said(o)
		}
		x.teller.speaksFor(o.SubMchID)
	})
}

// codeHTTP is the HTTP status that goes with a v3 code.
func codeHTTP(code string) int {
	switch code {
	case "SIGN_ERROR":
		return 401
	case "NO_AUTH", "RULE_LIMIT", "NOT_ENOUGH", "TRADE_ERROR", "ACCOUNT_ERROR", "OUT_TRADE_NO_USED":
		return 403
	case "ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "MCH_NOT_EXISTS":
		return 404
	case "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED":
		return 429
	case "SYSTEM_ERROR", "BANK_ERROR", "OPENID_MISMATCH", "INVALID_TRANSACTIONID":
		return 500
	}
	return 400
}

// forge makes notices of a stranger out of a true one.
func (x *street) forge(_ testing.TB, n channel.RawNotice) map[string]channel.RawNotice {
	with := func(name, value string) channel.RawNotice {
		h := http.Header(n.Header).Clone()
		h.Set(name, value)
		return channel.RawNotice{Header: h, Body: n.Body}
	}
	resigned := func(at time.Time) channel.RawNotice {
		h := http.Header(n.Header).Clone()
		for name, value := range stamped(stranger, at, n.Body) {
			if name != "Wechatpay-Serial" {
				h.Set(name, value)
			}
		}
		return channel.RawNotice{Header: h, Body: n.Body}
	}
	swapped := strings.Replace(string(n.Body), `"ciphertext":"`, `"ciphertext":"`+seal([]byte(paidPlain), "transaction")["ciphertext"], 1)
	sig := http.Header(n.Header).Get("Wechatpay-Signature")
	return map[string]channel.RawNotice{
		"other key":     resigned(time.Now()),
		"amount":        {Header: n.Header, Body: []byte(swapped)},
		"old":           with("Wechatpay-Timestamp", fmt.Sprint(time.Now().Add(-time.Hour).Unix())),
		"probe":         with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+sig),
		"no signature":  with("Wechatpay-Signature", ""),
		"other serial":  with("Wechatpay-Serial", pairs()[stranger].serial),
		"other nonce":   with("Wechatpay-Nonce", "x"),
		"empty serial":  with("Wechatpay-Serial", ""),
		"half a second": with("Wechatpay-Timestamp", "1763726400.5"),
	}
}

func (x *street) rig(t *testing.T, o wechat.Options) channeltest.Rig {
	t.Helper()
	return channeltest.Rig{
		Channel: open(t, o), Now: time.Now, NotifyURL: x.notify, Inbox: x.inbox,
		Tells:   []channeltest.Telling{channeltest.TellsShown, channeltest.TellsRefund},
		Silence: 300 * time.Millisecond,
		Secrets: []string{o.APIv2Key, o.APIv3Key, "PRIVATE KEY"},
		Pay: func(_ testing.TB, code string) error {
			_, err := x.Book().Pay(code, "", book.Normal)
			return err
		},
		PayerCode: x.payerCode, Judge: x.judge, Saying: x.saying, Forge: x.forge,
		Inject: func(t testing.TB, c channeltest.Call, f channeltest.Fault) {
			x.inject(t, sandboxOp(c, o.CodePay), sandboxKind(f))
		},
		Skewed: func(t testing.TB, off time.Duration) channel.Channel {
			skewed := o
			skewed.Now = func() time.Time { return time.Now().Add(off) }
			return open(t, skewed)
		},
		Nowhere: func(t testing.TB) channel.Channel {
			gone := o
			gone.BaseURL, gone.TLSBaseURL = "http://"+deadAddress(t), "https://"+deadAddress(t)
			return open(t, gone)
		},
		Codes: examCodes(),
	}
}

// deadAddress is one where nothing listens.
func deadAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestExam: both modes and both v2 signatures, each over real sockets.
func TestExam(t *testing.T) {
	t.Run("public key, HMAC-SHA256", func(t *testing.T) {
		t.Parallel()
		x := openStreet(t)
		channeltest.Exam(t, x.rig(t, x.options))
	})
	t.Run("certificates, MD5", func(t *testing.T) {
		t.Parallel()
		x := openStreet(t)
		o := x.options
		o.Mode, o.PublicKeyID, o.PublicKey, o.SignType = wechat.ModeCertificate, "", nil, wechat.SignMD5
		channeltest.Exam(t, x.rig(t, o))
	})
	t.Run("SM2, code pay v3", func(t *testing.T) {
		t.Parallel()
		x := openStreet(t)
		x.said = func(o *wechat.Options) { o.CodePay = wechat.CodePayV3 } // the teller speaks RSA only
		o := x.inSM2()
		o.CodePay = wechat.CodePayV3
		channeltest.Exam(t, x.rig(t, o))
	})
	t.Run("service provider", func(t *testing.T) {
		t.Parallel()
		x := openStreet(t)
		x.said = func(o *wechat.Options) { o.SubMchID = "1700000001" }
		channeltest.Exam(t, x.rig(t, x.asShop[x.shops[0]]))
	})
	t.Run("service provider, code pay v3", func(t *testing.T) {
		t.Parallel()
		x := openStreet(t)
		x.said = func(o *wechat.Options) { o.SubMchID, o.CodePay = "1700000001", wechat.CodePayV3 }
		o := x.asShop[x.shops[1]]
		o.CodePay = wechat.CodePayV3
		channeltest.Exam(t, x.rig(t, o))
	})
}

// TestStreetForgeries: the sandbox itself forges notices and sends probes
// before the true one; only the true one is taken.
func TestStreetForgeries(t *testing.T) {
	x := openStreet(t)
	c := open(t, x.options)
	x.inject(t, fault.OpNotice, fault.ForgedNotice)
	x.inject(t, fault.OpNotice, fault.SignTestProbe)
	a := c.Show(t.Context(), channel.Show{
		Order: channel.Order{No: "FORGED0001", Kind: guitai.Show, Amount: guitai.Fen(700)}, Description: "茶", NotifyURL: x.notify,
	})
	want(t, "show", a, channel.Waiting)
	if _, err := x.Book().Pay(a.Code, "", book.Normal); err != nil {
		t.Fatal(err)
	}
	var good, bad int
	for range 200 {
		good, bad = 0, 0
		for _, n := range x.inbox.All() {
			if got, err := c.ReadNotice(n); err == nil && got.OrderNo == "FORGED0001" {
				good++
			} else {
				bad++
			}
		}
		if good > 0 && bad > 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if good != 1 || bad < 1 {
		t.Errorf("%d notices were taken and %d refused, want 1 and at least 1", good, bad)
	}
}

// TestAtOnce: many calls at once share connections and keys, and each gets its
// own answer.
func TestAtOnce(t *testing.T) {
	x := openStreet(t)
	o := x.options
	o.Mode = wechat.ModeCertificate
	c := open(t, o)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			q := channel.Show{
				Order:       channel.Order{No: fmt.Sprintf("ATONCE%04d", i), Kind: guitai.Show, Amount: guitai.Fen(int64(100 + i))},
				Description: "茶", NotifyURL: x.notify,
			}
			a := c.Show(t.Context(), q)
			if a.Outcome != channel.Waiting {
				t.Errorf("%s: %s %+v", q.No, a.Outcome, a.Messages)
				return
			}
			if _, err := x.Book().Pay(a.Code, "", book.Normal); err != nil {
				t.Error(err)
			}
			if a := c.Ask(t.Context(), q.Order); a.Outcome != channel.Paid || a.Amount != q.Amount {
				t.Errorf("%s: %s %v, want paid %v", q.No, a.Outcome, a.Amount, q.Amount)
			}
		})
	}
	wg.Wait()
}
