package wechat

import "net/url"

// names are whose an order is: the first two where the shop connects directly,
// the others where a service provider does it for the shop (服务商模式).
type names struct {
	AppID    string `json:"appid,omitempty"`
	MchID    string `json:"mchid,omitempty"`
	SpAppID  string `json:"sp_appid,omitempty"`
	SpMchID  string `json:"sp_mchid,omitempty"`
	SubAppID string `json:"sub_appid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
}

// names are ours, in an order.
func (c *Channel) names() names {
	if c.subMchID == "" {
		return names{AppID: c.appID, MchID: c.mchID}
	}
	return names{SpAppID: c.appID, SpMchID: c.mchID, SubAppID: c.subAppID, SubMchID: c.subMchID}
}

// numbers are ours without the apps.
func (c *Channel) numbers() names {
	n := c.names()
	n.AppID, n.SpAppID, n.SubAppID = "", "", ""
	return n
}

// ours reports whether an answer or a notice is about our orders: a service
// provider gets those of all its shops under one key, and only one is ours.
func (c *Channel) ours(n names) bool {
	return c.oursByNumber(n) && (n.AppID == c.appID && c.subMchID == "" || n.SpAppID == c.appID && c.subMchID != "")
}

// oursByNumber is the same for what names no app.
func (c *Channel) oursByNumber(n names) bool {
	if c.subMchID == "" {
		return n.MchID == c.mchID && n.SubMchID == ""
	}
	return n.SpMchID == c.mchID && n.SubMchID == c.subMchID
}

// at is the path of a call about orders, in our form.
func (c *Channel) at(path string) string {
	if c.subMchID == "" {
		return "/v3/pay/transactions" + path
	}
	return "/v3/pay/partner/transactions" + path
}

// mchQuery names us in the query of a GET.
func (c *Channel) mchQuery() string {
	if c.subMchID == "" {
		return "mchid=" + url.QueryEscape(c.mchID)
	}
	return "sp_mchid=" + url.QueryEscape(c.mchID) + "&sub_mchid=" + url.QueryEscape(c.subMchID)
}

// subQuery names the shop in the query of a GET that is not about an order.
func (c *Channel) subQuery() string {
	if c.subMchID == "" {
		return ""
	}
	return "?sub_mchid=" + url.QueryEscape(c.subMchID)
}
