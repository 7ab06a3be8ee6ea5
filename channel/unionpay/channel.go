package unionpay

import (
	"context"
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

// Options is what an account at UnionPay needs: the certificates (signMethod
// 01), or the shared key (11) and none of them.
type Options struct {
	BaseURL string // such as https://gateway.95516.com; http only to this machine
	FileURL string // such as https://filedownload.95516.com/; empty: no bill can be fetched
	MerID   string // merId, 15 characters

	SignCert   []byte // PEM, the merchant's certificate; its serial number is certId
	SignKey    []byte // PEM, PKCS#1 or PKCS#8
	MiddleCert []byte // PEM, UnionPay's middle certificates
	RootCert   []byte // PEM
	// SignerName is whose UnionPay's signing certificate must be: the third part
	// of its common name. Empty: 中国银联股份有限公司. UnionPay's test environment
	// has also signed as 00040000:SIGN.
	SignerName string

	SecureKey []byte // instead of certificates: the shared key of signMethod 11

	TermID  string           // the registered terminal, 8 letters or digits; used where the till's number is none. Empty: 00000001
	Timeout time.Duration    // of one message, on top of the deadline of its context; zero: 10 s
	Now     func() time.Time // the present time
}

// Channel speaks with UnionPay for one account. It is safe for concurrent use.
type Channel struct {
	tradeURL, queryURL, fileURL string

	merID  string
	termID string
	seal   seal
	line   *line
	now    func() time.Time
}

// The adapter has all of the contract's extras.
var (
	_ channel.Channel = (*Channel)(nil)
	_ channel.Shower  = (*Channel)(nil)
	_ channel.Asker   = (*Channel)(nil)
	_ channel.Ender   = (*Channel)(nil)
	_ channel.Noticer = (*Channel)(nil)
	_ channel.Biller  = (*Channel)(nil)
)

// Open checks the account's credentials against each other and returns its
// adapter. Nothing is sent. Errors never quote a key.
func Open(o Options) (*Channel, error) {
	for _, raw := range []string{o.BaseURL, o.FileURL} {
		if err := checkAddress(raw); err != nil && (raw != "" || o.BaseURL == "") {
			return nil, err
		}
	}
	if o.TermID == "" {
		o.TermID = "00000001"
	}
	switch {
	case len(o.MerID) != 15 || !alphanumeric(o.MerID):
		return nil, errors.New("unionpay: mer_id is not 15 letters and digits")
	case len(o.TermID) != 8 || !alphanumeric(o.TermID):
		return nil, errors.New("unionpay: the terminal's number is not 8 letters and digits")
	case o.Now == nil:
		return nil, errors.New("unionpay: no clock")
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	s, err := openSeal(o)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(o.BaseURL, "/")
	return &Channel{
		tradeURL: base + "/gateway/api/backTransReq.do", queryURL: base + "/gateway/api/queryTrans.do", fileURL: o.FileURL,
		merID: o.MerID, termID: o.TermID, seal: s, line: newLine(o.Timeout), now: o.Now,
	}, nil
}

// checkAddress refuses to send payment codes in clear text over a network.
func checkAddress(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("unionpay: not a plain address")
	}
	if u.Scheme == "https" {
		return nil
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return errors.New("unionpay: the address must be https, or http on this machine")
}

// Close lets go of idle connections.
func (c *Channel) Close() { c.line.wire.Close() }

// Wallet is UnionPay.
func (c *Channel) Wallet() guitai.Wallet { return guitai.UnionPay }

// Ending is a reversal for a consumption [1]. A shown code is "closed" by
// outliving its payTimeout: a paid one refuses that, and nothing is given back.
func (c *Channel) Ending(kind guitai.PaymentKind) guitai.Ending {
	if kind == guitai.Show {
		return guitai.EndClose
	}
	return guitai.EndReverse
}

const (
	// maxShow is how long a code lives at most, whatever was asked.
	maxShow = 2 * time.Hour
	// payLag is how long after payTimeout a trade of before may still be on its
	// way, the difference of the clocks included.
	payLag = 15 * time.Second
	// noNotice is what UnionPay's examples send as backUrl by who wants none [3].
	noNotice = "http://www.specialUrl.com"
)

// Charge takes money by the payer's code: 01/06 [1]. Its answer never says that
// the payer was charged.
func (c *Channel) Charge(ctx context.Context, ch channel.Charge) channel.Answer {
	if why := checkOrder(ch.Order); why != "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: why}
	}
	if n := len(ch.AuthCode); n < 16 || n > 20 || !digits(ch.AuthCode) {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeCodeMalformed}
	}
	f := c.trade("01", "06", ch.Order)
	f["qrNo"], f["termId"], f["backUrl"] = ch.AuthCode, c.terminal(ch.Place), backURL(ch.NotifyURL)
	h := c.call(ctx, request{op: "consume", url: c.tradeURL, fields: f, secret: ch.AuthCode})
	return h.dress(chargeAnswer(h, ch.Order))
}

