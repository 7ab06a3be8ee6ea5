package alipay

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// Options is what an account at Alipay needs. Either AlipayPublicKey is set
// (plain keys) or the three certificates are (certificate mode, [2]).
type Options struct {
	Gateway       string // such as https://openapi.alipay.com/gateway.do; http only to this machine
	AppID         string
	AppPrivateKey []byte // PEM, PKCS#1 or PKCS#8

	AlipayPublicKey []byte // PEM, PKIX

	AppCert        []byte // PEM
	AlipayCert     []byte // PEM, the signing certificate first, then those between it and the root
	AlipayRootCert []byte // PEM bundle

	SellerID string // the seller's user number (2088…); empty: notices are not checked for it

	// A service provider (服务商) calls for a merchant: AppID and the keys are
	// the provider's, and the token is what the merchant gave it. Then SellerID
	// or AuthAppID must be set too: all its merchants' notices are signed alike.
	AppAuthToken string
	AuthAppID    string // the merchant's own app; notices for another are refused
	ProviderID   string // sys_service_provider_id: the provider's user number, for its commission
	SubMerchant  string // sub_merchant.merchant_id: below an institution (间连)

	OAuthBase string // where Greet sends payers; empty: https://openauth.alipay.com
	Product   string // product_code of ShowInside; empty: JSAPI_PAY
	BillHost  string // where bills may lie besides the gateway's host; empty: dwbillcenter.alipay.com

	Timeout time.Duration    // of one call, on top of the deadline of its context; zero: 10 s
	Now     func() time.Time // the present time
}

// Channel speaks with Alipay for one account. It is safe for concurrent use.
type Channel struct {
	appID      string
	sellerID   string
	provider   provider
	oauth      string
	product    string
	billHosts  []string
	key        *rsa.PrivateKey
	appCertSN  string // empty with plain keys
	rootCertSN string
	trust      *trust
	line       *line
	now        func() time.Time
}

// provider is what is sent and checked besides where a service provider calls
// for a merchant.
type provider struct {
	token       string // a secret
	authAppID   string
	id          string
	subMerchant string
}

// The adapter has all of the contract's extras.
var (
	_ channel.Channel = (*Channel)(nil)
	_ channel.Shower  = (*Channel)(nil)
	_ channel.Asker   = (*Channel)(nil)
	_ channel.Ender   = (*Channel)(nil)
	_ channel.Noticer = (*Channel)(nil)
	_ channel.Inside  = (*Channel)(nil)
	_ channel.Biller  = (*Channel)(nil)
)

// Open checks the account's credentials against each other and returns its
// adapter. Nothing is sent. Errors never quote a key.
func Open(o Options) (*Channel, error) {
	o.OAuthBase, o.Product = strings.TrimSuffix(cmp.Or(o.OAuthBase, openAuth), "/"), cmp.Or(o.Product, insideProduct)
	if err := checkOptions(o); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	key, err := parsePrivateKey(o.AppPrivateKey)
	if err != nil {
		return nil, err
	}
	c := &Channel{
		appID: o.AppID, sellerID: o.SellerID, oauth: o.OAuthBase, product: o.Product, key: key, now: o.Now, line: newLine(o.Gateway, o.Timeout),
		billHosts: hostsOf(o.Gateway, cmp.Or(o.BillHost, openBill)),
		provider:  provider{o.AppAuthToken, o.AuthAppID, o.ProviderID, o.SubMerchant},
	}
	certs := len(o.AppCert) > 0 || len(o.AlipayCert) > 0 || len(o.AlipayRootCert) > 0
	switch {
	case certs && len(o.AlipayPublicKey) > 0:
		return nil, errors.New("alipay: give Alipay's public key or the three certificates, not both")
	case certs:
		if c.trust, err = trustCerts(o.AlipayCert, o.AlipayRootCert, o.Now()); err != nil {
			return nil, err
		}
		if c.appCertSN, err = ownCert(o.AppCert, &key.PublicKey); err != nil {
			return nil, err
		}
		c.rootCertSN = c.trust.rootSN
	default:
		if c.trust, err = trustKey(o.AlipayPublicKey); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// checkOptions checks what needs no key.
func checkOptions(o Options) error {
	if err := errors.Join(checkAddress("gateway", o.Gateway), checkAddress("oauth_base_url", o.OAuthBase)); err != nil {
		return err
	}
	switch {
	case o.AppID == "" || len(o.AppID) > 32:
		return errors.New("alipay: app_id is missing or too long")
	case o.Now == nil:
		return errors.New("alipay: no clock")
	case len(o.AppAuthToken) > 128 || o.AppAuthToken != "" && !printable(o.AppAuthToken):
		return errors.New("alipay: app_auth_token is not a token")
	case o.AppAuthToken != "" && o.SellerID == "" && o.AuthAppID == "":
		return errors.New("alipay: app_auth_token needs seller_id or auth_app_id: notices for the provider's other merchants are signed alike")
	}
	return nil
}

// checkAddress refuses to send payment codes, or a payer's browser, in clear
// text over a network.
func checkAddress(name, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("alipay: " + name + " is not a plain address")
	}
	if u.Scheme == "https" || u.Scheme == "http" && thisMachine(u.Hostname()) {
		return nil
	}
	return errors.New("alipay: " + name + " must be https, or http on this machine")
}

func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Close lets go of idle connections.
func (c *Channel) Close() { c.line.wire.Close() }

// Wallet is Alipay.
func (c *Channel) Wallet() guitai.Wallet { return guitai.Alipay }

// Ending is always a reversal: alipay.trade.cancel is the one call that also
// kills a code that nobody has scanned, and it gives the money of a paid order
// back [7]. Orders of ShowInside are Show orders too; where the wallet will not
// cancel them, End closes them.
func (c *Channel) Ending(guitai.PaymentKind) guitai.Ending { return guitai.EndReverse }

// payWindow is how long a payer may take over the password after alipay.trade.pay;
// the official demo's value [11]. It ends orders that nobody ends any more.
const payWindow = "5m"

// maxShow is how long a code lives at most, whatever was asked [5].
const maxShow = 2 * time.Hour

// Charge takes money by the payer's code: alipay.trade.pay [4].
func (c *Channel) Charge(ctx context.Context, ch channel.Charge) channel.Answer {
	if why := checkOrder(ch.Order); why != "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: why}
	}
	if n := len(ch.AuthCode); n < 16 || n > 24 || !digits(ch.AuthCode) {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeCodeMalformed}
	}
	b := c.order(ch.Order, ch.Description, ch.Place)
	b.Scene, b.AuthCode, b.TimeoutExpress = "bar_code", ch.AuthCode, payWindow
	h := c.call(ctx, request{method: "alipay.trade.pay", biz: b, notifyURL: ch.NotifyURL})
	return h.dress(chargeAnswer(h, ch.Order))
}

