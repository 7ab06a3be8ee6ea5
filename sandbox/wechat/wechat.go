package wechat

import (
	"crypto/tls"
	"crypto/x509"
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
	Mchid               string `json:"mchid"`
	Appid               string `json:"appid"`
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
	SM2PrivateKey       string `json:"sm2_private_key"`
	SM2Certificate      string `json:"sm2_certificate"`
	SM2SerialNo         string `json:"sm2_serial_no"`
	SM2Platform         string `json:"sm2_platform_certificate"`
	// A service provider and its two shops. Its platform keys are the same.
	ProviderMchid       string `json:"provider_mchid"`
	ProviderAppid       string `json:"provider_appid"`
	ProviderAppSecret   string `json:"provider_app_secret"`
	ProviderSerialNo    string `json:"provider_serial_no"`
	ProviderPrivateKey  string `json:"provider_private_key"`
	ProviderCertificate string `json:"provider_certificate"`
	ProviderAPIv3Key    string `json:"provider_api_v3_key"`
	ProviderAPIv2Key    string `json:"provider_api_v2_key"`
	ProviderSubMchid1   string `json:"provider_sub_mchid_1"`
	ProviderSubAppid1   string `json:"provider_sub_appid_1"`
	ProviderSubMchid2   string `json:"provider_sub_mchid_2"`
	ProviderSubAppid2   string `json:"provider_sub_appid_2"`
}

// Credentials makes the object of credentials.json from the base URLs of the
// doors.
func (p *Provider) Credentials(urls []string) any {
	in := func(name string) string { return path.Join(filepath.Base(p.keys.dir), name) }
	sp := p.keys.provider
	return Credentials{
		BaseURL: urls[0], TLSBaseURL: urls[1], TLSCA: in(fileAuthority),
		Mchid: p.keys.Mchid, Appid: p.keys.Appid, AppSecret: p.keys.AppSecret, OAuthBaseURL: urls[0], SerialNo: p.keys.shop.serial,
		PrivateKey: in(fileMerchantKey), Certificate: in(fileMerchantCert),
		APIv3Key: p.keys.APIv3Key, APIv2Key: p.keys.APIv2Key,
		PublicKeyID: p.keys.PublicKeyID, PublicKey: in(filePublicKey), PlatformCertificate: in(filePlatformCert),
		SM2PrivateKey: in(fileShopSM2Key), SM2Certificate: in(fileShopSM2Cert), SM2SerialNo: p.keys.shop.sm2.name, SM2Platform: in(fileSM2Cert),
		ProviderMchid: sp.Mchid, ProviderAppid: sp.Appid, ProviderAppSecret: sp.AppSecret, ProviderSerialNo: sp.serial,
		ProviderPrivateKey: in(fileProviderKey), ProviderCertificate: in(fileProviderCert),
		ProviderAPIv3Key: sp.APIv3Key, ProviderAPIv2Key: sp.APIv2Key,
		ProviderSubMchid1: sp.subs[0].Mchid, ProviderSubAppid1: sp.subs[0].Appid,
		ProviderSubMchid2: sp.subs[1].Mchid, ProviderSubAppid2: sp.subs[1].Appid,
	}
}
