package qr

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxStranger is the longest text that TellStranger looks at, in bytes; a QR
// code holds no more than 2,953.
const MaxStranger = 2048

// StrangerKind says what a code that is not ours is.
type StrangerKind string

// The kinds of strangers.
const (
	StrangerWeChat   StrangerKind = "wechat"   // a collection code or page of WeChat's
	StrangerAlipay   StrangerKind = "alipay"   // of Alipay's
	StrangerUnionPay StrangerKind = "unionpay" // of UnionPay's
	StrangerEMV      StrangerKind = "emv"      // an EMV merchant code: of a bank or an interbank scheme
	StrangerAddress  StrangerKind = "address"  // a web address that we do not know
	StrangerApp      StrangerKind = "app"      // opens an app that we do not know
	StrangerPayer    StrangerKind = "payer"    // a payer's own payment code: it is money, and must not be kept
	StrangerGoods    StrangerKind = "goods"    // a bar code of goods
	StrangerText     StrangerKind = "text"     // anything else; nobody can be paid by it
)

// Stranger is what can be told of a code that is not ours without asking
// anybody.
type Stranger struct {
	Kind StrangerKind
	Host string // where its address leads, in ASCII; empty: nowhere
}

// Tidy takes away what scanners add: white space around, and full-width
// letters, which they type when a Chinese input method is on.
func Tidy(text string) string {
	if folded, ok := clean(text); ok {
		return folded
	}
	return strings.TrimSpace(text)
}

// TellStranger says what a scanned text is. Nothing is fetched, and nothing of
// it is believed: an address is named by its host.
//
//	wxp://…, weixin://…, *.weixin.qq.com      WeChat Pay
//	*.alipay.com, alipay…://                  Alipay
//	*.95516.com, *.unionpay.com, upwrp://     UnionPay
//	000201…                                   EMV merchant-presented mode
func TellStranger(text string) Stranger {
	text = Tidy(text)
	if len(text) > MaxStranger || !utf8.ValidString(text) {
		return Stranger{Kind: StrangerText}
	}
	if _, err := Recognise(text); err == nil {
		return Stranger{Kind: StrangerPayer}
	}
	switch {
	case strings.HasPrefix(text, "000201"):
		return Stranger{Kind: StrangerEMV}
	case allDigits(text) && len(text) >= 16: // a payer code of somebody we do not know
		return Stranger{Kind: StrangerPayer}
	case allDigits(text) && len(text) >= 8:
		return Stranger{Kind: StrangerGoods}
	}
	return tellAddress(text)
}

func tellAddress(text string) Stranger {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Path == "" {
		return Stranger{Kind: StrangerText}
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "wxp", scheme == "weixin":
		return Stranger{Kind: StrangerWeChat}
	case strings.HasPrefix(scheme, "alipay"):
		return Stranger{Kind: StrangerAlipay}
	case scheme == "upwrp", scheme == "upwallet":
		return Stranger{Kind: StrangerUnionPay}
	case slices.Contains([]string{"wifi", "tel", "mailto", "sms", "smsto", "geo"}, scheme):
		return Stranger{Kind: StrangerText} // hangs in many shops, and nobody can be paid by it
	case scheme != "http" && scheme != "https":
		return Stranger{Kind: StrangerApp}
	case u.Host == "":
		return Stranger{Kind: StrangerText}
	}
	host := ascii(strings.ToLower(u.Host))
	name := ascii(strings.ToLower(u.Hostname()))
	for _, known := range []struct {
		domain string
		kind   StrangerKind
	}{
		{"weixin.qq.com", StrangerWeChat}, {"wechat.com", StrangerWeChat}, {"wechatpay.cn", StrangerWeChat}, {"tenpay.com", StrangerWeChat},
		{"alipay.com", StrangerAlipay}, {"alipay.hk", StrangerAlipay},
		{"95516.com", StrangerUnionPay}, {"unionpay.com", StrangerUnionPay},
	} {
		if name == known.domain || strings.HasSuffix(name, "."+known.domain) {
			return Stranger{known.kind, host}
		}
	}
	return Stranger{StrangerAddress, host}
}

// longestHost is that of the DNS (RFC 1035 section 2.3.4), with a port.
const longestHost = 253 + 6

// ascii writes a host so that no letter looks like another: what is not ASCII
// is escaped.
func ascii(host string) string {
	quoted := strconv.QuoteToASCII(host)
	host = quoted[1 : len(quoted)-1]
	return host[:min(len(host), longestHost)]
}
