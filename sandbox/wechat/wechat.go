package wechat

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"path"
	"path/filepath"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
)

// The ports after the street's own.
const (
	OffsetPlain = 1
	OffsetTLS   = 6 // asks for the merchant's client certificate, for /secapi/pay/*
)

// The names of the calls, for fault rules.
const (
	OpNative       = "native"
	OpJSAPI        = "jsapi"
	OpAccessToken  = "access_token"
	OpQuery        = "query"
	OpClose        = "close"
	OpRefund       = "refund"
	OpRefundQuery  = "refund_query"
	OpCertificates = "certificates"
	OpMicropay     = "micropay"
	OpOrderQuery   = "orderquery"
	OpReverse      = "reverse"
	OpCodepay      = "codepay"
	OpAbnormal     = "abnormal_refund"
	OpTradeBill    = "tradebill"
	OpFundBill     = "fundflowbill"
	OpBillDownload = "billdownload"
)

// Provider is WeChat Pay.
type Provider struct {
	book    *book.Book
	faults  *fault.Set
	now     func() time.Time
	rand    io.Reader
	keys    *keys
	nonces  *nonces
	forger  forger
	tickets ticketBox
	papers  paperBox
	desk    wallet.Desk // for BillReady and SpoilBill
}

// Policy is WeChat Pay's rules for the book.
func Policy() book.Policy {
	return book.Policy{
		FeeRate:      600, // 0.60 %, a small shop's usual rate
		CodePrefixes: []string{"10", "11", "12", "13", "14", "15"},
		ShownCode:    func(token string) string { return "weixin://wxpay/bizpayurl?pr=" + token },
		InsideCode:   func(token string) string { return insidePrefix + "wx" + token },
		Number:       func(day, digits string) string { return "4200" + digits[:6] + day + digits[6:] },
		RefundNumber: func(day, digits string) string { return "5030" + digits[:6] + day + digits[6:] },
		CodeLife:     2 * time.Hour,
		OrderLife:    7 * 24 * time.Hour,
		// "申请撤销": within 7 days of payment; "申请退款": within one year,
		// at most 50 parts.
		ReverseWindow: 7 * 24 * time.Hour,
		RefundWindow:  365 * 24 * time.Hour,
		RefundDelay:   time.Second,
		RefundsMost:   50,
		// "支付通知": 15 deliveries after the first, about a day.
		NoticeGaps: []time.Duration{
			15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute,
			20 * time.Minute, 30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour,
			3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
		},
		PasswordAboveFen: 100_000,
	}
}

// Open loads or makes the keys.
func Open(d wallet.Desk) (*Provider, error) {
	k, err := openKeys(d)
	if err != nil {
		return nil, err
	}
	return &Provider{
		book: d.Book, faults: d.Faults, now: d.Now, rand: d.Rand, keys: k,
		desk: d, nonces: &nonces{young: map[string]struct{}{}, old: map[string]struct{}{}},
	}, nil
}

// Wallet names the provider.
func (p *Provider) Wallet() book.Wallet { return book.WeChat }

// Ops names the calls for fault rules.
func (p *Provider) Ops() []string {
	return []string{OpNative, OpJSAPI, OpAccessToken, OpQuery, OpClose, OpRefund, OpRefundQuery, OpCertificates, OpMicropay, OpOrderQuery, OpReverse, OpCodepay, OpAbnormal, OpTradeBill, OpFundBill, OpBillDownload, fault.OpNotice}
}

// Doors are the plain one and the one over TLS that asks for a certificate.
func (p *Provider) Doors() []wallet.Door {
	h := p.routes()
	return []wallet.Door{{Offset: OffsetPlain, Handler: h}, {Offset: OffsetTLS, TLS: p.serverTLS(), Handler: h}}
}

