package wechat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// beijing is the zone of times that have none written beside them.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// answer is a v3 or v2 answer after it was checked: it is proven to be WeChat
// Pay's, or it is worth nothing.
type answer struct {
	reply
	proven   bool
	code     string            // v3: the error's code; v2: err_code
	fields   map[string]string // v2
	messages []channel.Message
}

// signed gives a v3 request its headers.
func (c *Channel) signed(q *request) error {
	auth, err := c.authorization(q.method, q.url.RequestURI(), q.body)
	if err != nil {
		return err
	}
	q.header = http.Header{
		"Authorization": {auth}, "Accept": {"application/json"}, "User-Agent": {"guitai"},
	}
	if q.body != nil {
		q.header.Set("Content-Type", "application/json")
	}
	if c.mode == ModePublicKey {
		q.header.Set("Wechatpay-Serial", c.keys.publicID)
	}
	return nil
}

// v3 makes one v3 call. in is the body to be, nil for a GET.
func (c *Channel) v3(ctx context.Context, op, method, target string, in any) answer {
	path, query, _ := strings.Cut(target, "?")
	q := request{op: op, method: method, url: c.base.JoinPath(path), via: c.plain}
	q.url.RawQuery = query
	var err error
	if in != nil {
		q.body, err = json.Marshal(in)
	}
	if err == nil {
		err = c.signed(&q)
	}
	if err != nil {
		return answer{messages: []channel.Message{reply{err: err, at: c.now()}.message(q, nil)}}
	}
	a := answer{reply: c.send(ctx, q)}
	var doubt error
	var fetched []channel.Message
	if a.err == nil {
		fetched, doubt = c.prove(ctx, &a)
	}
	m := a.message(q, doubt)
	m.Out = cut(method+" "+target+" "+maskJSON(q.body), maxMessage)
	m.In = maskJSON(a.body)
	a.messages = append([]channel.Message{m}, fetched...)
	return a
}

// prove checks the signature of an answer, of whatever HTTP status: a refusal
// that anybody could have written refuses nothing.
func (c *Channel) prove(ctx context.Context, a *answer) ([]channel.Message, error) {
	s := stampOf(func(name string) string { return one(a.header, name) })
	if err := s.check(c.now()); err != nil {
		return nil, err
	}
	key, fetched, err := c.keyFor(ctx, s.serial)
	if err != nil {
		return fetched, err
	}
	if err := s.verify(key, a.body); err != nil {
		return fetched, err
	}
	a.proven = true
	var e struct {
		Code string `json:"code"`
	}
	if a.http/100 != 2 && json.Unmarshal(a.body, &e) == nil {
		a.code = cut(e.Code, 64)
	}
	return fetched, nil
}

// refusal reports whether the answer is a proven refusal with a code. A 5xx
// never is, whatever it says: the order may have been worked on.
func (a answer) refusal() bool {
	return a.proven && a.http/100 == 4 && a.code != ""
}

// read reads the body of a proven 200.
func (a answer) read(v any) bool {
	return a.proven && a.http == http.StatusOK && json.Unmarshal(a.body, v) == nil
}

// doubt is the answer to an order when nothing is known: nothing was sent, or
// what came back proves nothing.
func (a answer) doubt() channel.Answer {
	out := channel.Answer{Outcome: channel.Unknown, Reason: guitai.CodeOutcomeUnknown, WalletCode: a.code, Messages: a.messages}
	if !a.sent {
		out.Outcome, out.Reason = channel.Unavailable, guitai.CodeWalletUnreachable
	}
	return out
}

// says is the answer to an order that a code of the wallet means.
func (a answer) says(v verdict) channel.Answer {
	return channel.Answer{Outcome: v.outcome, Reason: v.reason, WalletCode: a.code, Messages: a.messages}
}

func (a answer) doubtRefund() channel.RefundAnswer {
	d := a.doubt()
	out := channel.RefundAnswer{Outcome: channel.RefundUnknown, Reason: d.Reason, WalletCode: d.WalletCode, Messages: d.Messages}
	if d.Outcome == channel.Unavailable {
		out.Outcome = channel.RefundUnavailable
	}
	return out
}