// Show makes a code to be scanned: alipay.trade.precreate [5]. The trade comes
// to be only when a payer scans it; until then Ask says NotFound.
func (c *Channel) Show(ctx context.Context, s channel.Show) channel.Answer {
	if why := checkOrder(s.Order); why != "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: why}
	}
	now := c.now()
	left := s.Expires.Sub(now)
	if left < time.Second {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeExpiryInvalid}
	}
	left = min(left, maxShow)
	expires := now.Add(left).Truncate(time.Second)
	b := c.order(s.Order, s.Description, s.Place)
	// qr_code_timeout_express knows whole minutes only; time_expire wins over it
	// and stops a payer who scanned in time and pays too late.
	b.TimeExpire = beijing(expires)
	b.QRCodeTimeoutExpress = strconv.FormatInt(int64((left+time.Minute-1)/time.Minute), 10) + "m"
	h := c.call(ctx, request{method: "alipay.trade.precreate", biz: b, notifyURL: s.NotifyURL})
	return h.dress(showAnswer(h, s.Order, expires.UTC()))
}

// Ask asks what became of an order: alipay.trade.query [6].
func (c *Channel) Ask(ctx context.Context, o channel.Order) channel.Answer {
	if o.No == "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeNotSent}
	}
	h := c.call(ctx, request{method: "alipay.trade.query", biz: biz{OutTradeNo: o.No}})
	return h.dress(askAnswer(h, o))
}

// End reverses the order: alipay.trade.cancel [7]. Unknown means: call again.
// That call belongs to pay at the counter; a trade that was made for a page
// inside the app may be refused by it and is closed instead: alipay.trade.close
// [15], which a paid order refuses. Closing alone would not do: it knows
// nothing of a code that nobody has scanned.
func (c *Channel) End(ctx context.Context, o channel.Order) channel.Answer {
	if o.No == "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeNotSent}
	}
	h := c.call(ctx, request{method: "alipay.trade.cancel", biz: biz{OutTradeNo: o.No}})
	if o.Kind != guitai.Show || h.fate != believed || h.node.SubCode != "ACQ.CANCEL_NOT_ALLOWED" {
		return h.dress(endAnswer(h, o))
	}
	closing := c.call(ctx, request{method: "alipay.trade.close", biz: biz{OutTradeNo: o.No}})
	closing.messages = append(h.messages, closing.messages...)
	return closing.dress(closeAnswer(closing, o))
}

// Refund gives money back: alipay.trade.refund [8]. The refund's number is its
// out_request_no, which makes a repeat the same refund.
func (c *Channel) Refund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	if why := checkRefund(r); why != "" {
		return channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: why}
	}
	h := c.call(ctx, request{method: "alipay.trade.refund", notifyURL: r.NotifyURL, biz: biz{
		OutTradeNo: r.Order.No, RefundAmount: r.Amount.Decimal(), OutRequestNo: r.No, RefundReason: cutText(r.Reason, 80),
	}})
	return h.dressRefund(refundAnswer(h, r))
}

