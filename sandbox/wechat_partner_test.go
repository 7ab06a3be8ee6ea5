package sandbox_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"guitai/sandbox/wechat"
)

// TestFormsOfPartners: each customer keeps to the form of its kind, and a
// service provider to its own shops.
func TestFormsOfPartners(t *testing.T) {
	dir := newDir(t)
	openStreet(t, dir, 1)
	shop, provider := newMerchant(t, dir), newMerchant(t, dir)
	var all struct {
		One wechat.Credentials `json:"wechat_shop_1"`
		Two wechat.Credentials `json:"wechat_shop_2"`
	}
	if err := json.Unmarshal(ok(os.ReadFile(filepath.Join(dir, "credentials.json")))(t), &all); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(ok(os.ReadFile(filepath.Join(dir, all.One.PrivateKey)))(t))
	provider.key = ok(x509.ParsePKCS8PrivateKey(block.Bytes))(t).(*rsa.PrivateKey)
	provider.c = all.One
	provider.c.Mchid = all.One.SpMchid // who signs
	direct := shop.native("forms-0001", 100, nowhere)
	partner := maps.Clone(direct)
	delete(partner, "appid")
	delete(partner, "mchid")
	partner["sp_appid"], partner["sp_mchid"], partner["sub_mchid"] = all.One.SpAppid, all.One.SpMchid, all.One.SubMchid
	with := func(m map[string]any, name, value string) map[string]any {
		m = maps.Clone(m)
		m[name] = value
		return m
	}
	const own, theirs = "/v3/pay/transactions/native", "/v3/pay/partner/transactions/native"
	for what, c := range map[string]struct {
		who  *merchant
		path string
		body map[string]any
		want string
	}{
		"a shop":                      {shop, own, direct, ""},
		"a provider":                  {provider, theirs, with(partner, "out_trade_no", "forms-0002"), ""},
		"with the shop's app":         {provider, theirs, with(with(with(partner, "out_trade_no", "forms-0003"), "sub_mchid", all.Two.SubMchid), "sub_appid", all.Two.SubAppid), ""},
		"a shop as a provider":        {shop, theirs, partner, "NO_AUTH"},
		"a provider as a shop":        {provider, own, with(with(direct, "mchid", all.One.SpMchid), "appid", all.One.SpAppid), "NO_AUTH"},
		"a shop that names a sub":     {shop, own, with(direct, "sub_mchid", all.One.SubMchid), "PARAM_ERROR"},
		"a provider that names mchid": {provider, theirs, with(partner, "mchid", all.One.SpMchid), "PARAM_ERROR"},
		"nobody's shop":               {provider, theirs, with(partner, "sub_mchid", "1700000000"), "PARAM_ERROR"},
		"the other shop's app":        {provider, theirs, with(partner, "sub_appid", all.Two.SubAppid), "PARAM_ERROR"},
		"another provider":            {provider, theirs, with(partner, "sp_mchid", shop.c.Mchid), "MCH_NOT_EXISTS"},
		"another's app":               {provider, theirs, with(partner, "sp_appid", shop.c.Appid), "APPID_MCHID_NOT_MATCH"},
	} {
		if a := c.who.v3("POST", c.path, c.body); a.str("code") != c.want || (c.want == "") != (a.code == 200) {
			t.Errorf("%s: %d %s", what, a.code, a.body)
		}
	}
}