func (a answer) saysRefund(v refundVerdict) channel.RefundAnswer {
	return channel.RefundAnswer{Outcome: v.outcome, Reason: v.reason, WalletCode: a.code, Messages: a.messages}
}

type wireAmount struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

type wireStore struct {
	ID string `json:"id"`
}

type wireScene struct {
	PayerClientIP string     `json:"payer_client_ip"`
	DeviceID      string     `json:"device_id,omitempty"`
	StoreInfo     *wireStore `json:"store_info,omitempty"`
}

// nativeOrder is the body of POST /v3/pay/transactions/native.
type nativeOrder struct {
	names
	Description string     `json:"description"`
	OutTradeNo  string     `json:"out_trade_no"`
	TimeExpire  string     `json:"time_expire,omitempty"`
	NotifyURL   string     `json:"notify_url,omitempty"`
	Amount      wireAmount `json:"amount"`
	SceneInfo   wireScene  `json:"scene_info"`
}

// codeLife is how long a code_url works at most, whatever the order says.
const codeLife = 2 * time.Hour

func (c *Channel) native(ctx context.Context, q channel.Show) channel.Answer {
	in, expires := c.order(q)
	a := c.v3(ctx, "native", http.MethodPost, c.at("/native"), in)
	if a.refusal() {
		return a.says(nativeVerdict(a.code))
	}
	var out struct {
		CodeURL string `json:"code_url"`
	}
	if !a.read(&out) || out.CodeURL == "" || len(out.CodeURL) > 512 {
		return a.doubt()
	}
	return channel.Answer{Outcome: channel.Waiting, Code: out.CodeURL, CodeExpires: expires, Messages: a.messages}
}

