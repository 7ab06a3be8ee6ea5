package unionpay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/channel/unionpay"
	"guitai/internal/testkit"
	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

func TestExamCertificates(t *testing.T) { exam(t, certified) }
func TestExamSharedKey(t *testing.T)    { exam(t, keyed) }

// exam examines the channel against the sandbox, each over a real socket.
func exam(t *testing.T, mode func(hall) unionpay.Options) {
	t.Parallel()
	h := openHall(t)
	o := mode(h)
	ch := h.open(t, o)
	inbox, notify := mailbox(t, ch)
	channeltest.Exam(t, channeltest.Rig{
		Channel: ch, Now: h.clock.now, NotifyURL: notify, Inbox: inbox,
		Tells:     []channeltest.Telling{channeltest.TellsShown, channeltest.TellsScanned, channeltest.TellsRefund},
		Unscanned: channel.NotFound,
		Accepts:   true,
		ShowFor:   15 * time.Second,
		Ripen:     func(testing.TB) { h.clock.pass(32 * time.Second) },
		Silence:   300 * time.Millisecond,
		Secrets:   []string{string(o.SignKey), strings.TrimSpace(string(o.SecureKey))},
		PayerCode: h.payerCode,
		Pay: func(_ testing.TB, code string) error {
			_, err := h.street.Book().Pay(code, "", book.Normal)
			return err
		},
		Inject: h.inject,
		Judge:  h.judge,
		Saying: func(t testing.TB, _ channeltest.Call, code string) channel.Channel { return h.saying(t, o, code) },
		Skewed: func(t testing.TB, off time.Duration) channel.Channel {
			o := o
			o.Now = func() time.Time { return h.clock.now().Add(off) }
			return h.open(t, o)
		},
		Nowhere: func(t testing.TB) channel.Channel {
			o := o
			o.BaseURL = nowhere(t)
			return h.open(t, o)
		},
		Forge: h.forge,
		Codes: codes(),
		Lacks: map[string]string{"charge: wrong amount": "the answer to a charge tells no amount that counts"},
	})
}

// hall is the sandbox and what a merchant knows of it.
type hall struct {
	street *sandbox.Street
	clock  *clock
	dir    string
	creds  struct {
		BaseURL    string `json:"base_url"`
		FileURL    string `json:"file_url"`
		MerID      string `json:"mer_id"`
		SignCert   string `json:"sign_cert"`
		SignKey    string `json:"sign_key"`
		RootCert   string `json:"root_cert"`
		MiddleCert string `json:"middle_cert"`
		SecureKey  string `json:"secure_key"`
	}
	file func(name string) []byte
}

func openHall(t testing.TB) hall {
	t.Helper()
	h := hall{dir: testkit.CopyFolder(t), clock: newClock()}
	var err error
	h.street, err = sandbox.Open(sandbox.Options{Dir: h.dir, Addr: "127.0.0.1:0", Now: h.clock.now, Rand: rand.Reader, Speed: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.street.Close(); err != nil {
			t.Error(err)
		}
	})
	h.file = func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(h.file("credentials.json"), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all["unionpay"], &h.creds); err != nil {
		t.Fatal(err)
	}
	return h
}

func certified(h hall) unionpay.Options {
	return unionpay.Options{BaseURL: h.creds.BaseURL, FileURL: h.creds.FileURL, MerID: h.creds.MerID, Now: h.clock.now,
		SignCert: h.file(h.creds.SignCert), SignKey: h.file(h.creds.SignKey),
		RootCert: h.file(h.creds.RootCert), MiddleCert: h.file(h.creds.MiddleCert)}
}

func keyed(h hall) unionpay.Options {
	return unionpay.Options{BaseURL: h.creds.BaseURL, FileURL: h.creds.FileURL, MerID: h.creds.MerID, Now: h.clock.now,
		SecureKey: h.file(h.creds.SecureKey)}
}

func (h hall) open(t testing.TB, o unionpay.Options) *unionpay.Channel {
	t.Helper()
	ch, err := unionpay.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ch.Close)
	return ch
}

// mailbox takes notices in and replies as the channel says.
func mailbox(t testing.TB, ch *unionpay.Channel) (*channeltest.Inbox, string) {
	t.Helper()
	inbox := &channeltest.Inbox{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		raw := channel.RawNotice{Header: r.Header, Body: body}
		inbox.Put(raw)
		_, err = ch.ReadNotice(raw)
		reply := ch.Reply(err)
		w.Header().Set("Content-Type", reply.ContentType)
		w.WriteHeader(reply.Code)
		_, _ = w.Write(reply.Body)
	}))
	t.Cleanup(server.Close)
	return inbox, server.URL + "/notify/unionpay/acc_1"
}

