package alipay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/alipay"
	"guitai/channel/channeltest"
	"guitai/internal/testkit"
	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

func TestExamPlainKeys(t *testing.T)    { exam(t, plain) }
func TestExamCertificates(t *testing.T) { exam(t, certified) }
func TestExamProvider(t *testing.T)     { exam(t, provided) }

// exam examines the channel against the sandbox, each over a real socket.
func exam(t *testing.T, mode func(hall) alipay.Options) {
	t.Parallel()
	h := openHall(t)
	o := mode(h)
	ch := h.open(t, o)
	inbox, notify := mailbox(t, ch)
	channeltest.Exam(t, channeltest.Rig{
		Channel: ch, Now: time.Now, NotifyURL: notify, Inbox: inbox,
		Tells:     []channeltest.Telling{channeltest.TellsShown, channeltest.TellsScanned},
		Unscanned: channel.NotFound,
		Silence:   300 * time.Millisecond,
		Secrets:   secrets(o),
		PayerCode: h.payerCode,
		Pay: func(_ testing.TB, code string) error {
			_, err := h.street.Book().Pay(code, "", book.Normal)
			return err
		},
		Inject: h.inject,
		Judge:  h.judge,
		Saying: h.saying,
		Skewed: func(t testing.TB, off time.Duration) channel.Channel {
			o := o
			o.Now = func() time.Time { return time.Now().Add(off) }
			return h.open(t, o)
		},
		Nowhere: func(t testing.TB) channel.Channel {
			o := o
			o.Gateway = nowhere(t)
			return h.open(t, o)
		},
		Forge: h.forge,
		Codes: codes(),
	})
}

func secrets(o alipay.Options) []string {
	all := []string{string(o.AppPrivateKey)}
	if o.AppAuthToken != "" {
		all = append(all, o.AppAuthToken)
	}
	return all
}

// hall is the sandbox and what a merchant knows of it.
type hall struct {
	street *sandbox.Street
	now    func() time.Time
	dir    string
	creds  struct {
		Gateway         string `json:"gateway"`
		AppID           string `json:"app_id"`
		SellerID        string `json:"seller_id"`
		AppPrivateKey   string `json:"app_private_key"`
		AlipayPublicKey string `json:"alipay_public_key"`
		AppCert         string `json:"app_cert"`
		AlipayCert      string `json:"alipay_cert"`
		AlipayRootCert  string `json:"alipay_root_cert"`
		OAuthBaseURL    string `json:"oauth_base_url"`

		ProviderAppID      string `json:"provider_app_id"`
		ProviderPrivateKey string `json:"provider_app_private_key"`
		ProviderCert       string `json:"provider_app_cert"`
		ProviderUserID     string `json:"provider_user_id"`
		ProviderToken1     string `json:"provider_token_1"`
		ProviderToken2     string `json:"provider_token_2"`
		ProviderAuthAppID2 string `json:"provider_auth_app_id_2"`
		ProviderSellerID2  string `json:"provider_seller_id_2"`
	}
	file func(name string) []byte
}

func openHall(t testing.TB) hall { return openHallAt(t, time.Now) }

func openHallAt(t testing.TB, now func() time.Time) hall {
	t.Helper()
	h := hall{dir: testkit.CopyFolder(t), now: now}
	var err error
	h.street, err = sandbox.Open(sandbox.Options{Dir: h.dir, Addr: "127.0.0.1:0", Now: now, Rand: rand.Reader, Speed: 10})
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
	if err := json.Unmarshal(all["alipay"], &h.creds); err != nil {
		t.Fatal(err)
	}
	return h
}

func plain(h hall) alipay.Options {
	return alipay.Options{Gateway: h.creds.Gateway, AppID: h.creds.AppID, SellerID: h.creds.SellerID, OAuthBase: h.creds.OAuthBaseURL, Now: h.now,
		AppPrivateKey: h.file(h.creds.AppPrivateKey), AlipayPublicKey: h.file(h.creds.AlipayPublicKey)}
}

func certified(h hall) alipay.Options {
	o := plain(h)
	o.AlipayPublicKey = nil
	o.AppCert, o.AlipayCert, o.AlipayRootCert = h.file(h.creds.AppCert), h.file(h.creds.AlipayCert), h.file(h.creds.AlipayRootCert)
	return o
}

