package wechat_test

import (
	"testing"

	"guitai/channel"
	"guitai/channel/wechat"
	"guitai/sandbox/book"
)

// TestSuitesApart: who is set to one suite believes nothing of the other, and
// credentials that do not fit are refused at once.
func TestSuitesApart(t *testing.T) {
	x := openStreet(t)
	rsa, sm2 := x.options, x.inSM2()
	rsa.Mode, rsa.PublicKeyID, rsa.PublicKey = wechat.ModeCertificate, "", nil
	shops := []*wechat.Channel{open(t, rsa), open(t, sm2)}
	for i, c := range shops {
		before := len(x.inbox.All())
		show := inside([]string{"SUITERSA01", "SUITESM201"}[i], x.notify)
		a := c.Show(t.Context(), show)
		want(t, "show", a, channel.Waiting)
		if _, err := x.Book().Pay(a.Code, "", book.Normal); err != nil {
			t.Fatal(err)
		}
		n := x.nextNotice(t, before)
		if got, err := c.ReadNotice(n); err != nil || got.OrderNo != show.No {
			t.Errorf("%s: %+v %v", show.No, got, err)
		}
		if got, err := shops[1-i].ReadNotice(n); err == nil {
			t.Errorf("%s: the other suite took %+v", show.No, got)
		}
	}
	for what, change := range map[string]func(*wechat.Options){
		"no pair":       func(o *wechat.Options) { o.SM2PrivateKey = nil },
		"RSA pair":      func(o *wechat.Options) { o.SM2PrivateKey, o.SM2Certificate = o.PrivateKey, o.Certificate },
		"RSA cert":      func(o *wechat.Options) { o.SM2Certificate = o.Certificate },
		"key twice":     func(o *wechat.Options) { o.SM2Certificate = o.SM2PrivateKey },
		"public key":    func(o *wechat.Options) { o.Mode = wechat.ModePublicKey },
		"other suite":   func(o *wechat.Options) { o.Algorithm = "sm9" },
		"other edition": func(o *wechat.Options) { o.CodePay = "v4" },
		"app of nobody": func(o *wechat.Options) { o.SubAppID = "wx1" },
		"plain OAuth":   func(o *wechat.Options) { o.OAuthURL = "http://open.weixin.qq.com" },
		"plain bills":   func(o *wechat.Options) { o.BillURL = "http://bills.example" },
	} {
		o := sm2
		change(&o)
		if _, err := wechat.Open(o); err == nil {
			t.Errorf("%s: opened", what)
		}
	}
}