// AskRefund asks what became of a refund: alipay.trade.fastpay.refund.query [9].
func (c *Channel) AskRefund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	if why := checkRefund(r); why != "" {
		return channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: why}
	}
	h := c.call(ctx, request{method: "alipay.trade.fastpay.refund.query", biz: biz{
		OutTradeNo: r.Order.No, OutRequestNo: r.No, QueryOptions: []string{"gmt_refund_pay"},
	}})
	return h.dressRefund(askRefundAnswer(h, r))
}

// order fills in what alipay.trade.pay, precreate and create have in common.
func (c *Channel) order(o channel.Order, description string, p channel.Place) biz {
	b := biz{
		OutTradeNo: o.No, TotalAmount: o.Amount.Decimal(), Subject: subject(description, o.No),
		ProductCode: "FACE_TO_FACE_PAYMENT", SellerID: c.sellerID,
		StoreID: cutText(p.Shop, 32), TerminalID: cutText(p.Till, 32), OperatorID: cutText(p.Operator, 28),
	}
	if c.provider.id != "" {
		b.ExtendParams = &extendParams{c.provider.id}
	}
	if c.provider.subMerchant != "" {
		b.SubMerchant = &subMerchant{c.provider.subMerchant}
	}
	return b
}

// subject makes the text that the payer sees. [4] refuses the characters /, =
// and &; their wide forms look the same and pass.
func subject(description, no string) string {
	if strings.TrimSpace(description) == "" {
		description = no
	}
	return cutText(strings.NewReplacer("/", "／", "=", "＝", "&", "＆").Replace(description), 256)
}

// cutText shortens text to so many bytes without cutting a character in two.
func cutText(s string, size int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= size {
		return s
	}
	return strings.ToValidUTF8(s[:size], "")
}

// checkOrder says why an order cannot be sent, or nothing.
func checkOrder(o channel.Order) guitai.Code {
	switch {
	case o.No == "" || len(o.No) > 64:
		return guitai.CodeNotSent
	case o.Amount.Currency != guitai.CNY:
		return guitai.CodeCurrencyUnknown
	case o.Amount.Fen < 1:
		return guitai.CodeAmountZero
	case o.Amount.Fen > 100_000_000_00: // [4]: 0.01 to 100000000
		return guitai.CodeAmountTooLarge
	}
	return ""
}

func checkRefund(r channel.Refund) guitai.Code {
	if r.No == "" || len(r.No) > 64 {
		return guitai.CodeNotSent
	}
	o := r.Order
	o.Amount = r.Amount
	return checkOrder(o)
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// beijing writes a time as Alipay does: yyyy-MM-dd HH:mm:ss, UTC+8.
func beijing(t time.Time) string { return t.In(zone()).Format(time.DateTime) }

// parseTime reads a time as Alipay writes it; what is no time is the zero time.
func parseTime(s string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, s, zone())
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func zone() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// call sends one request and returns what was heard and proven.
func (c *Channel) call(ctx context.Context, r request) heard {
	at := c.now()
	m := channel.Message{At: at.UTC(), Op: strings.TrimPrefix(r.method, "alipay."), Out: r.masked()}
	form, err := c.form(r, at)
	if err != nil {
		m.Failure = "signing"
		return heard{fate: notSent, messages: []channel.Message{m}}
	}
	w := c.line.post(ctx, form)
	m.HTTP = w.code
	h := heard{}
	if w.failure != "" {
		m.Failure = w.failure
		if !w.sent {
			h.fate = notSent
		}
	} else {
		h = c.read(ctx, r, w, &m)
	}
	m.Took = c.now().Sub(at)
	h.messages = append(h.messages, m)
	return h
}

// read believes an answer or does not: first the signature over the bytes of
// the node [1], then the words.
func (c *Channel) read(ctx context.Context, r request, w word, m *channel.Message) heard {
	m.In = fmt.Sprintf("(%d bytes, not read)", len(w.body))
	if w.code != 200 {
		m.Failure = "http " + strconv.Itoa(w.code)
		return heard{}
	}
	env, err := cut(w.body, r.method)
	if err != nil {
		m.Failure = "unreadable: " + err.Error()
		return heard{}
	}
	var h heard
	if env.sign != "" {
		key, extra, err := c.signer(ctx, env.certSN)
		h.messages = extra
		if err == nil {
			err = verify(key, env.node, env.sign)
		}
		if err != nil {
			m.Failure = "signature: " + err.Error()
			return h
		}
	}
	n, err := parseNode(env.node, r.method)
	if err != nil {
		m.Failure = "unreadable: " + err.Error()
		return h
	}
	m.In = n.masked(r.secret())
	if env.sign == "" && !unsignedRefusal(n) {
		m.Failure = "signature: missing"
		return h
	}
	if env.general && (n.Code == codeSuccess || n.Code == "") {
		m.Failure = "success in error_response"
		return h
	}
	h.fate, h.node = believed, n
	return h
}