// provided is the other merchant of the service provider, by certificates.
func provided(h hall) alipay.Options {
	o := certified(h)
	o.AppID, o.AppPrivateKey, o.AppCert = h.creds.ProviderAppID, h.file(h.creds.ProviderPrivateKey), h.file(h.creds.ProviderCert)
	o.AppAuthToken, o.AuthAppID, o.SellerID = h.creds.ProviderToken2, h.creds.ProviderAuthAppID2, h.creds.ProviderSellerID2
	o.ProviderID = h.creds.ProviderUserID
	return o
}

func (h hall) open(t testing.TB, o alipay.Options) *alipay.Channel {
	t.Helper()
	ch, err := alipay.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ch.Close)
	return ch
}

// mailbox takes notices in and replies as the channel says.
func mailbox(t testing.TB, ch *alipay.Channel) (*channeltest.Inbox, string) {
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
	return inbox, server.URL + "/notify/alipay/acc_1"
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
	return "http://" + l.Addr().String() + "/gateway.do"
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
	c, err := h.street.Book().PayerCode(book.Alipay, "", how)
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

func (h hall) inject(t testing.TB, c channeltest.Call, f channeltest.Fault) {
	t.Helper()
	op := map[channeltest.Op]string{
		channeltest.OpCharge: "pay", channeltest.OpShow: "precreate", channeltest.OpAsk: "query", channeltest.OpEnd: "cancel",
		channeltest.OpRefund: "refund", channeltest.OpAskRefund: "refund_query",
	}[c.Op]
	kind := map[channeltest.Fault]fault.Kind{
		channeltest.SilentBefore: fault.SilenceBefore, channeltest.SilentAfter: fault.SilenceAfter,
		channeltest.ErrorBefore: fault.HTTP500, channeltest.ErrorAfter: fault.HTTP500After, channeltest.HalfBody: fault.HalfBody,
		channeltest.BadSignature: fault.BadSignature, channeltest.WrongAmount: fault.WrongAmount,
	}[f]
	if err := h.street.Faults().Add(fault.Rule{Provider: "alipay", Op: op, Kind: kind, Count: 1}); err != nil {
		t.Fatal(err)
	}
}

func (h hall) judge(t testing.TB, orderNo string) channeltest.Book {
	t.Helper()
	o, err := h.street.Book().Find(book.Ref{Wallet: book.Alipay, OrderNo: orderNo})
	if err != nil && err != book.OrderUnknown {
		t.Fatal(err)
	}
	return channeltest.Book{Charges: len(o.Charges), ChargedFen: o.ChargedFen, BackFen: o.GivenBackFen}
}

func (h hall) alipayKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(h.file("alipay/alipay_private_key.pem"))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func sealed(t testing.TB, key *rsa.PrivateKey, text string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

// saying gives a channel to a gateway that refuses everything with one code,
// written code/sub_code, or as a sub_code of 40004.
func (h hall) saying(t testing.TB, _ channeltest.Call, code string) channel.Channel {
	t.Helper()
	key := h.alipayKey(t)
	main, sub, ok := strings.Cut(code, "/")
	if !ok {
		main, sub = "40004", code
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		node := `{"code":"` + main + `","msg":"x","sub_code":"` + sub + `","sub_msg":"y"}`
		name := strings.ReplaceAll(r.FormValue("method"), ".", "_") + "_response"
		_, _ = io.WriteString(w, `{"`+name+`":`+node+`,"sign":"`+sealed(t, key, node)+`"}`)
	}))
	t.Cleanup(server.Close)
	o := plain(h)
	o.Gateway = server.URL
	return h.open(t, o)
}

