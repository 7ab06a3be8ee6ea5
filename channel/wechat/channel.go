package wechat

import (
	"context"
	"io"
	"net/url"
	"time"

	"crypto/rsa"

	"guitai"
	"guitai/channel"
	"guitai/channel/wire"
)

// Mode says which kind of key WeChat Pay signs with for this merchant.
type Mode string

// The modes. Whichever is set, each answer is checked with the key that its
// Wechatpay-Serial names: during a switch-over both kinds come back.
const (
	// ModePublicKey: WeChat Pay's public key (微信支付公钥), the default for
	// new merchants. Requests name it.
	ModePublicKey Mode = "public_key"
	// ModeCertificate: platform certificates (平台证书), downloaded.
	ModeCertificate Mode = "certificate"
)

// SignType is the way v2 messages are signed.
type SignType string

// The v2 signatures.
const (
	SignHMAC SignType = "HMAC-SHA256"
	SignMD5  SignType = "MD5"
)

// Algorithm is the suite of ciphers of v3.
type Algorithm string

// The suites. v2, and what a page hands to the app, are not touched by it.
const (
	AlgorithmRSA Algorithm = "rsa" // RSA with SHA-256, AES-256-GCM
	AlgorithmSM2 Algorithm = "sm2" // 国密: SM2 with SM3, SM4-128-GCM
)

// CodePay says by which edition payment codes are charged.
type CodePay string

// The editions. Which one a merchant number may use is WeChat Pay's to grant;
// every merchant has v2.
const (
	CodePayV2 CodePay = "v2" // micropay, orderquery, reverse
	CodePayV3 CodePay = "v3" // codepay, query, reverse
)

// Options are a merchant's credentials and what the channel runs on. Keys and
// certificates are PEM.
type Options struct {
	BaseURL    string // https://api.mch.weixin.qq.com; plain http only to a loopback address
	TLSBaseURL string // for calls that need the client certificate; empty: BaseURL
	MchID      string // 商户号; of the service provider where SubMchID is set
	AppID      string // of MchID
	// SubMchID is the shop for which a service provider (服务商) takes money, and
	// SubAppID the shop's own app, if it has one. Empty: MchID is the shop.
	SubMchID   string
	SubAppID   string
	SerialNo   string // of Certificate, upper-case hex; empty: read off Certificate
	PrivateKey []byte // of the merchant's API certificate
	// Certificate is the merchant's API certificate: the client certificate of
	// TLSBaseURL.
	Certificate []byte
	APIv3Key    string // 32 bytes
	APIv2Key    string // 32 bytes
	PublicKeyID string // PUB_KEY_ID_…; needed in ModePublicKey
	PublicKey   []byte
	// BillURL is a further host at which bills may lie; empty: only BaseURL's.
	BillURL string
	// AppSecret is the app's own, for pages inside WeChat; empty: there are none.
	AppSecret   string
	OAuthURL    string // who the payer is, the page; empty: https://open.weixin.qq.com
	OAuthAPIURL string // the same, the call; empty: OAuthURL, or https://api.weixin.qq.com
	TLSCA       []byte // a further authority to trust, for a private deployment; empty: none
	Mode        Mode
	SignType    SignType // of v2; empty: SignHMAC
	CodePay     CodePay  // empty: CodePayV2
	// Algorithm is empty for AlgorithmRSA. AlgorithmSM2 needs ModeCertificate and
	// the two below; the RSA pair above stays for TLS and for pages.
	Algorithm      Algorithm
	SM2PrivateKey  []byte
	SM2Certificate []byte

	Now  func() time.Time
	Rand io.Reader
	// Timeout bounds one call whatever its context says. Default 10 s.
	Timeout time.Duration
	// RefreshEvery bounds how often platform certificates are downloaded.
	// Default 1 minute.
	RefreshEvery time.Duration
}

