package compat

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ali "github.com/smartwalle/alipay/v3"

	"guitai/sandbox"
	"guitai/sandbox/alipay"
	"guitai/sandbox/book"
)

func alipayCredentials(t *testing.T, dir string) alipay.Credentials {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Alipay alipay.Credentials }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all.Alipay
}

// grant lets a payer's browser visit the address that the library makes, at the
// sandbox, and returns the code with which it comes back.
func (s alipayShop) grant(t *testing.T, c alipay.Credentials) string {
	t.Helper()
	at, err := s.client.PublicAppAuthorize([]string{"auth_base"}, "https://shop.example/p/1", "s1")
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(c.OAuthBaseURL + at.Path + "?" + at.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil || back.Host != "shop.example" || back.Query().Get("state") != "s1" {
		t.Fatal(resp.Status, back, err)
	}
	return back.Query().Get("auth_code")
}

// Pay inside the app: the payer's name, a trade for this payer, close.
func TestSmartwalleInside(t *testing.T) {
	street, dir := openStreet(t)
	c := alipayCredentials(t, dir)
	for _, mode := range alipayModes {
		s := openAlipayShop(t, street, dir, mode)
		code := s.grant(t, c)
		who, err := s.client.SystemOauthToken(t.Context(), ali.SystemOauthToken{GrantType: "authorization_code", Code: code})
		if err != nil || !who.IsSuccess() {
			t.Fatal(mode, who, err)
		}
		if again, err := s.client.SystemOauthToken(t.Context(), ali.SystemOauthToken{GrantType: "authorization_code", Code: code}); err == nil {
			t.Errorf("%s: the code was taken twice: %+v", mode, again)
		}
		create := ali.TradeCreate{BuyerId: who.UserId, Trade: ali.Trade{
			Subject: "茶", OutTradeNo: "SW_IN_" + mode, TotalAmount: "8.80", ProductCode: "JSAPI_PAY", NotifyURL: s.notify, TimeoutExpress: "5m",
		}}
		made, err := s.client.TradeCreate(t.Context(), create)
		if err != nil || made.IsFailure() || made.TradeNo == "" {
			t.Fatal(mode, made, err)
		}
		o, err := street.Book().Find(book.Ref{Wallet: book.Alipay, Number: made.TradeNo})
		if err != nil {
			t.Fatal(err)
		}
		if q, err := s.client.TradeQuery(t.Context(), ali.TradeQuery{TradeNo: made.TradeNo}); err != nil || q.TradeStatus != ali.TradeStatusWaitBuyerPay {
			t.Errorf("%s: %+v %v", mode, q, err)
		}
		if _, err := street.Book().Pay(o.Code, "", book.Normal); err != nil {
			t.Fatal(err)
		}
		if n := s.notice(t); n.TradeNo != made.TradeNo || n.TradeStatus != ali.TradeStatusSuccess {
			t.Errorf("%s: notice %+v", mode, n)
		}
		create.OutTradeNo += "_C"
		if made, err = s.client.TradeCreate(t.Context(), create); err != nil || made.IsFailure() {
			t.Fatal(mode, made, err)
		}
		if r, err := s.client.TradeCancel(t.Context(), ali.TradeCancel{OutTradeNo: create.OutTradeNo}); err != nil || r.SubCode != "ACQ.CANCEL_NOT_ALLOWED" {
			t.Errorf("%s: cancel %+v %v", mode, r, err)
		}
		if r, err := s.client.TradeClose(t.Context(), ali.TradeClose{OutTradeNo: create.OutTradeNo}); err != nil || r.IsFailure() || r.TradeNo != made.TradeNo {
			t.Errorf("%s: close %+v %v", mode, r, err)
		}
	}
}

// A service provider calls by a merchant's token, and is refused with a wrong one.
func TestSmartwalleProvider(t *testing.T) {
	street, dir := openStreet(t)
	c := alipayCredentials(t, dir)
	key, err := os.ReadFile(filepath.Join(dir, c.ProviderPrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	client, err := ali.New(c.ProviderAppID, string(key), true, ali.WithProductionGateway(c.Gateway), ali.WithTimeLocation(time.FixedZone("CST", 8*3600)))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		client.LoadAppCertPublicKeyFromFile(filepath.Join(dir, c.ProviderCert)),
		client.LoadAlipayCertPublicKeyFromFile(filepath.Join(dir, c.AlipayCert)),
		client.LoadAliPayRootCertFromFile(filepath.Join(dir, c.AlipayRootCert)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	code, err := street.Book().PayerCode(book.Alipay, "", book.Normal)
	if err != nil {
		t.Fatal(err)
	}
	pay := ali.TradePay{Scene: "bar_code", AuthCode: code.Text, Trade: ali.Trade{
		AppAuthToken: c.ProviderToken2, Subject: "茶", OutTradeNo: "SW_ISV", TotalAmount: "8.80", ProductCode: "FACE_TO_FACE_PAYMENT",
		ExtendParams: &ali.ExtendParams{SysServiceProviderId: c.ProviderUserID},
	}}
	if r, err := client.TradePay(t.Context(), pay); err != nil || r.Code != ali.CodeSuccess {
		t.Fatal(r, err)
	}
	for token, want := range map[string]string{c.ProviderToken2: "", c.ProviderToken1: "ACQ.TRADE_NOT_EXIST", "wrong": "aop.invalid-app-auth-token"} {
		q, err := client.TradeQuery(t.Context(), ali.TradeQuery{AppAuthToken: token, OutTradeNo: "SW_ISV"})
		if err != nil || q.SubCode != want {
			t.Errorf("%s: %+v %v", token, q, err)
		}
	}
}

// The bill of the day before yesterday, asked for by the library, is a ZIP with the day's trade.
func TestSmartwalleBill(t *testing.T) {
	var off atomic.Int64
	off.Store(int64(-48 * time.Hour))
	now := func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
	dir := t.TempDir()
	street, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: now, Rand: rand.Reader, Speed: 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := street.Close(); err != nil {
			t.Error(err)
		}
	})
	day := now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	o, err := street.Book().Show(book.Bill{Wallet: book.Alipay, OrderNo: "SW_BILL", AmountFen: 880, Subject: "茶"})
	if err != nil {
		t.Fatal(err)
	}
	if o, err = street.Book().Pay(o.Code, "", book.Normal); err != nil {
		t.Fatal(err)
	}
	off.Store(0)
	s := openAlipayShop(t, street, dir, "certificates")
	for _, kind := range []string{"trade", "signcustomer"} {
		r, err := s.client.BillDownloadURLQuery(t.Context(), ali.BillDownloadURLQuery{BillType: kind, BillDate: day})
		if err != nil || r.IsFailure() || r.BillDownloadURL == "" {
			t.Fatal(kind, r, err)
		}
		resp, err := http.Get(r.BillDownloadURL)
		if err != nil {
			t.Fatal(err)
		}
		pack, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
		if err != nil || len(z.File) != 2 {
			t.Fatal(kind, err)
		}
		told := 0
		for _, f := range z.File {
			m, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(m)
			if err != nil || !f.NonUTF8 {
				t.Errorf("%s: %v, marked as UTF-8: %t", kind, err, !f.NonUTF8)
			}
			told += strings.Count(string(text), o.Number+"\t,SW_BILL\t,")
		}
		if told < 1 {
			t.Errorf("%s: the trade is not in it", kind)
		}
	}
	r, err := s.client.BillDownloadURLQuery(t.Context(), ali.BillDownloadURLQuery{BillType: "trade", BillDate: time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)})
	if err != nil || r.SubCode != "BILL_NOT_EXIST" {
		t.Errorf("today: %+v %v", r, err)
	}
}