// forge makes notices that are not Alipay's, or not ours.
func (h hall) forge(t testing.TB, n channel.RawNotice) map[string]channel.RawNotice {
	t.Helper()
	form, err := url.ParseQuery(string(n.Body))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	change := func(key *rsa.PrivateKey, name, value string) channel.RawNotice {
		f := maps.Clone(form)
		f[name] = []string{value}
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(f)) {
			if k != "sign" && k != "sign_type" && k != "alipay_cert_sn" && f.Get(k) != "" {
				parts = append(parts, k+"="+f.Get(k))
			}
		}
		if key != nil {
			f.Set("sign", sealed(t, key, strings.Join(parts, "&")))
		}
		return channel.RawNotice{Header: n.Header, Body: []byte(f.Encode())}
	}
	own := h.alipayKey(t)
	if form.Get("alipay_cert_sn") != "" {
		block, _ := pem.Decode(h.file("alipay/alipay_cert_key.pem"))
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		own = key.(*rsa.PrivateKey)
	}
	probe := "WECHATPAY/SIGNTEST/" + form.Get("sign")
	return map[string]channel.RawNotice{
		"other key":           change(stranger, "version", "1.0"),
		"swapped amount":      change(nil, "total_amount", "0.01"),
		"swapped order":       change(nil, "out_trade_no", "XO1"),
		"no signature":        change(nil, "sign", ""),
		"probe":               change(nil, "sign", probe),
		"weaker signature":    change(nil, "sign_type", "RSA"),
		"another app":         change(own, "app_id", "2021999999999999"),
		"another seller":      change(own, "seller_id", "2088999999999999"),
		"another merchant":    change(own, "auth_app_id", "2021999999999998"),
		"another kind":        change(own, "notify_type", "dut_user_sign"),
		"unknown certificate": change(stranger, "alipay_cert_sn", strings.Repeat("a", 32)),
		"field twice":         {Header: n.Header, Body: append(slices.Clone(n.Body), "&total_amount=0.01"...)},
	}
}

// codes is the table of the documented codes that a wallet refuses with.
func codes() []channeltest.CodeCase {
	pay := map[string]guitai.Code{
		"40001/isv.missing-method": guitai.CodeAccountTrouble, "40002/isv.invalid-signature": guitai.CodeAccountTrouble,
		"40002/isv.invalid-app-id": guitai.CodeAccountTrouble, "40002/isv.invalid-timestamp": guitai.CodeAccountTrouble,
		"40003/isv.invalid-parameter": guitai.CodeAccountTrouble, "40006/isv.insufficient-isv-permissions": guitai.CodeAccountTrouble,
		"20001/aop.invalid-auth-token": guitai.CodeAccountTrouble, "40005/isv.app-call-limited": guitai.CodeWalletBusy,
		"ACQ.INVALID_PARAMETER": guitai.CodeOrderRefused, "ACQ.ACCESS_FORBIDDEN": guitai.CodeAccountTrouble,
		"ACQ.EXIST_FORBIDDEN_WORD": guitai.CodeOrderRefused, "ACQ.PARTNER_ERROR": guitai.CodeAccountTrouble,
		"ACQ.TOTAL_FEE_EXCEED": guitai.CodeLimitReached, "ACQ.PAYMENT_AUTH_CODE_INVALID": guitai.CodeCodeRefused,
		"ACQ.CONTEXT_INCONSISTENT": guitai.CodeOrderRefused, "ACQ.TRADE_HAS_CLOSE": guitai.CodeOrderRefused,
		"ACQ.BUYER_BALANCE_NOT_ENOUGH": guitai.CodeBalanceLow, "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": guitai.CodeBalanceLow,
		"ACQ.ERROR_BALANCE_PAYMENT_DISABLE": guitai.CodePayerBlocked, "ACQ.BUYER_SELLER_EQUAL": guitai.CodeOrderRefused,
		"ACQ.TRADE_BUYER_NOT_MATCH": guitai.CodeOrderRefused, "ACQ.BUYER_ENABLE_STATUS_FORBID": guitai.CodePayerBlocked,
		"ACQ.PULL_MOBILE_CASHIER_FAIL": guitai.CodeWalletRefused, "ACQ.MOBILE_PAYMENT_SWITCH_OFF": guitai.CodePayerBlocked,
		"ACQ.PAYMENT_FAIL": guitai.CodeWalletRefused, "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR": guitai.CodeLimitReached,
		"ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR": guitai.CodeLimitReached, "ACQ.BEYOND_PAY_RESTRICTION": guitai.CodeLimitReached,
		"ACQ.BEYOND_PER_RECEIPT_RESTRICTION": guitai.CodeLimitReached, "ACQ.SELLER_BEEN_BLOCKED": guitai.CodeAccountTrouble,
		"ACQ.PAYMENT_REQUEST_HAS_RISK": guitai.CodeRiskRefused, "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE": guitai.CodeWalletRefused,
		"ACQ.USER_FACE_PAYMENT_SWITCH_OFF": guitai.CodePayerBlocked, "ACQ.INVALID_STORE_ID": guitai.CodeAccountTrouble,
		"SOUNDWAVE_PARSER_FAIL": guitai.CodeCodeRefused,
	}
	var all []channeltest.CodeCase
	calls := []channeltest.Call{{Op: channeltest.OpCharge, Kind: guitai.Scan}, {Op: channeltest.OpShow, Kind: guitai.Show}}
	for code, why := range pay {
		for _, c := range calls {
			all = append(all, channeltest.CodeCase{Call: c, Code: code, Outcome: channel.Declined, Reason: why})
		}
	}
	ask := []channeltest.Call{{Op: channeltest.OpAsk, Kind: guitai.Scan}, {Op: channeltest.OpAsk, Kind: guitai.Show}}
	end := []channeltest.Call{{Op: channeltest.OpEnd, Kind: guitai.Scan}, {Op: channeltest.OpEnd, Kind: guitai.Show}}
	doubt := []string{"20000/isp.unknow-error", "20000/aop.unknow-error", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "40004/isp.unknow-error"}
	for _, c := range slices.Concat(calls, ask, end) {
		for _, code := range doubt {
			all = append(all, channeltest.CodeCase{Call: c, Code: code, Outcome: channel.Unknown})
		}
	}
	for _, c := range calls {
		all = append(all, channeltest.CodeCase{Call: c, Code: "ACQ.TRADE_HAS_SUCCESS", Outcome: channel.Unknown})
	}
	for _, c := range slices.Concat(ask, end) {
		all = append(all, channeltest.CodeCase{Call: c, Code: "ACQ.TRADE_NOT_EXIST", Outcome: channel.NotFound},
			channeltest.CodeCase{Call: c, Code: "40002/isv.invalid-signature", Outcome: channel.Unknown},
			channeltest.CodeCase{Call: c, Code: "40005/isv.app-call-limited", Outcome: channel.Unknown})
	}
	for _, c := range end {
		for _, code := range []string{"ACQ.CANCEL_NOT_ALLOWED", "ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_BEEN_FREEZEN", "ACQ.TRADE_HAS_FINISHED"} {
			all = append(all, channeltest.CodeCase{Call: c, Code: code, Outcome: channel.EndRefused})
		}
		all = append(all, channeltest.CodeCase{Call: c, Code: "ACQ.SELLER_BALANCE_NOT_ENOUGH", Outcome: channel.Unknown})
	}
	return append(all, refundCodes()...)
}