// transaction is what a query and a payment notice tell about an order.
type transaction struct {
	names
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	TradeState    string `json:"trade_state"`
	SuccessTime   string `json:"success_time"`
	Payer         struct {
		OpenID    string `json:"openid"`
		SpOpenID  string `json:"sp_openid"`  // at the provider's app
		SubOpenID string `json:"sub_openid"` // at the shop's own
	} `json:"payer"`
	Amount struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

// tells reads a transaction. What does not fit together is unknown.
func (t transaction) tells() channel.Answer {
	v := stateVerdict(t.TradeState)
	a := channel.Answer{Outcome: v.outcome, Reason: v.reason, WalletNo: cut(t.TransactionID, 64), Payer: cut(cmp.Or(t.Payer.OpenID, t.Payer.SpOpenID, t.Payer.SubOpenID), 128)}
	if a.Outcome == channel.Declined {
		a.WalletCode = t.TradeState
	}
	if a.Outcome != channel.Paid {
		return a
	}
	at, err := time.Parse(time.RFC3339, t.SuccessTime)
	currency := guitai.Currency(t.Amount.Currency)
	if err != nil || t.TransactionID == "" || t.Amount.Total < 1 || currency != guitai.CNY {
		return channel.Answer{Outcome: channel.Unknown, Reason: guitai.CodeOutcomeUnknown}
	}
	a.Amount, a.PaidAt = guitai.Money{Fen: t.Amount.Total, Currency: currency}, at.UTC()
	return a
}

func (c *Channel) query(ctx context.Context, o channel.Order) channel.Answer {
	a := c.v3(ctx, "query", http.MethodGet, c.at("/out-trade-no/"+o.No)+"?"+c.mchQuery(), nil)
	if a.refusal() {
		return a.says(queryVerdict(a.code))
	}
	var t transaction
	if !a.read(&t) {
		return a.doubt()
	}
	return a.tellsOrder(c, t, o)
}

// tellsOrder reads what a proven answer tells of our order.
func (a answer) tellsOrder(c *Channel, t transaction, o channel.Order) channel.Answer {
	if !c.ours(t.names) || t.OutTradeNo != o.No {
		return a.doubt()
	}
	out := t.tells()
	out.Messages = a.messages
	return out
}

func (c *Channel) closeOrder(ctx context.Context, o channel.Order) channel.Answer {
	a := c.v3(ctx, "close", http.MethodPost, c.at("/out-trade-no/"+o.No+"/close"), c.numbers())
	switch {
	case a.proven && a.http == http.StatusNoContent:
		return channel.Answer{Outcome: channel.Closed, Messages: a.messages}
	case a.refusal():
		return a.says(closeVerdict(a.code))
	}
	return a.doubt()
}

// refundOrder is the body of POST /v3/refund/domestic/refunds.
type refundOrder struct {
	SubMchID    string           `json:"sub_mchid,omitempty"`
	OutTradeNo  string           `json:"out_trade_no"`
	OutRefundNo string           `json:"out_refund_no"`
	Reason      string           `json:"reason,omitempty"`
	NotifyURL   string           `json:"notify_url,omitempty"`
	Amount      wireRefundAmount `json:"amount"`
}

type wireRefundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// refunded is what an answer (status) and a notice (refund_status) tell about a
// refund.
type refunded struct {
	names               // only in a notice, and there without apps
	RefundID     string `json:"refund_id"`
	OutRefundNo  string `json:"out_refund_no"`
	OutTradeNo   string `json:"out_trade_no"`
	Status       string `json:"status"`
	RefundStatus string `json:"refund_status"`
	SuccessTime  string `json:"success_time"`
	Amount       struct {
		Refund   int64  `json:"refund"`
		Currency string `json:"currency"` // not in a notice
	} `json:"amount"`
}

// tells reads a refund of one of its two states.
func (r refunded) tells(state string) channel.RefundAnswer {
	v := refundStateVerdict(state)
	a := channel.RefundAnswer{Outcome: v.outcome, Reason: v.reason, WalletNo: cut(r.RefundID, 64)}
	if a.Reason != "" {
		a.WalletCode = cut(state, 64)
	}
	doubt := channel.RefundAnswer{Outcome: channel.RefundUnknown, Reason: guitai.CodeOutcomeUnknown, WalletCode: a.WalletCode}
	if r.RefundID == "" || r.Amount.Refund < 1 || r.Amount.Currency != "" && r.Amount.Currency != string(guitai.CNY) {
		return doubt
	}
	a.Amount = guitai.Fen(r.Amount.Refund)
	if a.Outcome == channel.RefundDone {
		at, err := time.Parse(time.RFC3339, r.SuccessTime)
		if err != nil {
			return doubt
		}
		a.DoneAt = at.UTC()
	}
	return a
}

func (c *Channel) refund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	in := refundOrder{
		SubMchID: c.subMchID, OutTradeNo: r.Order.No, OutRefundNo: r.No, Reason: cut(words(r.Reason, 80), 80), NotifyURL: r.NotifyURL,
		Amount: wireRefundAmount{Refund: r.Amount.Fen, Total: r.Order.Amount.Fen, Currency: string(r.Amount.Currency)},
	}
	a := c.v3(ctx, "refund", http.MethodPost, "/v3/refund/domestic/refunds", in)
	if a.refusal() {
		return a.saysRefund(refundVerdictOf(a.code))
	}
	return a.tellsRefund(r)
}

func (c *Channel) askRefund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	a := c.v3(ctx, "refund query", http.MethodGet, "/v3/refund/domestic/refunds/"+r.No+c.subQuery(), nil)
	if a.refusal() {
		return a.saysRefund(askRefundVerdict(a.code))
	}
	return a.tellsRefund(r)
}

func (a answer) tellsRefund(r channel.Refund) channel.RefundAnswer {
	var in refunded
	if !a.read(&in) || in.OutRefundNo != r.No || r.Order.No != "" && in.OutTradeNo != r.Order.No {
		return a.doubtRefund()
	}
	out := in.tells(in.Status)
	out.Messages = a.messages
	return out
}

var errText = errors.New("not readable")
