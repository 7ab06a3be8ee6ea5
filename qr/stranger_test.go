package qr

import (
	"strings"
	"testing"
)

// TestTellStranger: what hangs over a shop's code, by its prefix.
func TestTellStranger(t *testing.T) {
	for text, want := range map[string]Stranger{
		"wxp://f2f0AbCdEf":                               {StrangerWeChat, ""},
		" WXP://F2F0\n":                                  {StrangerWeChat, ""},
		"ｗｘｐ：／／ｆ２ｆ０":                                     {StrangerWeChat, ""},
		"weixin://wxpay/bizpayurl?pr=x":                  {StrangerWeChat, ""},
		"https://payapp.weixin.qq.com/qr/x":              {StrangerWeChat, "payapp.weixin.qq.com"},
		"HTTPS://QR.ALIPAY.COM/FKX01234":                 {StrangerAlipay, "qr.alipay.com"},
		"alipays://platformapi/startapp?x=1":             {StrangerAlipay, ""},
		"https://qr.95516.com/00010000/6221":             {StrangerUnionPay, "qr.95516.com"},
		"00020101021126330015A000000333010101":           {StrangerEMV, ""},
		"https://qr.alipay.com@evil.example/":            {StrangerAddress, "evil.example"},
		"https://qr.alipay.com.evil.example:8443/fkx":    {StrangerAddress, "qr.alipay.com.evil.example:8443"},
		"https://notalipay.com/":                         {StrangerAddress, "notalipay.com"},
		"https://аlipay.com/":                            {StrangerAddress, `\u0430lipay.com`}, // Cyrillic
		"http://192.0.2.1/pay":                           {StrangerAddress, "192.0.2.1"},
		"tel:+8610123":                                   {StrangerText, ""},
		"ecny://pay/x":                                   {StrangerApp, ""},
		"WIFI:S:shop;T:WPA;P:secret;;":                   {StrangerText, ""},
		"130000000000000000":                             {StrangerPayer, ""},
		"990000000000000000":                             {StrangerPayer, ""},
		"6901234567892":                                  {StrangerGoods, ""},
		"欢迎光临":                                           {StrangerText, ""},
		"":                                               {StrangerText, ""},
		"https://":                                       {StrangerText, ""},
		"https://a.example/" + strings.Repeat("a", 2100): {StrangerText, ""},
	} {
		if got := TellStranger(text); got != want {
			t.Errorf("%.60q: %+v, want %+v", text, got, want)
		}
	}
}

// FuzzTellStranger: it always says something, in ASCII and within bounds, and
// never names a wallet for another's host.
func FuzzTellStranger(f *testing.F) {
	for _, text := range []string{"wxp://x", "https://qr.alipay.com/x", "https://a@b:1/", "000201", "http://[::1]:80/", "\xff", "a:b", "：／／"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := TellStranger(text)
		if s.Kind == "" || len(s.Host) > longestHost {
			t.Errorf("%q: %+v", text, s)
		}
		for _, r := range s.Host {
			if r <= ' ' || r > '~' {
				t.Errorf("%q: host %q", text, s.Host)
			}
		}
		if s.Kind == StrangerAlipay && s.Host != "" && !strings.Contains(s.Host, "alipay.com") && !strings.Contains(s.Host, "alipay.hk") {
			t.Errorf("%q: %+v", text, s)
		}
	})
}