func refundCodes() []channeltest.CodeCase {
	var all []channeltest.CodeCase
	refund := channeltest.Call{Op: channeltest.OpRefund, Kind: guitai.Scan}
	ask := channeltest.Call{Op: channeltest.OpAskRefund, Kind: guitai.Scan}
	for code, why := range map[string]guitai.Code{
		"ACQ.SELLER_BALANCE_NOT_ENOUGH": guitai.CodeMerchantFundsLow, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": guitai.CodeRefundExceeds,
		"ACQ.TRADE_HAS_FINISHED": guitai.CodeRefundTooLate, "ACQ.TRADE_STATUS_ERROR": guitai.CodeOrderRefused,
		"ACQ.TRADE_NOT_EXIST": guitai.CodeOrderRefused, "ACQ.INVALID_PARAMETER": guitai.CodeOrderRefused,
		"ACQ.REASON_TRADE_BEEN_FREEZEN": guitai.CodeWalletRefused, "ACQ.MERCHANT_STATUS_NOT_NORMAL": guitai.CodeAccountTrouble,
		"40002/isv.invalid-signature": guitai.CodeAccountTrouble, "40005/isv.app-call-limited": guitai.CodeWalletBusy,
	} {
		all = append(all, channeltest.CodeCase{Call: refund, Code: code, Refund: channel.RefundDeclined, Reason: why})
	}
	for _, code := range []string{"20000/isp.unknow-error", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "ACQ.DISCORDANT_REPEAT_REQUEST"} {
		all = append(all, channeltest.CodeCase{Call: refund, Code: code, Refund: channel.RefundUnknown},
			channeltest.CodeCase{Call: ask, Code: code, Refund: channel.RefundUnknown})
	}
	return append(all, channeltest.CodeCase{Call: ask, Code: "ACQ.TRADE_NOT_EXIST", Refund: channel.RefundNotFound},
		channeltest.CodeCase{Call: ask, Code: "40002/isv.invalid-signature", Refund: channel.RefundUnknown})
}
