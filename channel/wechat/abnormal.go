package wechat

import (
	"context"
	"net/http"

	"guitai/channel"
)

// abnormalOrder is the body of apply-abnormal-refund
// ("发起异常退款").
type abnormalOrder struct {
	SubMchID    string `json:"sub_mchid,omitempty"`
	OutRefundNo string `json:"out_refund_no"`
	Type        string `json:"type"`
}

// ApplyAbnormal sends a refund that is stuck (the payer's account is closed) to
// the merchant's own bank account, from where the merchant pays the payer by
// other means. walletNo is WeChat Pay's number of the refund. It may be asked
// for again. Whatever it is refused for, the refund stands at the wallet as it
// stood: the answer is then RefundUnknown, and AskRefund tells.
func (c *Channel) ApplyAbnormal(ctx context.Context, r channel.Refund, walletNo string) channel.RefundAnswer {
	if !soundNo(r.No) || !soundNo(walletNo) {
		return unbuiltRefund()
	}
	in := abnormalOrder{SubMchID: c.subMchID, OutRefundNo: r.No, Type: "MERCHANT_BANK_CARD"}
	a := c.v3(ctx, "abnormal refund", http.MethodPost, "/v3/refund/domestic/refunds/"+walletNo+"/apply-abnormal-refund", in)
	if a.refusal() {
		return a.saysRefund(refundVerdict{channel.RefundUnknown, refundVerdictOf(a.code).reason})
	}
	return a.tellsRefund(r)
}