// routes is the table of routes.
func (p *Provider) routes() http.Handler {
	mux := http.NewServeMux()
	// A shop's own form, and its service provider's.
	for _, at := range []string{"/v3/pay/transactions", "/v3/pay/partner/transactions"} {
		mux.HandleFunc("POST "+at+"/native", p.v3(OpNative, p.native))
		mux.HandleFunc("POST "+at+"/jsapi", p.v3(OpJSAPI, p.jsapi))
		mux.HandleFunc("POST "+at+"/codepay", p.v3(OpCodepay, p.codepay))
		mux.HandleFunc("GET "+at+"/out-trade-no/{out_trade_no}", p.v3(OpQuery, p.query))
		mux.HandleFunc("GET "+at+"/id/{transaction_id}", p.v3(OpQuery, p.query))
		mux.HandleFunc("POST "+at+"/out-trade-no/{out_trade_no}/close", p.v3(OpClose, p.closeOrder))
		mux.HandleFunc("POST "+at+"/out-trade-no/{out_trade_no}/reverse", p.v3(OpReverse, p.reverse3))
	}
	mux.HandleFunc("GET /connect/oauth2/authorize", p.greet)
	mux.HandleFunc("GET /sns/oauth2/access_token", p.accessToken)
	mux.HandleFunc("POST /v3/refund/domestic/refunds", p.v3(OpRefund, p.refund))
	mux.HandleFunc("GET /v3/refund/domestic/refunds/{out_refund_no}", p.v3(OpRefundQuery, p.refundQuery))
	mux.HandleFunc("POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund", p.v3(OpAbnormal, p.abnormal))
	mux.HandleFunc("GET /v3/bill/tradebill", p.v3(OpTradeBill, p.tradeBill))
	mux.HandleFunc("GET /v3/bill/fundflowbill", p.v3(OpFundBill, p.fundBill))
	mux.HandleFunc("GET /v3/billdownload/file", p.billDownload)
	mux.HandleFunc("GET /v3/certificates", p.v3(OpCertificates, p.certificates))
	mux.HandleFunc("/pay/micropay", p.v2(OpMicropay, p.micropay))
	mux.HandleFunc("/pay/orderquery", p.v2(OpOrderQuery, p.orderQuery))
	mux.HandleFunc("/pay/refundquery", p.v2(OpRefundQuery, p.v2RefundQuery))
	mux.HandleFunc("/secapi/pay/refund", p.secure(p.v2(OpRefund, p.v2Refund)))
	mux.HandleFunc("/secapi/pay/reverse", p.secure(p.v2(OpReverse, p.reverse)))
	mux.HandleFunc("/", p.v3("", p.nowhere))
	return mux
}

// serverTLS asks for the merchant's certificate and refuses all others.
func (p *Provider) serverTLS() *tls.Config {
	trust := x509.NewCertPool()
	trust.AddCert(p.keys.authority)
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Time: p.now,
		Certificates: []tls.Certificate{p.keys.server},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: trust,
	}
}

// Credentials is what a merchant's client needs; paths begin with the name of
// the provider's folder.
type Credentials struct {
	BaseURL             string `json:"base_url"`
	TLSBaseURL          string `json:"tls_base_url"`
	TLSCA               string `json:"tls_ca"`
	Mchid               string `json:"mchid,omitempty"`
	Appid               string `json:"appid,omitempty"`
	AppSecret           string `json:"app_secret"`
	OAuthBaseURL        string `json:"oauth_base_url"`
	SerialNo            string `json:"serial_no"`
	PrivateKey          string `json:"private_key"`
	Certificate         string `json:"certificate"`
	APIv3Key            string `json:"api_v3_key"`
	APIv2Key            string `json:"api_v2_key"`
	PublicKeyID         string `json:"public_key_id"`
	PublicKey           string `json:"public_key"`
	PlatformCertificate string `json:"platform_certificate"`
	SM2PrivateKey       string `json:"sm2_private_key,omitempty"`
	SM2Certificate      string `json:"sm2_certificate,omitempty"`
	// Through a service provider, in the place of Mchid and Appid.
	SpMchid  string `json:"sp_mchid,omitempty"`
	SpAppid  string `json:"sp_appid,omitempty"`
	SubMchid string `json:"sub_mchid,omitempty"`
	SubAppid string `json:"sub_appid,omitempty"`
}

// Credentials makes the object of credentials.json from the base URLs of the
// doors.
func (p *Provider) Credentials(urls []string) any {
	c := p.credentials(p.keys.shop, urls)
	c.PrivateKey, c.Certificate = p.file(fileMerchantKey), p.file(fileMerchantCert)
	c.SM2PrivateKey, c.SM2Certificate = p.file(fileShopSM2Key), p.file(fileShopSM2Cert)
	c.Mchid, c.Appid = p.keys.Mchid, p.keys.Appid
	return c
}

// MoreCredentials are those of two shops behind a service provider: the second
// has an app of its own.
func (p *Provider) MoreCredentials(urls []string) map[string]any {
	out := map[string]any{}
	for i, sub := range p.keys.provider.subs {
		c := p.credentials(p.keys.provider, urls)
		c.PrivateKey, c.Certificate = p.file(fileProviderKey), p.file(fileProviderCert)
		c.SpMchid, c.SpAppid, c.SubMchid = p.keys.provider.Mchid, p.keys.provider.Appid, sub.Mchid
		if i == 1 {
			c.SubAppid = sub.Appid
		}
		out[fmt.Sprintf("wechat_shop_%d", i+1)] = c
	}
	return out
}

// credentials are what all have: WeChat Pay's keys, and a party's words.
func (p *Provider) credentials(w *party, urls []string) Credentials {
	return Credentials{
		BaseURL: urls[0], TLSBaseURL: urls[1], TLSCA: p.file(fileAuthority), OAuthBaseURL: urls[0],
		AppSecret: w.AppSecret, SerialNo: w.serial, APIv3Key: w.APIv3Key, APIv2Key: w.APIv2Key,
		PublicKeyID: p.keys.PublicKeyID, PublicKey: p.file(filePublicKey), PlatformCertificate: p.file(filePlatformCert),
	}
}

// file names a key's file as credentials.json does.
func (p *Provider) file(name string) string { return path.Join(filepath.Base(p.keys.dir), name) }
