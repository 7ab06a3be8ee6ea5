package compat

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"guitai/sandbox"
	"guitai/sandbox/wechat"
)

// openStreet is a fast street on free ports with fresh keys.
func openStreet(t *testing.T) (*sandbox.Street, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader, Speed: 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

// detour sends calls for the real host to the sandbox; signatures do not cover
// the host.
type detour struct{ to *url.URL }

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = d.to.Scheme, d.to.Host, ""
	return http.DefaultTransport.RoundTrip(r)
}

// shop is a merchant who uses wechatpay-go.
type shop struct {
	c        wechat.Credentials
	behind   [2]wechat.Credentials // two shops of a service provider
	client   *core.Client
	verifier auth.Verifier
}

// openShop makes the client in one of the two modes of WeChat Pay.
func openShop(t *testing.T, dir, mode string) shop {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Wechat wechat.Credentials
		Shop1  wechat.Credentials `json:"wechat_shop_1"`
		Shop2  wechat.Credentials `json:"wechat_shop_2"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	c := all.Wechat
	key, err := utils.LoadPrivateKeyWithPath(filepath.Join(dir, c.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	way := option.WithHTTPClient(&http.Client{Transport: detour{base}, Timeout: 10 * time.Second})
	s := shop{c: c, behind: [2]wechat.Credentials{all.Shop1, all.Shop2}}
	var ciphers core.ClientOption
	switch mode {
	case "public key":
		public, err := utils.LoadPublicKeyWithPath(filepath.Join(dir, c.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		ciphers = option.WithWechatPayPublicKeyAuthCipher(c.Mchid, c.SerialNo, key, c.PublicKeyID, public)
		s.verifier = verifiers.NewSHA256WithRSAPubkeyVerifier(c.PublicKeyID, *public)
	case "certificate":
		mgr := downloadCertificates(t, c, key, way)
		ciphers = option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(c.Mchid, c.SerialNo, key, mgr)
		s.verifier = verifiers.NewSHA256WithRSAVerifier(mgr.GetCertificateVisitor(c.Mchid))
	}
	if s.client, err = core.NewClient(t.Context(), ciphers, way); err != nil {
		t.Fatal(err)
	}
	return s
}

// downloadCertificates is the way of the library's own downloader: the first
// download is trusted by its cipher, the second is verified with the first.
func downloadCertificates(t *testing.T, c wechat.Credentials, key *rsa.PrivateKey, way core.ClientOption) *downloader.CertificateDownloaderMgr {
	t.Helper()
	ctx := t.Context()
	blind, err := core.NewClient(ctx, option.WithMerchantCredential(c.Mchid, c.SerialNo, key), option.WithoutValidator(), way)
	if err != nil {
		t.Fatal(err)
	}
	first, err := downloader.NewCertificateDownloaderWithClient(ctx, blind, c.APIv3Key)
	if err != nil {
		t.Fatal(err)
	}
	certs := first.GetAll(ctx)
	if len(certs) != 1 {
		t.Fatalf("%d certificates", len(certs))
	}
	var list []*x509.Certificate
	for _, cert := range certs {
		list = append(list, cert)
	}
	seeing, err := core.NewClient(ctx, option.WithMerchantCredential(c.Mchid, c.SerialNo, key), option.WithWechatPayCertificate(list), way)
	if err != nil {
		t.Fatal(err)
	}
	mgr := downloader.NewCertificateDownloaderMgr(ctx)
	t.Cleanup(mgr.Stop)
	if err := mgr.RegisterDownloaderWithClient(ctx, seeing, c.Mchid, c.APIv3Key); err != nil {
		t.Fatal(err)
	}
	return mgr
}

// notices is a notify_url that keeps what comes.
func notices(t *testing.T) (string, chan *http.Request) {
	t.Helper()
	came := make(chan *http.Request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		again := r.Clone(context.Background())
		again.Body = io.NopCloser(bytes.NewReader(body))
		came <- again
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	return server.URL, came
}

func TestWechatpayGo(t *testing.T) {
	street, dir := openStreet(t)
	for _, mode := range []string{"public key", "certificate"} {
		t.Run(mode, func(t *testing.T) {
			s := openShop(t, dir, mode)
			at, came := notices(t)
			no := "compat-" + strings.ReplaceAll(mode, " ", "-")
			orderAndPay(t, street, s, no, at)
			notice(t, s, came, "TRANSACTION.SUCCESS", no)
			refund(t, s, no, at)
			notice(t, s, came, "REFUND.SUCCESS", no)
			closing(t, s, no+"-2", at)
		})
	}
}

func orderAndPay(t *testing.T, street *sandbox.Street, s shop, no, at string) {
	t.Helper()
	ctx, api := t.Context(), native.NativeApiService{Client: s.client}
	made, _, err := api.Prepay(ctx, native.PrepayRequest{
		Appid: &s.c.Appid, Mchid: &s.c.Mchid, Description: core.String("铁观音 100 克"), OutTradeNo: &no,
		TimeExpire: core.Time(time.Now().Add(time.Hour)), Attach: core.String("till 1"), NotifyUrl: &at,
		Amount:    &native.Amount{Total: core.Int64(12345), Currency: core.String("CNY")},
		SceneInfo: &native.SceneInfo{PayerClientIp: core.String("127.0.0.1"), DeviceId: core.String("till-1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := native.QueryOrderByOutTradeNoRequest{OutTradeNo: &no, Mchid: &s.c.Mchid}
	if q, _, err := api.QueryOrderByOutTradeNo(ctx, ask); err != nil || *q.TradeState != "NOTPAY" {
		t.Fatal(q, err)
	}
	if _, err := street.Book().Pay(*made.CodeUrl, "", ""); err != nil {
		t.Fatal(err)
	}
	q, _, err := api.QueryOrderByOutTradeNo(ctx, ask)
	if err != nil || *q.TradeState != "SUCCESS" || *q.Amount.Total != 12345 || *q.Amount.PayerTotal != 12345 || *q.Payer.Openid == "" || *q.Attach != "till 1" {
		t.Fatal(q, err)
	}
	if _, err := time.Parse(time.RFC3339, *q.SuccessTime); err != nil {
		t.Error(err)
	}
	again, _, err := api.QueryOrderById(ctx, native.QueryOrderByIdRequest{TransactionId: q.TransactionId, Mchid: &s.c.Mchid})
	if err != nil || *again.OutTradeNo != no {
		t.Fatal(again, err)
	}
	_, err = api.CloseOrder(ctx, native.CloseOrderRequest{OutTradeNo: &no, Mchid: &s.c.Mchid})
	if !core.IsAPIError(err, "ORDER_PAID") {
		t.Errorf("close of a paid order: %v", err)
	}
}

func notice(t *testing.T, s shop, came chan *http.Request, event, no string) {
	t.Helper()
	var r *http.Request
	select {
	case r = <-came:
	case <-time.After(10 * time.Second):
		t.Fatalf("no notice of %s", event)
	}
	handler, err := notify.NewRSANotifyHandler(s.c.APIv3Key, s.verifier)
	if err != nil {
		t.Fatal(err)
	}
	if event == "TRANSACTION.SUCCESS" {
		text := new(payments.Transaction)
		head, err := handler.ParseNotifyRequest(t.Context(), r, text)
		if err != nil || head.EventType != event || *text.OutTradeNo != no || *text.Amount.Total != 12345 || *text.TradeState != "SUCCESS" {
			t.Fatal(head, text, err)
		}
		return
	}
	text := map[string]any{}
	head, err := handler.ParseNotifyRequest(t.Context(), r, &text)
	if err != nil || head.EventType != event || text["out_trade_no"] != no || text["refund_status"] != "SUCCESS" {
		t.Fatal(head, text, err)
	}
}

func refund(t *testing.T, s shop, no, at string) {
	t.Helper()
	ctx, api := t.Context(), refunddomestic.RefundsApiService{Client: s.client}
	back := no + "-r"
	ask := refunddomestic.CreateRequest{
		OutTradeNo: &no, OutRefundNo: &back, Reason: core.String("退货"), NotifyUrl: &at,
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(345), Total: core.Int64(12345), Currency: core.String("CNY")},
	}
	r, _, err := api.Create(ctx, ask)
	if err != nil || *r.Amount.Refund != 345 || *r.OutRefundNo != back {
		t.Fatal(r, err)
	}
	for range 200 {
		q, _, err := api.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &back})
		if err != nil {
			t.Fatal(err)
		}
		if *q.Status == refunddomestic.STATUS_SUCCESS {
			if *q.RefundId != *r.RefundId || q.SuccessTime == nil {
				t.Error(q)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the refund never ends")
}

func closing(t *testing.T, s shop, no, at string) {
	t.Helper()
	ctx, api := t.Context(), native.NativeApiService{Client: s.client}
	if _, _, err := api.Prepay(ctx, native.PrepayRequest{
		Appid: &s.c.Appid, Mchid: &s.c.Mchid, Description: core.String("茶"), OutTradeNo: &no, NotifyUrl: &at,
		Amount: &native.Amount{Total: core.Int64(1)},
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a signed 204, and again
		if _, err := api.CloseOrder(ctx, native.CloseOrderRequest{OutTradeNo: &no, Mchid: &s.c.Mchid}); err != nil {
			t.Fatal(err)
		}
	}
	q, _, err := api.QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &no, Mchid: &s.c.Mchid})
	if err != nil || *q.TradeState != "CLOSED" {
		t.Fatal(q, err)
	}
	missing := no + "-none"
	_, _, err = api.QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &missing, Mchid: &s.c.Mchid})
	var refused *core.APIError
	if !errors.As(err, &refused) || refused.StatusCode != 404 || refused.Code != "ORDER_NOT_EXIST" {
		t.Errorf("unknown order: %v", err)
	}
}
