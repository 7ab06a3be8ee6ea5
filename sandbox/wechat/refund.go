package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// refundAsk is the body of POST /v3/refund/domestic/refunds.
type refundAsk struct {
	SubMchid      string          `json:"sub_mchid,omitempty"`
	TransactionID string          `json:"transaction_id,omitempty"`
	OutTradeNo    string          `json:"out_trade_no,omitempty"`
	OutRefundNo   string          `json:"out_refund_no"`
	Reason        string          `json:"reason,omitempty"`
	NotifyURL     string          `json:"notify_url,omitempty"`
	FundsAccount  string          `json:"funds_account,omitempty"`
	Amount        refundAmountAsk `json:"amount"`
	GoodsDetail   []refundGoods   `json:"goods_detail,omitempty"`
}

type refundAmountAsk struct {
	Refund   int64     `json:"refund"`
	Total    int64     `json:"total"`
	Currency string    `json:"currency"`
	From     []fromAsk `json:"from,omitempty"`
}

type fromAsk struct {
	Account string `json:"account"`
	Amount  int64  `json:"amount"`
}

type refundGoods struct {
	MerchantGoodsID  string `json:"merchant_goods_id"`
	WechatpayGoodsID string `json:"wechatpay_goods_id,omitempty"`
	GoodsName        string `json:"goods_name,omitempty"`
	UnitPrice        int64  `json:"unit_price"`
	RefundAmount     int64  `json:"refund_amount"`
	RefundQuantity   int64  `json:"refund_quantity"`
}

func checkRefund(a refundAsk) error {
	switch {
	case (a.TransactionID == "") == (a.OutTradeNo == ""):
		return paramError("transaction_id", "微信订单号和商户订单号须填且仅填一个")
	case !shaped(a.OutRefundNo, "_-|*@", 1, 64):
		return paramError("out_refund_no", "商户退款单号不合法")
	case len(a.Reason) > 80:
		return paramError("reason", "退款原因过长")
	case a.FundsAccount != "" && a.FundsAccount != "AVAILABLE" && a.FundsAccount != "UNSETTLED":
		return paramError("funds_account", "退款资金来源不合法")
	case a.Amount.Currency != "CNY":
		return paramError("amount.currency", "货币类型不合法")
	case a.Amount.Refund < 1 || a.Amount.Total < 1 || a.Amount.Refund > a.Amount.Total:
		return paramError("amount.refund", "退款金额不合法")
	case a.NotifyURL != "":
		return checkNotifyURL(a.NotifyURL)
	}
	return nil
}

func (p *Provider) refund(c *v3Call) (any, error) {
	a, err := decode[refundAsk](c.body)
	if err == nil {
		err = checkRefund(a)
	}
	if err != nil {
		return nil, err
	}
	w, err := p.whoRefund(c, a.SubMchid)
	if err != nil {
		return nil, err
	}
	ref := book.Ref{Wallet: book.WeChat, OrderNo: a.OutTradeNo, Number: a.TransactionID}
	o, err := p.find(w, ref)
	switch {
	case err == book.OrderUnknown:
		return nil, &v3Error{http: 404, code: "RESOURCE_NOT_EXISTS", text: "订单不存在", number: 268512771}
	case err != nil:
		return nil, err
	case o.AmountFen != a.Amount.Total:
		return nil, v3Refusal(book.RefundDiffers)
	}
	o, r, _, err := p.book.Refund(book.RefundAsk{
		Ref: ref, RefundNo: a.OutRefundNo, AmountFen: a.Amount.Refund, Reason: a.Reason,
		NotifyURL: a.NotifyURL, Tag: c.name,
	})
	if err != nil {
		return nil, v3Refusal(err)
	}
	return p.refundObject(o, r, c.plan)
}

func (p *Provider) refundQuery(c *v3Call) (any, error) {
	w, err := p.whoRefund(c, c.URL.Query().Get("sub_mchid"))
	if err != nil {
		return nil, err
	}
	o, r, err := p.findRefund(w, c.PathValue("out_refund_no"))
	if err != nil {
		return nil, v3Refusal(err)
	}
	return p.refundObject(o, r, c.plan)
}

// refundObject is the answer of "退款申请" and "查询单笔退款".
type refundObject struct {
	RefundID            string       `json:"refund_id"`
	OutRefundNo         string       `json:"out_refund_no"`
	TransactionID       string       `json:"transaction_id"`
	OutTradeNo          string       `json:"out_trade_no"`
	Channel             string       `json:"channel"`
	UserReceivedAccount string       `json:"user_received_account"`
	SuccessTime         string       `json:"success_time,omitempty"`
	CreateTime          string       `json:"create_time"`
	Status              string       `json:"status"`
	FundsAccount        string       `json:"funds_account"`
	Amount              refundAmount `json:"amount"`
	PromotionDetail     []promotion  `json:"promotion_detail"`
}

