package wechat

import "guitai/sandbox/book"

// abnormalAsk is the body of POST …/refunds/{refund_id}/apply-abnormal-refund
// ("发起异常退款").
type abnormalAsk struct {
	SubMchid    string `json:"sub_mchid,omitempty"`
	OutRefundNo string `json:"out_refund_no"`
	Type        string `json:"type"`
	BankType    string `json:"bank_type,omitempty"`
	BankAccount string `json:"bank_account,omitempty"` // encrypted
	RealName    string `json:"real_name,omitempty"`    // encrypted
}

// abnormal settles a stuck refund. Only the merchant's own bank account is
// served: a payer's would come encrypted, and nobody on this street has one.
func (p *Provider) abnormal(c *v3Call) (any, error) {
	a, err := decode[abnormalAsk](c.body)
	if err != nil {
		return nil, err
	}
	w, err := p.whoRefund(c, a.SubMchid)
	if err != nil {
		return nil, err
	}
	if a.Type != "MERCHANT_BANK_CARD" {
		return nil, paramError("type", "异常退款处理方式不支持")
	}
	o, r, err := p.findRefund(w, a.OutRefundNo)
	if err == nil && r.Number != c.PathValue("refund_id") {
		err = book.RefundUnknown
	}
	if err == nil {
		o, r, err = p.book.RefundToMerchant(book.WeChat, a.OutRefundNo)
	}
	if err == book.WrongKind {
		return nil, &v3Error{http: 400, code: "INVALID_REQUEST", text: "退款单状态不是退款异常", number: 268435461}
	}
	if err != nil {
		return nil, v3Refusal(err)
	}
	return p.refundObject(o, r, c.plan)
}
