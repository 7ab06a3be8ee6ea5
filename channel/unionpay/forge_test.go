package unionpay_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
)

// forge makes notices that are not UnionPay's, or not ours.
func (h hall) forge(t testing.TB, n channel.RawNotice) map[string]channel.RawNotice {
	t.Helper()
	form, err := url.ParseQuery(string(n.Body))
	if err != nil {
		t.Fatal(err)
	}
	f := map[string]string{}
	for name := range form {
		f[name] = form.Get(name)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	with := func(f map[string]string, pairs ...string) map[string]string {
		f = maps.Clone(f)
		for i := 0; i < len(pairs); i += 2 {
			f[pairs[i]] = pairs[i+1]
		}
		return f
	}
	raw := func(f map[string]string) channel.RawNotice {
		v := url.Values{}
		for name, value := range f {
			v.Set(name, value)
		}
		return channel.RawNotice{Header: n.Header, Body: []byte(v.Encode())}
	}
	own := h.key(t, "unionpay_sign_key.pem")
	if f["signMethod"] == "11" {
		own = nil
	}
	merchant := string(h.file(h.creds.SignCert))
	return map[string]channel.RawNotice{
		"other key":         raw(h.sealed(t, f, stranger)),
		"swapped amount":    raw(with(f, "txnAmt", "1")),
		"swapped order":     raw(with(f, "orderId", "XO1234567")),
		"field added":       raw(with(f, "settleKey", "1")),
		"no signature":      raw(with(f, "signature", "")),
		"probe":             raw(with(f, "signature", "WECHATPAY/SIGNTEST/"+f["signature"])),
		"other method":      raw(with(f, "signMethod", map[string]string{"01": "11", "11": "01"}[f["signMethod"]])),
		"another merchant":  raw(h.sealed(t, with(f, "merId", "777290999999999"), own)),
		"another kind":      raw(h.sealed(t, with(f, "txnType", "31"), own)),
		"about nothing":     raw(h.sealed(t, with(f, "orderId", ""), own)),
		"merchant's own":    raw(h.sealed(t, with(f, "signMethod", "01", "signPubKeyCert", merchant), h.key(t, "acp_sign_key.pem"))),
		"stranger's":        raw(h.sealed(t, with(f, "signMethod", "01", "signPubKeyCert", selfMade(t, stranger)), stranger)),
		"no certificate":    raw(h.sealed(t, with(f, "signMethod", "01", "signPubKeyCert", ""), own)),
		"field twice":       {Header: n.Header, Body: append(slices.Clone(n.Body), "&txnAmt=1"...)},
		"an empty key's":    raw(with(h.sealed(t, with(f, "signMethod", "11"), nil), "signature", hexSum("&"+hexSum("")))),
		"method left blank": raw(with(f, "signMethod", "")),
	}
}

// selfMade is a certificate with UnionPay's name that nobody vouches for.
func selfMade(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "041@1@中国银联股份有限公司@1"},
		NotBefore: newClock().now().Add(-time.Hour), NotAfter: newClock().now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// codes is the table of the documented codes: respCode, and 00/origRespCode.
func codes() []channeltest.CodeCase {
	var all []channeltest.CodeCase
	charge := channeltest.Call{Op: channeltest.OpCharge, Kind: guitai.Scan}
	show := channeltest.Call{Op: channeltest.OpShow, Kind: guitai.Show}
	ask := channeltest.Call{Op: channeltest.OpAsk, Kind: guitai.Scan}
	askShow := channeltest.Call{Op: channeltest.OpAsk, Kind: guitai.Show}
	end := channeltest.Call{Op: channeltest.OpEnd, Kind: guitai.Scan}
	endShow := channeltest.Call{Op: channeltest.OpEnd, Kind: guitai.Show}
	add := func(c channeltest.Call, code string, want channel.Outcome, why guitai.Code) {
		all = append(all, channeltest.CodeCase{Call: c, Code: code, Outcome: want, Reason: why})
	}
	for code, why := range failures() {
		add(charge, code, channel.Declined, why)
		add(show, code, channel.Declined, why)
		add(ask, "00/"+code, channel.Declined, why)
		add(askShow, "00/"+code, channel.Waiting, "") // before payTimeout
		add(endShow, "00/"+code, channel.Unknown, "")
		add(ask, code, channel.Unknown, "")
		add(end, code, channel.Unknown, "")
	}
	for _, code := range []string{"00", "05", "A6", "70", "83"} {
		add(charge, code, channel.Waiting, "")
	}
	for _, code := range []string{"03", "04", "06", "12", "34", "35", "36", "42", "45", "46", "74", "75", "99"} {
		add(charge, code, channel.Unknown, "")
		add(show, code, channel.Unknown, "")
	}
	for _, c := range []channeltest.Call{ask, askShow} {
		for _, code := range []string{"03", "04", "05", "70", "83"} {
			add(c, "00/"+code, channel.Waiting, "")
		}
		for _, code := range []string{"00", "06", "12", "34", "35", "36", "42", "45", "74", "75", "99"} { // 00 without amount and queryId
			add(c, "00/"+code, channel.Unknown, "")
		}
		add(c, "00/46", channel.Closed, "")
		add(c, "34", channel.NotFound, "")
	}
	for code, want := range map[string]channel.Outcome{"00": channel.Closed, "46": channel.Closed, "34": channel.NotFound,
		"03": channel.Unknown, "04": channel.Unknown, "05": channel.Unknown, "35": channel.Unknown, "45": channel.Unknown, "99": channel.Unknown} {
		add(end, code, want, "")
	}
	add(endShow, "34", channel.NotFound, "")
	add(endShow, "00/05", channel.Unknown, "")
	return append(all, refundCodes()...)
}

// failures is every documented code that is a definite failure of a payment.
func failures() map[string]guitai.Code {
	out := map[string]guitai.Code{}
	for why, list := range map[guitai.Code][]string{
		guitai.CodeWalletRefused:  {"01", "30", "40", "44", "60", "61", "62", "66", "68", "79", "85", "91"},
		guitai.CodeWalletBusy:     {"02", "37"},
		guitai.CodeOrderRefused:   {"10", "13", "39"},
		guitai.CodeAccountTrouble: {"11", "31", "32", "43", "92", "93", "94", "95", "96"},
		guitai.CodeLimitReached:   {"33", "81", "87"},
		guitai.CodeRiskRefused:    {"38"},
		guitai.CodePayerBlocked:   {"63", "72", "73", "76", "77", "78"},
		guitai.CodeBalanceLow:     {"64", "90"},
		guitai.CodePasswordWrong:  {"65", "67", "71", "82", "84"},
		guitai.CodePayerCancelled: {"69"},
		guitai.CodeCodeExpired:    {"80"},
		guitai.CodeCodeRefused:    {"86", "88", "89"},
	} {
		for _, code := range list {
			out[code] = why
		}
	}
	return out
}

func refundCodes() []channeltest.CodeCase {
	var all []channeltest.CodeCase
	refund := channeltest.Call{Op: channeltest.OpRefund, Kind: guitai.Scan}
	ask := channeltest.Call{Op: channeltest.OpAskRefund, Kind: guitai.Scan}
	add := func(c channeltest.Call, code string, want channel.RefundOutcome, why guitai.Code) {
		all = append(all, channeltest.CodeCase{Call: c, Code: code, Refund: want, Reason: why})
	}
	for code, why := range map[string]guitai.Code{
		"01": guitai.CodeWalletRefused, "02": guitai.CodeWalletBusy, "10": guitai.CodeOrderRefused, "11": guitai.CodeAccountTrouble,
		"13": guitai.CodeOrderRefused, "30": guitai.CodeWalletRefused, "31": guitai.CodeAccountTrouble, "32": guitai.CodeAccountTrouble,
		"33": guitai.CodeRefundExceeds, "34": guitai.CodeOrderRefused, "35": guitai.CodeOrderRefused, "36": guitai.CodeRefundExceeds,
		"37": guitai.CodeWalletBusy, "38": guitai.CodeRiskRefused, "39": guitai.CodeRefundTooLate, "43": guitai.CodeAccountTrouble,
		"45": guitai.CodeRefundExceeds, "46": guitai.CodeOrderRefused, "60": guitai.CodeWalletRefused, "61": guitai.CodePayerAccountGone,
		"63": guitai.CodePayerAccountGone, "64": guitai.CodeMerchantFundsLow, "73": guitai.CodePayerAccountGone, "90": guitai.CodeMerchantFundsLow,
	} {
		add(refund, code, channel.RefundDeclined, why)
		add(ask, "00/"+code, channel.RefundDeclined, why)
	}
	for _, code := range []string{"00", "05", "A6"} {
		add(refund, code, channel.RefundPending, "")
	}
	for _, code := range []string{"03", "04", "06", "12", "42", "74", "75", "99"} {
		add(refund, code, channel.RefundUnknown, "")
	}
	for _, code := range []string{"10", "11", "37", "99", "00/00", "00/06", "00/12", "00/99"} { // 00/00 without an amount
		add(ask, code, channel.RefundUnknown, "")
	}
	add(ask, "34", channel.RefundNotFound, "")
	return all
}
