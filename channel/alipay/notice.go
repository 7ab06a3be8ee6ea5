package alipay

import (
	"crypto/rsa"
	"errors"
	"net/url"
	"strings"

	"guitai"
	"guitai/channel"
)

// The limits of a notice; documented ones have some 35 fields and 4 KiB.
const (
	maxNotice       = 64 << 10
	maxNoticeFields = 128
)

// ReadNotice reads a notice [10]: a form, signed with RSA2 over all its fields
// but sign, sign_type and alipay_cert_sn. It must be for this app and, where
// the seller is known, for this seller.
func (c *Channel) ReadNotice(n channel.RawNotice) (channel.Notice, error) {
	fields, err := parseNotice(n.Body)
	if err != nil {
		return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed, err)
	}
	if err := c.checkNotice(fields); err != nil {
		return channel.Notice{}, guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong, err)
	}
	if fields["notify_type"] != "trade_status_sync" || fields["out_trade_no"] == "" {
		return channel.Notice{}, guitai.Fail(guitai.Invalid, guitai.CodeFieldInvalid, errors.New("alipay: a notice of an unknown kind"))
	}
	return c.noticeOf(fields), nil
}

// parseNotice reads the form: one value per name, nothing empty by name.
func parseNotice(body []byte) (map[string]string, error) {
	if len(body) > maxNotice || strings.Count(string(body), "&") >= maxNoticeFields {
		return nil, errors.New("alipay: notice is too large")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) == 0 {
		return nil, errors.New("alipay: notice is not a form") // the parser's words may quote it
	}
	fields := make(map[string]string, len(form))
	for name, values := range form {
		if name == "" || len(values) != 1 {
			return nil, errors.New("alipay: notice with a field twice")
		}
		fields[name] = values[0]
	}
	return fields, nil
}

// checkNotice proves that the notice is Alipay's and ours.
func (c *Channel) checkNotice(fields map[string]string) error {
	if fields["sign"] == "" || fields["sign_type"] != "RSA2" {
		return errors.New("alipay: notice without RSA2 signature")
	}
	signed := make(map[string]string, len(fields))
	for name, value := range fields {
		if name != "sign" && name != "sign_type" && name != "alipay_cert_sn" {
			signed[name] = value
		}
	}
	text := []byte(signText(signed))
	for _, key := range c.trust.noticeKeys(fields["alipay_cert_sn"]) {
		if verify(key, text, fields["sign"]) != nil {
			continue
		}
		switch {
		case fields["app_id"] != c.appID:
			return errors.New("alipay: notice for another app")
		case !c.provider.owns(fields["auth_app_id"], c.appID):
			return errors.New("alipay: notice for another merchant of the provider")
		case c.sellerID != "" && fields["seller_id"] != c.sellerID:
			return errors.New("alipay: notice for another seller")
		}
		return nil
	}
	return errors.New("alipay: notice with a wrong signature")
}

// owns reports whether a notice for the app of authApp, through the app of appID,
// is this account's. Old notices do not name it.
func (p provider) owns(authApp, appID string) bool {
	switch {
	case p.authAppID != "":
		return authApp == p.authAppID
	case p.token == "":
		return authApp == "" || authApp == appID
	}
	return true // the seller tells them apart
}

// noticeKeys returns the keys that a notice may be signed with. Nothing is
// fetched for a notice: a stranger could make us call Alipay at will. The next
// answer brings a new certificate, and the notice comes again.
func (t *trust) noticeKeys(sn string) []*rsa.PublicKey {
	if t.plain != nil {
		return []*rsa.PublicKey{t.plain}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if sn != "" {
		if key := t.keys[sn]; key != nil {
			return []*rsa.PublicKey{key}
		}
		return nil
	}
	var keys []*rsa.PublicKey
	for _, key := range t.keys {
		keys = append(keys, key)
	}
	return keys
}

// noticeOf says what a proven notice means. One that names a refund's number
// is about that refund; the wallet's words for it are too weak to call it done
// (only fund_change=Y or a refund query are [8]), so it means: ask.
func (c *Channel) noticeOf(fields map[string]string) channel.Notice {
	n := node{
		TradeNo: fields["trade_no"], OutTradeNo: fields["out_trade_no"], TradeStatus: fields["trade_status"],
		TotalAmount: fields["total_amount"], BuyerLogonID: fields["buyer_logon_id"],
		BuyerUserID: fields["buyer_id"], BuyerOpenID: fields["buyer_open_id"], GmtPayment: fields["gmt_payment"],
		RefundFee: fields["refund_fee"], OutRequestNo: fields["out_biz_no"], GmtRefundPay: fields["gmt_refund"],
	}
	m := channel.Message{At: c.now().UTC(), Op: "notice", In: n.masked("")}
	if n.OutRequestNo != "" && n.OutRequestNo != n.OutTradeNo {
		return channel.Notice{RefundNo: n.OutRequestNo, Message: m, Refund: channel.RefundAnswer{
			Outcome: channel.RefundPending, WalletNo: n.TradeNo, WalletCode: n.TradeStatus,
		}}
	}
	a := tradeAnswer(n, channel.Order{No: n.OutTradeNo}, parseTime(n.GmtPayment))
	a.WalletCode = cutText(n.TradeStatus, 64)
	return channel.Notice{OrderNo: n.OutTradeNo, Answer: a, Message: m}
}

// Reply is the seven letters that Alipay wants to hear, or anything else to
// have the notice again [10].
func (c *Channel) Reply(err error) channel.NoticeReply {
	r := channel.NoticeReply{Code: 200, ContentType: "text/plain; charset=utf-8", Body: []byte("success")}
	if err != nil {
		r.Code, r.Body = 500, []byte("fail")
		if guitai.Invalid.Is(err) || guitai.Forbidden.Is(err) {
			r.Code = 400
		}
	}
	return r
}