// Channel is one merchant's channel to WeChat Pay: channel.Channel, Shower,
// Asker, Ender, Noticer, Inside and Biller.
type Channel struct {
	base, tlsBase *url.URL
	plain, mutual *wire.Line // without and with the client certificate
	billBase      *url.URL   // nil: base only
	oauth         *url.URL
	oauthAPI      *url.URL
	mchID, appID  string
	subMchID      string // empty: connected directly
	subAppID      string
	codePay       CodePay
	appSecret     string
	serialNo      string
	key           *rsa.PrivateKey
	signer        signer // of v3 requests
	v3Key         []byte
	v2Key         string
	signType      SignType
	mode          Mode
	keys          keyring
	nowFn         func() time.Time
	rand          io.Reader
	timeout       time.Duration
}

// Close drops idle connections. The channel can still be used.
func (c *Channel) Close() {
	c.plain.Close()
	c.mutual.Close()
}

func (c *Channel) now() time.Time { return c.nowFn().UTC() }

// Wallet is guitai.WeChat.
func (c *Channel) Wallet() guitai.Wallet { return guitai.WeChat }

// Ending: a shown code is closed; a code payment can only be reversed
// (268449641 is what closing one is told).
func (c *Channel) Ending(kind guitai.PaymentKind) guitai.Ending {
	if kind == guitai.Show {
		return guitai.EndClose
	}
	return guitai.EndReverse
}

// Charge takes money by a payment code, by v2 micropay or v3 codepay.
func (c *Channel) Charge(ctx context.Context, q channel.Charge) channel.Answer {
	if !sound(q.Order) || q.AuthCode == "" || len(q.AuthCode) > 128 {
		return unbuilt()
	}
	if c.codePay == CodePayV3 {
		return c.codepay(ctx, q)
	}
	return c.micropay(ctx, q)
}

// Show makes a code for the payer to scan, by v3 Native.
func (c *Channel) Show(ctx context.Context, q channel.Show) channel.Answer {
	if !sound(q.Order) {
		return unbuilt()
	}
	return c.native(ctx, q)
}

// Ask asks about an order: v3 for a shown code, for a code payment as it was
// made.
func (c *Channel) Ask(ctx context.Context, o channel.Order) channel.Answer {
	if !sound(o) {
		return unbuilt()
	}
	if o.Kind == guitai.Show || c.codePay == CodePayV3 {
		return c.query(ctx, o)
	}
	return c.orderquery(ctx, o)
}

// End closes a shown code (v3) or reverses a code payment.
func (c *Channel) End(ctx context.Context, o channel.Order) channel.Answer {
	if !sound(o) {
		return unbuilt()
	}
	if c.Ending(o.Kind) == guitai.EndClose {
		return c.closeOrder(ctx, o)
	}
	if c.codePay == CodePayV3 {
		return c.reverse3(ctx, o)
	}
	return c.reverse(ctx, o)
}

// Refund gives money back, by v3, for orders of both kinds.
func (c *Channel) Refund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	if !sound(r.Order) || !soundNo(r.No) || !r.Amount.Positive() || r.Amount.Currency != guitai.CNY {
		return unbuiltRefund()
	}
	return c.refund(ctx, r)
}

// AskRefund asks about a refund, by v3.
func (c *Channel) AskRefund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	if !soundNo(r.No) {
		return unbuiltRefund()
	}
	return c.askRefund(ctx, r)
}

// sound reports whether a request can be made for the order: out_trade_no is 6
// to 32 characters, the amount at least 1 fen of renminbi.
func sound(o channel.Order) bool {
	return soundNo(o.No) && o.Amount.Positive() && o.Amount.Currency == guitai.CNY &&
		(o.Kind == guitai.Show || o.Kind == guitai.Scan)
}

// soundNo keeps to letters and digits, fewer than WeChat Pay allows: numbers
// stand in paths.
func soundNo(no string) bool {
	if len(no) < 6 || len(no) > 32 {
		return false
	}
	for i := range len(no) {
		if c := no[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// unbuilt is the answer to an order that no request can be made of.
func unbuilt() channel.Answer {
	return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeFieldInvalid}
}

func unbuiltRefund() channel.RefundAnswer {
	return channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: guitai.CodeFieldInvalid}
}
