package wechat

import (
	"cmp"
	"context"
	"net/http"

	"guitai/channel"
)

// codepayOrder is the body of POST /v3/pay/transactions/codepay
// ("付款码支付").
type codepayOrder struct {
	names
	Description string       `json:"description"`
	OutTradeNo  string       `json:"out_trade_no"`
	Payer       codePayer    `json:"payer"`
	Amount      wireAmount   `json:"amount"`
	SceneInfo   codepayScene `json:"scene_info"`
}

type codePayer struct {
	AuthCode string `json:"auth_code"`
}

type codepayScene struct {
	DeviceID  string       `json:"device_id,omitempty"`
	DeviceIP  string       `json:"device_ip"`
	StoreInfo codepayStore `json:"store_info"` // needed, unlike elsewhere
}

type codepayStore struct {
	OutID string `json:"out_id"` // our number of the shop
}

// codepay is v3's charge by a payment code. Its codes of refusal are not
// published; those of v2 are taken in both spellings, and every other means
// that nothing is known.
func (c *Channel) codepay(ctx context.Context, q channel.Charge) channel.Answer {
	in := codepayOrder{
		names: c.names(), Description: words(q.Description, 127), OutTradeNo: q.No, Payer: codePayer{q.AuthCode},
		Amount: wireAmount{Total: q.Amount.Fen, Currency: string(q.Amount.Currency)},
		SceneInfo: codepayScene{
			DeviceID: cut(q.Place.Till, 32), DeviceIP: ipOf(q.Place), StoreInfo: codepayStore{OutID: cut(cmp.Or(q.Place.Shop, "1"), 32)},
		},
	}
	a := c.v3(ctx, "codepay", http.MethodPost, c.at("/codepay"), in)
	if a.refusal() {
		return a.says(chargeVerdict(a.code))
	}
	var t transaction
	if !a.read(&t) {
		return a.doubt()
	}
	return a.tellsOrder(c, t, q.Order)
}

// reverse3 is v3's reversal of a code payment. It has no "call again": what is
// not a proven yes or a known no is unknown.
func (c *Channel) reverse3(ctx context.Context, o channel.Order) channel.Answer {
	a := c.v3(ctx, "reverse", http.MethodPost, c.at("/out-trade-no/"+o.No+"/reverse"), c.names())
	if a.refusal() {
		return a.says(reverseVerdict(a.code))
	}
	var out struct {
		names
		OutTradeNo string `json:"out_trade_no"`
	}
	if !a.read(&out) || out.OutTradeNo != o.No || !c.oursByNumber(out.names) {
		return a.doubt()
	}
	return channel.Answer{Outcome: channel.Closed, Messages: a.messages}
}