// Show applies for a code to be scanned: 01/07 [1].
func (c *Channel) Show(ctx context.Context, s channel.Show) channel.Answer {
	if why := checkOrder(s.Order); why != "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: why}
	}
	now := c.now()
	left := min(s.Expires.Sub(now), maxShow)
	if left < time.Second {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeExpiryInvalid}
	}
	expires := now.Add(left).Truncate(time.Second)
	f := c.trade("01", "07", s.Order)
	f["backUrl"], f["payTimeout"], f["reqReserved"] = backURL(s.NotifyURL), beijing(expires), reservedExpiry(expires)
	h := c.call(ctx, request{op: "apply", url: c.tradeURL, fields: f})
	return h.dress(showAnswer(h, s.Order, expires.UTC()))
}

// Ask asks what became of an order: 00/00 [1].
func (c *Channel) Ask(ctx context.Context, o channel.Order) channel.Answer {
	if !named(o.No, o.Made) {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeNotSent}
	}
	h := c.query(ctx, o.No, o.Made)
	return h.dress(askAnswer(h, o, c.now()))
}

// End reverses a consumption: 99/01 [1]. For a shown code it asks whether the
// code is over. Unknown means: call again.
func (c *Channel) End(ctx context.Context, o channel.Order) channel.Answer {
	if !named(o.No, o.Made) {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeNotSent}
	}
	if c.Ending(o.Kind) == guitai.EndClose {
		h := c.query(ctx, o.No, o.Made)
		return h.dress(overAnswer(askAnswer(h, o, c.now())))
	}
	f := c.head("99", "01")
	f["orderId"], f["txnTime"] = o.No, beijing(o.Made)
	h := c.call(ctx, request{op: "reverse", url: c.tradeURL, fields: f})
	a, ask := reverseAnswer(h, o)
	if !ask {
		return h.dress(a)
	}
	q := c.query(ctx, o.No, o.Made)
	a = q.dress(overAnswer(askAnswer(q, o, c.now())))
	a.Messages, a.WalletCode = append(h.messages, a.Messages...), h.walletCode()
	if a.Outcome == channel.Unavailable { // the query was not sent, the reversal was
		a.Outcome, a.Reason = channel.Unknown, guitai.CodeOutcomeUnknown
	}
	return a
}

// Refund gives money back: 04/00 [1]. Done is told by the query or a notice.
func (c *Channel) Refund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	if why := checkRefund(r); why != "" {
		return channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: why}
	}
	f := c.head("04", "00")
	f["orderId"], f["txnTime"], f["txnAmt"], f["backUrl"] = r.No, beijing(r.Made), strconv.FormatInt(r.Amount.Fen, 10), backURL(r.NotifyURL)
	if r.Order.WalletNo != "" {
		f["origQryId"] = r.Order.WalletNo
	} else {
		f["origOrderId"], f["origTxnTime"] = r.Order.No, beijing(r.Order.Made)
	}
	h := c.call(ctx, request{op: "refund", url: c.tradeURL, fields: f})
	a, ask := refundAnswer(h, r)
	if !ask {
		return h.dressRefund(a)
	}
	q := c.query(ctx, r.No, r.Made)
	a = q.dressRefund(repeatedAnswer(askRefundAnswer(q, r)))
	a.Messages = append(h.messages, a.Messages...)
	return a
}

