package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/office"
	"guitai/pay"
)

// fileFields are the keys of an account's configuration that name a file. In
// the database the file's content stands under them, sealed.
func fileFields() []string {
	return []string{"private_key", "certificate", "public_key", "tls_ca", "app_private_key", "alipay_public_key", "app_cert",
		"alipay_cert", "alipay_root_cert", "sign_cert", "sign_key", "middle_cert", "root_cert", "secure_key",
		"sm2_private_key", "sm2_certificate"}
}

// textSecrets are the keys that hold a secret themselves.
func textSecrets() []string {
	return []string{"api_v3_key", "api_v2_key", "app_secret", "app_auth_token"}
}

// byHand are keys that only people read.
func byHand() []string { return []string{"platform_certificate"} }

// walletHosts are where the wallets are; an owner's accounts may name no other.
func walletHosts() []string {
	return []string{"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "api.weixin.qq.com", "open.weixin.qq.com",
		"openapi.alipay.com", "openauth.alipay.com", "dwbillcenter.alipay.com", "openapi-sandbox.dl.alipaydev.com", "openauth-sandbox.dl.alipaydev.com",
		"gateway.95516.com", "gateway.test.95516.com", "filedownload.95516.com", "filedownload.test.95516.com"}
}

// opening turns an account of the configuration into what the database keeps.
func (c config) opening(a accountConfig) (office.Opening, error) {
	o := office.Opening{Mode: pay.Live, Settings: map[string]string{}, Secrets: map[string]string{}}
	if a.Mode != "" {
		o.Mode = pay.Mode(a.Mode)
	}
	b, err := json.Marshal(a)
	if err != nil {
		return o, err
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return o, err
	}
	var of map[string]string
	for name, part := range parts {
		if !guitai.Wallet(name).Known() {
			continue
		}
		if o.Wallet != "" {
			return o, errors.New("an account is at one wallet")
		}
		o.Wallet = guitai.Wallet(name)
		if err := json.Unmarshal(part, &of); err != nil {
			return o, err
		}
	}
	for name, v := range of {
		switch {
		case v == "" || slices.Contains(byHand(), name):
		case slices.Contains(fileFields(), name):
			content, err := c.read(v)
			if err != nil {
				return o, err
			}
			o.Secrets[name] = string(content)
		case slices.Contains(textSecrets(), name):
			o.Secrets[name] = v
		default:
			o.Settings[name] = v
		}
	}
	return o, nil
}

// facts are what may be known of the secrets of the accounts.
func (c config) facts() (map[guitai.AccountID][]office.Fact, error) {
	all := map[guitai.AccountID][]office.Fact{}
	for _, a := range c.Accounts {
		o, err := c.opening(a)
		if err != nil {
			return nil, fmt.Errorf("account %q: %w", a.ID, err)
		}
		all[guitai.AccountID(a.ID)] = office.FactsOf(a.ID, o.Secrets)
	}
	return all, nil
}

// sealedName is what stands in the place of a file's name.
const sealedName = "sealed:"

// openSealed opens a channel on what the database keeps. A setting can name no
// file: what is read is only what was sealed.
func openSealed(o office.Opening, now func() time.Time) (channel.Channel, error) {
	c := config{sealed: map[string][]byte{}}
	of := map[string]string{}
	for name, v := range o.Settings {
		if slices.Contains(fileFields(), name) || slices.Contains(textSecrets(), name) {
			return nil, fmt.Errorf("%s belongs to the secrets", name)
		}
		of[name] = v
	}
	for name, v := range o.Secrets {
		if slices.Contains(fileFields(), name) {
			c.sealed[sealedName+name] = []byte(v)
			v = sealedName + name
		} else if !slices.Contains(textSecrets(), name) {
			return nil, fmt.Errorf("%s is no secret that we know", name)
		}
		of[name] = v
	}
	b, err := json.Marshal(map[string]any{string(o.Wallet): of})
	if err != nil {
		return nil, err
	}
	var a accountConfig
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return nil, err
	}
	return c.channel(a, now)
}

// notifyURL is where a wallet sends the notices of an account; nil: nowhere.
func (c config) notifyURL() func(guitai.Wallet, guitai.AccountID) string {
	if c.PublicURL == "" {
		return nil
	}
	base := strings.TrimSuffix(c.PublicURL, "/")
	return func(w guitai.Wallet, id guitai.AccountID) string {
		return base + "/notify/" + string(w) + "/" + string(id)
	}
}
