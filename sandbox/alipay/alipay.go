package alipay

import (
	"io"
	"net/http"
	"path"
	"path/filepath"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
)

// Offset is the port after the street's own.
const Offset = 2

// The names of the calls, for fault rules.
const (
	OpPay          = "pay"
	OpPrecreate    = "precreate"
	OpQuery        = "query"
	OpCancel       = "cancel"
	OpClose        = "close"
	OpRefund       = "refund"
	OpRefundQuery  = "refund_query"
	OpCertDownload = "cert_download"
	OpCreate       = "create"
	OpAuthorize    = "authorize"
	OpToken        = "oauth_token"
	OpBillQuery    = "bill_query"
	OpBillDownload = "bill_download"
)

// Provider is Alipay.
type Provider struct {
	book   *book.Book
	faults *fault.Set
	now    func() time.Time
	rand   io.Reader
	keys   *keys
	forger forger
	calls  map[string]entry // by method
	grants slips[grant]     // by auth_code
	bills  slips[billSlip]  // by fileId
	ready  func(day string) (time.Time, bool)
	spoil  func([]book.Row) []book.Row
}

// entry is one line of the table of calls.
type entry struct {
	op string
	do func(*call) (any, error)
}

// refundWindow: a trade can be refunded for twelve months, then it is
// TRADE_FINISHED.
const refundWindow = 365 * 24 * time.Hour

// codeLife: a shown code is dead after two hours, whatever was asked.
const codeLife = 2 * time.Hour

// Policy is Alipay's rules for the book.
func Policy() book.Policy {
	return book.Policy{
		FeeRate:       550, // 0.55 %, a small shop's usual rate
		CodePrefixes:  []string{"25", "26", "27", "28", "29", "30"},
		ShownCode:     func(token string) string { return "https://qr.alipay.com/bax" + token },
		InsideCode:    func(token string) string { return "tradeNO=" + token },
		Number:        func(day, digits string) string { return day + "22001" + digits[:15] },
		RefundNumber:  func(day, digits string) string { return day + "22002" + digits[:15] },
		CodeLife:      codeLife,
		OrderLife:     3 * time.Hour,
		ReverseWindow: 24 * time.Hour,
		RefundWindow:  refundWindow,
		// "异步通知": 8 deliveries within 25 hours.
		NoticeGaps: []time.Duration{
			4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
		},
		NoticeOfScan:        true, // where the merchant gave an address
		RefundNoticeToOrder: true,
		NoticeOfGood:        true, // it has no word for a refund that finds no account
		RefundNoPerOrder:    true,
		ChargeAgain:         true,
		ReverseShown:        true,
		CloseScanned:        true,
		PasswordAboveFen:    100_000,
	}
}

// Open loads or makes the keys.
func Open(d wallet.Desk) (*Provider, error) {
	k, err := openKeys(d)
	if err != nil {
		return nil, err
	}
	p := &Provider{book: d.Book, faults: d.Faults, now: d.Now, rand: d.Rand, keys: k, ready: d.BillReady, spoil: d.SpoilBill}
	p.calls = map[string]entry{
		"alipay.trade.pay":                    {OpPay, p.pay},
		"alipay.trade.precreate":              {OpPrecreate, p.precreate},
		"alipay.trade.query":                  {OpQuery, p.query},
		"alipay.trade.cancel":                 {OpCancel, p.cancel},
		"alipay.trade.close":                  {OpClose, p.closeTrade},
		"alipay.trade.refund":                 {OpRefund, p.refund},
		"alipay.trade.fastpay.refund.query":   {OpRefundQuery, p.refundQuery},
		"alipay.open.app.alipaycert.download": {OpCertDownload, p.certDownload},
		"alipay.trade.create":                 {OpCreate, p.create},
		"alipay.system.oauth.token":           {OpToken, p.oauthToken},

		"alipay.data.dataservice.bill.downloadurl.query": {OpBillQuery, p.billQuery},
	}
	return p, nil
}

// Wallet names the provider.
func (p *Provider) Wallet() book.Wallet { return book.Alipay }

// Ops lists the names for fault rules.
func (p *Provider) Ops() []string {
	return []string{
		OpPay, OpPrecreate, OpQuery, OpCancel, OpClose, OpRefund, OpRefundQuery, OpCertDownload,
		OpCreate, OpAuthorize, OpToken, OpBillQuery, OpBillDownload, fault.OpNotice,
	}
}

// Doors is the one gateway, with the pages that payers' browsers visit.
func (p *Provider) Doors() []wallet.Door {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gateway.do", p.gateway)
	mux.HandleFunc("GET /gateway.do", p.gateway)
	mux.HandleFunc("GET "+billPath, p.billDownload)
	mux.HandleFunc("GET /oauth2/publicAppAuthorize.htm", p.authorize)
	return []wallet.Door{{Offset: Offset, Handler: mux}}
}

// Credentials is what a merchant's client needs; paths begin with the name of
// the provider's folder.
type Credentials struct {
	Gateway         string `json:"gateway"`
	AppID           string `json:"app_id"`
	SellerID        string `json:"seller_id"`
	AppPrivateKey   string `json:"app_private_key"`
	AlipayPublicKey string `json:"alipay_public_key"`
	AppCert         string `json:"app_cert"`
	AlipayCert      string `json:"alipay_cert"`
	AlipayRootCert  string `json:"alipay_root_cert"`
	OAuthBaseURL    string `json:"oauth_base_url"`

	// The service provider's app. Its keys of Alipay are the same. Two merchants
	// have authorised it: the one above by the first token, another by the second.
	ProviderAppID      string `json:"provider_app_id"`
	ProviderPrivateKey string `json:"provider_app_private_key"`
	ProviderCert       string `json:"provider_app_cert"`
	ProviderUserID     string `json:"provider_user_id"`
	ProviderToken1     string `json:"provider_token_1"`
	ProviderToken2     string `json:"provider_token_2"`
	ProviderAuthAppID2 string `json:"provider_auth_app_id_2"`
	ProviderSellerID2  string `json:"provider_seller_id_2"`
}

// Credentials makes the object of credentials.json from the base URLs of the
// doors.
func (p *Provider) Credentials(urls []string) any {
	in := func(name string) string { return path.Join(filepath.Base(string(p.keys.dir)), name) }
	return Credentials{
		Gateway: urls[0] + "/gateway.do", AppID: p.keys.AppID, SellerID: p.keys.SellerID,
		AppPrivateKey: in(fileAppKey), AlipayPublicKey: in(filePublicKey),
		AppCert: in(fileAppCert), AlipayCert: in(fileCert), AlipayRootCert: in(fileRoots),
		OAuthBaseURL:  urls[0],
		ProviderAppID: p.keys.ProviderAppID, ProviderPrivateKey: in(fileProviderKey), ProviderCert: in(fileProviderCert), ProviderUserID: p.keys.ProviderUserID,
		ProviderToken1: p.keys.ProviderToken1, ProviderToken2: p.keys.ProviderToken2,
		ProviderAuthAppID2: p.keys.AuthAppID2, ProviderSellerID2: p.keys.SellerID2,
	}
}