// AskRefund asks what became of a refund: 00/00 by the refund's own names [1].
func (c *Channel) AskRefund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	if why := checkRefund(r); why != "" {
		return channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: why}
	}
	h := c.query(ctx, r.No, r.Made)
	return h.dressRefund(askRefundAnswer(h, r))
}

func (c *Channel) query(ctx context.Context, no string, made time.Time) heard {
	f := c.head("00", "00")
	f["orderId"], f["txnTime"] = no, beijing(made)
	return c.call(ctx, request{op: "query", url: c.queryURL, fields: f})
}

// head is what every request has; signMethod, certId and the signature come
// with the seal.
func (c *Channel) head(txnType, subType string) fields {
	return fields{
		"version": "5.1.0", "encoding": "UTF-8", "txnType": txnType, "txnSubType": subType, "bizType": "000000",
		"channelType": "08", "accessType": "0", "merId": c.merID,
	}
}

// trade is what a consumption and a shown code have in common.
func (c *Channel) trade(txnType, subType string, o channel.Order) fields {
	f := c.head(txnType, subType)
	f["orderId"], f["txnTime"], f["txnAmt"], f["currencyCode"] = o.No, beijing(o.Made), strconv.FormatInt(o.Amount.Fen, 10), "156"
	return f
}

// terminal is the till's number where it is one that UnionPay knows.
func (c *Channel) terminal(p channel.Place) string {
	if len(p.Till) == 8 && alphanumeric(p.Till) {
		return p.Till
	}
	return c.termID
}

func backURL(s string) string {
	if s == "" {
		return noNotice
	}
	return s
}

// reservedExpiry is payTimeout as reqReserved carries it.
func reservedExpiry(t time.Time) string { return "payTimeout" + beijing(t) }

// named reports whether a trade has the two names that UnionPay wants: 8 to 40
// letters and digits, and a time.
func named(no string, made time.Time) bool {
	return len(no) >= 8 && len(no) <= 40 && alphanumeric(no) && !made.IsZero()
}

// checkOrder says why an order cannot be sent, or nothing.
func checkOrder(o channel.Order) guitai.Code {
	switch {
	case !named(o.No, o.Made):
		return guitai.CodeNotSent
	case o.Amount.Currency != guitai.CNY:
		return guitai.CodeCurrencyUnknown
	case o.Amount.Fen < 1:
		return guitai.CodeAmountZero
	case o.Amount.Fen > maxFen:
		return guitai.CodeAmountTooLarge
	}
	return ""
}

func checkRefund(r channel.Refund) guitai.Code {
	if !named(r.No, r.Made) {
		return guitai.CodeNotSent
	}
	o := r.Order
	o.Amount = r.Amount
	return checkOrder(o)
}

// call sends one request and returns what was heard and proven.
func (c *Channel) call(ctx context.Context, r request) heard {
	at := c.now()
	h := heard{message: channel.Message{At: at.UTC(), Op: r.op, Out: r.masked()}}
	form, err := c.seal.form(r.fields)
	if err != nil {
		h.fate, h.message.Failure = notSent, "signing"
		return h.told(c.now().Sub(at))
	}
	w := c.line.post(ctx, r.url, form, r.limit())
	h.message.HTTP = w.code
	if w.failure != "" {
		h.message.Failure = w.failure
		if !w.sent {
			h.fate = notSent
		}
		return h.told(c.now().Sub(at))
	}
	c.read(&h, r, w)
	return h.told(c.now().Sub(at))
}

// read believes an answer or does not: first the form, then the signature over
// all its fields, then whose it is.
func (c *Channel) read(h *heard, r request, w word) {
	m := &h.message
	m.In = fmt.Sprintf("(%d bytes, not read)", len(w.body))
	if w.code != 200 {
		m.Failure = "http " + strconv.Itoa(w.code)
		return
	}
	f, err := parseAnswer(w.body)
	if err != nil {
		m.Failure = "unreadable: " + err.Error()
		return
	}
	if err := c.seal.verify(f, c.now()); err != nil {
		m.Failure = "signature: " + err.Error()
		return
	}
	m.In = f.masked(r.secret)
	if f["respCode"] == "" || f["merId"] != "" && f["merId"] != c.merID {
		m.Failure = "an answer to another question"
		return
	}
	h.fate, h.fields = believed, f
}