type refundAmount struct {
	Total            int64     `json:"total"`
	Refund           int64     `json:"refund"`
	From             []fromAsk `json:"from"`
	PayerTotal       int64     `json:"payer_total"`
	PayerRefund      int64     `json:"payer_refund"`
	SettlementRefund int64     `json:"settlement_refund"`
	SettlementTotal  int64     `json:"settlement_total"`
	DiscountRefund   int64     `json:"discount_refund"`
	Currency         string    `json:"currency"`
	RefundFee        int64     `json:"refund_fee"`
}

func refundState(r book.Refund) string {
	switch r.State {
	case book.RefundSuccess:
		return "SUCCESS"
	case book.RefundStuck:
		return "ABNORMAL"
	}
	return "PROCESSING"
}

const receivedBy = "支付用户零钱"

func (p *Provider) refundObject(o book.Order, r book.Refund, plan fault.Plan) (refundObject, error) {
	fen := r.AmountFen
	if plan.Has(fault.WrongAmount) {
		fen++
	}
	out := refundObject{
		RefundID: r.Number, OutRefundNo: r.RefundNo, TransactionID: o.Number, OutTradeNo: o.OrderNo,
		Channel: "ORIGINAL", UserReceivedAccount: receivedBy, CreateTime: rfc3339(r.CreatedAt),
		Status: refundState(r), FundsAccount: "UNSETTLED",
		Amount: refundAmount{
			Total: o.AmountFen, Refund: fen, From: []fromAsk{}, PayerTotal: o.AmountFen, PayerRefund: fen,
			SettlementRefund: fen, SettlementTotal: o.AmountFen, Currency: "CNY",
		},
		PromotionDetail: []promotion{},
	}
	if r.State == book.RefundSuccess {
		out.SuccessTime = rfc3339(r.DoneAt)
	}
	return out, nil
}

// sealed is what certificates and notices are hidden in: AES-256-GCM under the
// APIv3 key, or SM4-GCM under a key that is made of it.
type sealed struct {
	OriginalType   string `json:"original_type,omitempty"`
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
}

// suite is a family of ciphers.
type suite int

const (
	suiteRSA suite = iota
	suiteSM        // 国密
)

// plain is a text to hide and what it is about.
type plain struct {
	text  []byte
	about string
}

func (p *Provider) sealText(w *party, s suite, t plain) (sealed, error) {
	block, err := aes.NewCipher([]byte(w.APIv3Key))
	name := "AEAD_AES_256_GCM"
	if s == suiteSM {
		block, err = newSM4(w.APIv3Key)
		name = "AEAD_SM4_128_GCM"
	}
	if err != nil {
		return sealed{}, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return sealed{}, err
	}
	nonce := p.token(gcm.NonceSize())
	if len(nonce) != gcm.NonceSize() {
		return sealed{}, errors.New("wechat: no randomness")
	}
	return sealed{
		Algorithm: name, Nonce: nonce, AssociatedData: t.about,
		Ciphertext: base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), t.text, []byte(t.about))),
	}, nil
}

// certificates is GET /v3/certificates. Merchants who use the public key only
// get none from the real service; here both ways are open at once.
func (p *Provider) certificates(c *v3Call) (any, error) {
	kind := c.URL.Query().Get("algorithm_type")
	var out struct {
		Data []certificateItem `json:"data"`
	}
	add := func(s suite, name string, text []byte, from, to time.Time) error {
		hidden, err := p.sealText(c.who, s, plain{text, "certificate"})
		out.Data = append(out.Data, certificateItem{
			SerialNo: name, EncryptCertificate: hidden,
			EffectiveTime: from.In(beijing()).Format(time.RFC3339), ExpireTime: to.In(beijing()).Format(time.RFC3339),
		})
		return err
	}
	switch kind {
	case "", "RSA", "SM2", "ALL":
	default:
		return nil, &v3Error{http: 404, code: "RESOURCE_NOT_EXISTS", text: "无可用的平台证书", number: 268435462}
	}
	if kind != "SM2" {
		if err := add(suiteRSA, p.keys.platformName, p.keys.platformPEM, p.keys.platform.NotBefore, p.keys.platform.NotAfter); err != nil {
			return nil, err
		}
	}
	if kind == "SM2" || kind == "ALL" {
		if err := add(suiteSM, p.keys.sm2.name, p.keys.sm2.pem, p.keys.sm2.cert.NotBefore, p.keys.sm2.cert.NotAfter); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type certificateItem struct {
	SerialNo           string `json:"serial_no"`
	EffectiveTime      string `json:"effective_time"`
	ExpireTime         string `json:"expire_time"`
	EncryptCertificate sealed `json:"encrypt_certificate"`
}
