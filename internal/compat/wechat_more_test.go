package compat

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	partner "github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
	"guitai/sandbox/wechat"
)

// stall is a second provider over the street's book and keys: it can be asked
// what only the phone asks, and today's bill is ready.
func stall(t *testing.T, street *sandbox.Street, dir string) (*wechat.Provider, *url.URL) {
	t.Helper()
	today := time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	p, err := wechat.Open(wallet.Desk{
		Dir: filepath.Join(dir, "wechat"), Book: street.Book(), Faults: fault.New(fault.Options{}), Now: time.Now, Rand: rand.Reader,
		BillReady: func(day string) (time.Time, bool) { return time.Now(), day == today },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p.Doors()[0].Handler)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return p, base
}

// TestWechatpayGoInside: the page's parameters as the library makes them are
// taken by the phone, and the order is paid by its payer.
func TestWechatpayGoInside(t *testing.T) {
	street, dir := openStreet(t)
	phone, _ := stall(t, street, dir)
	payer, err := street.Book().Payer("wechat-wang")
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"public key", "certificate"} {
		s := openShop(t, dir, mode)
		no, at := "inside-"+strings.ReplaceAll(mode, " ", "-"), "http://127.0.0.1:1/n"
		api := jsapi.JsapiApiService{Client: s.client}
		made, _, err := api.PrepayWithRequestPayment(t.Context(), jsapi.PrepayRequest{
			Appid: &s.c.Appid, Mchid: &s.c.Mchid, Description: core.String("茶"), OutTradeNo: &no, NotifyUrl: &at,
			Amount: &jsapi.Amount{Total: core.Int64(12345)}, Payer: &jsapi.Payer{Openid: &payer.OpenID},
		})
		if err != nil {
			t.Fatal(mode, err)
		}
		params := map[string]string{
			"appId": *made.Appid, "timeStamp": *made.TimeStamp, "nonceStr": *made.NonceStr, "package": *made.Package,
			"signType": *made.SignType, "paySign": *made.PaySign,
		}
		if err := phone.CheckHandOver(params); err != nil {
			t.Error(mode, err)
		}
		params["nonceStr"] += "x"
		if phone.CheckHandOver(params) == nil {
			t.Error(mode, "a changed nonce was taken")
		}
		if _, err := street.Book().Pay(*made.Package, payer.ID, book.Normal); err != nil {
			t.Fatal(mode, err)
		}
		q, _, err := api.QueryOrderByOutTradeNo(t.Context(), jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: &no, Mchid: &s.c.Mchid})
		if err != nil || *q.TradeState != "SUCCESS" || *q.TradeType != "JSAPI" || *q.Payer.Openid != payer.OpenID {
			t.Error(mode, q, err)
		}
	}
}

// TestWechatpayGoPartner: a service provider with the library's partner calls.
func TestWechatpayGoPartner(t *testing.T) {
	street, dir := openStreet(t)
	s := openShop(t, dir, "public key")
	one, two := s.behind[0], s.behind[1]
	key, err := utils.LoadPrivateKeyWithPath(filepath.Join(dir, one.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	public, err := utils.LoadPublicKeyWithPath(filepath.Join(dir, s.c.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(s.c.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := core.NewClient(t.Context(), option.WithWechatPayPublicKeyAuthCipher(one.SpMchid, one.SerialNo, key, s.c.PublicKeyID, public),
		option.WithHTTPClient(&http.Client{Transport: detour{base}, Timeout: 10 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	api, no, at := partner.NativeApiService{Client: client}, "partner-0001", "http://127.0.0.1:1/n"
	made, _, err := api.Prepay(t.Context(), partner.PrepayRequest{
		SpAppid: &one.SpAppid, SpMchid: &one.SpMchid, SubMchid: &one.SubMchid, Description: core.String("茶"),
		OutTradeNo: &no, NotifyUrl: &at, Amount: &partner.Amount{Total: core.Int64(100)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := street.Book().Pay(*made.CodeUrl, "", book.Normal); err != nil {
		t.Fatal(err)
	}
	q, _, err := api.QueryOrderByOutTradeNo(t.Context(), partner.QueryOrderByOutTradeNoRequest{OutTradeNo: &no, SpMchid: &one.SpMchid, SubMchid: &one.SubMchid})
	if err != nil || *q.TradeState != "SUCCESS" || *q.SubMchid != one.SubMchid || *q.Payer.SpOpenid == "" {
		t.Error(q, err)
	}
	_, _, err = api.QueryOrderByOutTradeNo(t.Context(), partner.QueryOrderByOutTradeNoRequest{OutTradeNo: &no, SpMchid: &one.SpMchid, SubMchid: &two.SubMchid})
	if !core.IsAPIError(err, "ORDER_NOT_EXIST") {
		t.Errorf("the other shop: %v", err)
	}
}

// TestWechatpayGoBill: the library has no bill service; its client makes the
// signed call and the download, whose answer is not signed.
func TestWechatpayGoBill(t *testing.T) {
	street, dir := openStreet(t)
	_, base := stall(t, street, dir)
	s := openShop(t, dir, "public key")
	orderAndPay(t, street, s, "bill-order-1", "http://127.0.0.1:1/n")
	key, err := utils.LoadPrivateKeyWithPath(filepath.Join(dir, s.c.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	public, err := utils.LoadPublicKeyWithPath(filepath.Join(dir, s.c.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	way := option.WithHTTPClient(&http.Client{Transport: detour{base}, Timeout: 10 * time.Second})
	signed, err := core.NewClient(t.Context(), option.WithWechatPayPublicKeyAuthCipher(s.c.Mchid, s.c.SerialNo, key, s.c.PublicKeyID, public), way)
	if err != nil {
		t.Fatal(err)
	}
	blind, err := core.NewClient(t.Context(), option.WithMerchantCredential(s.c.Mchid, s.c.SerialNo, key), option.WithoutValidator(), way)
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	r, err := signed.Get(t.Context(), "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date="+today)
	if err != nil {
		t.Fatal(err)
	}
	var at struct {
		HashValue   string `json:"hash_value"`
		DownloadURL string `json:"download_url"`
	}
	if err := json.NewDecoder(r.Response.Body).Decode(&at); err != nil {
		t.Fatal(err)
	}
	if r, err = blind.Get(t.Context(), at.DownloadURL); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r.Response.Body)
	sum := sha1.Sum(text)
	if err != nil || hex.EncodeToString(sum[:]) != at.HashValue || !strings.Contains(string(text), ",`bill-order-1,`") {
		t.Errorf("%s %v", text, err)
	}
	if _, err := signed.Get(t.Context(), at.DownloadURL); err == nil {
		t.Error("the download is signed")
	}
}