func nowhere(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + l.Addr().String()
}

func (h hall) payerCode(t testing.TB, b channeltest.Behaviour) string {
	t.Helper()
	how, ok := map[channeltest.Behaviour]book.Behaviour{
		channeltest.Pays: book.Normal, channeltest.Types: book.PasswordOK, channeltest.Cancels: book.Cancel,
		channeltest.Ignores: book.AskPassword, channeltest.Poor: book.Poor,
	}[b]
	if !ok {
		t.Fatalf("no payer behaves %q", b)
	}
	c, err := h.street.Book().PayerCode(book.UnionPay, "", how)
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

func (h hall) inject(t testing.TB, c channeltest.Call, f channeltest.Fault) {
	t.Helper()
	op := map[channeltest.Op]string{
		channeltest.OpCharge: "consume", channeltest.OpShow: "apply", channeltest.OpAsk: "query", channeltest.OpEnd: "reverse",
		channeltest.OpRefund: "refund", channeltest.OpAskRefund: "query",
	}[c.Op]
	if c.Op == channeltest.OpEnd && c.Kind == guitai.Show {
		op = "query"
	}
	kind := map[channeltest.Fault]fault.Kind{
		channeltest.SilentBefore: fault.SilenceBefore, channeltest.SilentAfter: fault.SilenceAfter,
		channeltest.ErrorBefore: fault.HTTP500, channeltest.ErrorAfter: fault.HTTP500After, channeltest.HalfBody: fault.HalfBody,
		channeltest.BadSignature: fault.BadSignature, channeltest.WrongAmount: fault.WrongAmount,
	}[f]
	if err := h.street.Faults().Add(fault.Rule{Provider: "unionpay", Op: op, Kind: kind, Count: 1}); err != nil {
		t.Fatal(err)
	}
}

func (h hall) judge(t testing.TB, orderNo string) channeltest.Book {
	t.Helper()
	o, err := h.street.Book().Find(book.Ref{Wallet: book.UnionPay, OrderNo: orderNo})
	if err != nil && err != book.OrderUnknown {
		t.Fatal(err)
	}
	return channeltest.Book{Charges: len(o.Charges), ChargedFen: o.ChargedFen, BackFen: o.GivenBackFen}
}

// key reads a key of the street.
func (h hall) key(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(h.file("unionpay/" + name))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sealed signs fields as UnionPay does: with its own key and certificate, or
// with the shared key where key is nil.
func (h hall) sealed(t testing.TB, f map[string]string, key *rsa.PrivateKey) map[string]string {
	t.Helper()
	f = maps.Clone(f)
	delete(f, "signature")
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if f[name] != "" {
			parts = append(parts, name+"="+f[name])
		}
	}
	text := strings.Join(parts, "&")
	if key == nil {
		f["signature"] = hexSum(text + "&" + hexSum(strings.TrimSpace(string(h.file(h.creds.SecureKey)))))
		return f
	}
	sum := sha256.Sum256([]byte(hexSum(text)))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	f["signature"] = base64.StdEncoding.EncodeToString(sig)
	return f
}

// saying gives a channel to a gateway that answers everything with one code,
// written respCode, or 00/origRespCode.
func (h hall) saying(t testing.TB, o unionpay.Options, code string) channel.Channel {
	t.Helper()
	key := h.key(t, "unionpay_sign_key.pem")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := map[string]string{"respMsg": "x[0000000]"}
		for _, name := range []string{"version", "encoding", "signMethod", "txnType", "txnSubType", "merId", "orderId", "txnTime", "txnAmt"} {
			f[name] = r.FormValue(name)
		}
		f["respCode"], f["origRespCode"], _ = strings.Cut(code, "/")
		if f["signMethod"] == "11" {
			f = h.sealed(t, f, nil)
		} else {
			f["signPubKeyCert"] = string(h.file("unionpay/unionpay_sign_cert.pem"))
			f = h.sealed(t, f, key)
		}
		var parts []string
		for name, value := range f {
			parts = append(parts, name+"="+value)
		}
		_, _ = io.WriteString(w, strings.Join(parts, "&"))
	}))
	t.Cleanup(server.Close)
	o.BaseURL = server.URL
	return h.open(t, o)
}
