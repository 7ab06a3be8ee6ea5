package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"guitai/office"
	"guitai/pay"
)

// config is the file of `guitai serve`. Paths are relative to its folder.
type config struct {
	Listen string `json:"listen"` // host:port
	// PublicURL is where wallets and browsers reach this server. Notices are
	// sent below it; empty: no notices, everything is asked for.
	PublicURL string `json:"public_url,omitempty"`
	DSN       string `json:"dsn"`         // sqlite:PATH or postgres://…
	Secret    string `json:"secret_file"` // 32 random bytes in hex; made when missing
	Node      string `json:"node,omitempty"`
	// Nodes is how many servers work on the database: each makes its part of the
	// calls that the accounts allow. 0: this one alone.
	Nodes int `json:"nodes,omitempty"`
	// Keys is the file of the keys that seal secrets in the database; made when
	// missing, for its owner only. Empty: keys.json.
	Keys     string          `json:"keys_file,omitempty"`
	TLS      *tlsConfig      `json:"tls,omitempty"`
	Accounts []accountConfig `json:"accounts"`
	Policy   policyConfig    `json:"policy,omitzero"`
	Offline  offlineConfig   `json:"offline,omitzero"`
	Webhooks webhookConfig   `json:"webhooks,omitzero"`
	Sandbox  string          `json:"sandbox,omitempty"` // shown as a link on the first page

	dir    string
	sealed map[string][]byte // instead of files: the contents, by name
}

// accountConfig is one set of credentials at a wallet. Exactly one of the
// wallets is given.
type accountConfig struct {
	ID       string `json:"id"`
	Merchant string `json:"merchant,omitempty"` // empty: the only one there is
	FeeRate  int64  `json:"fee_rate"`           // hundred-thousandths
	// CallsPerS is how many calls a second may be made at it that nobody waits
	// for, by all nodes together; 0: 100.
	CallsPerS int64         `json:"calls_per_s,omitempty"`
	Mode      string        `json:"mode,omitempty"` // live (default) or sandbox
	WeChat    *wechatConfig `json:"wechat,omitempty"`
	Alipay    *alipayConfig `json:"alipay,omitempty"`

	UnionPay *unionpayConfig `json:"unionpay,omitempty"`
}

// wechatConfig names files beside the configuration and holds the two keys.
// The names are those of the sandbox's credentials.json.
type wechatConfig struct {
	BaseURL     string `json:"base_url"`
	TLSBaseURL  string `json:"tls_base_url,omitempty"`
	TLSCA       string `json:"tls_ca,omitempty"`
	MchID       string `json:"mchid,omitempty"`
	AppID       string `json:"appid,omitempty"`
	SpMchID     string `json:"sp_mchid,omitempty"` // 服务商: in the place of mchid and appid
	SpAppID     string `json:"sp_appid,omitempty"`
	SubMchID    string `json:"sub_mchid,omitempty"` // the shop, then
	SubAppID    string `json:"sub_appid,omitempty"`
	CodePay     string `json:"code_pay,omitempty"`   // v2 (default) or v3
	AppSecret   string `json:"app_secret,omitempty"` // the app's own; without it there are no pages inside WeChat
	OAuthBase   string `json:"oauth_base_url,omitempty"`
	OAuthAPI    string `json:"oauth_api_base_url,omitempty"`
	BillBase    string `json:"bill_base_url,omitempty"` // a further host at which bills may lie
	SerialNo    string `json:"serial_no"`
	PrivateKey  string `json:"private_key"`
	Certificate string `json:"certificate"`
	APIv3Key    string `json:"api_v3_key"`
	APIv2Key    string `json:"api_v2_key"`
	PublicKeyID string `json:"public_key_id,omitempty"`
	PublicKey   string `json:"public_key,omitempty"`
	Platform    string `json:"platform_certificate,omitempty"` // only for clients that want it by hand
	Mode        string `json:"mode,omitempty"`                 // public_key (default) or certificate
	// Algorithm is rsa (default) or sm2 (国密); sm2 wants its own pair, and mode
	// certificate.
	Algorithm      string `json:"algorithm,omitempty"`
	SM2PrivateKey  string `json:"sm2_private_key,omitempty"`
	SM2Certificate string `json:"sm2_certificate,omitempty"`
}

type alipayConfig struct {
	Gateway         string `json:"gateway"`
	AppID           string `json:"app_id"`
	AppPrivateKey   string `json:"app_private_key"`
	AlipayPublicKey string `json:"alipay_public_key,omitempty"`
	AppCert         string `json:"app_cert,omitempty"`
	AlipayCert      string `json:"alipay_cert,omitempty"`
	AlipayRootCert  string `json:"alipay_root_cert,omitempty"`
	SellerID        string `json:"seller_id,omitempty"`
	Mode            string `json:"mode,omitempty"` // key (default) or certificate

	// Through a service provider: app_id and the keys are the provider's.
	AppAuthToken string `json:"app_auth_token,omitempty"`
	AuthAppID    string `json:"auth_app_id,omitempty"`
	ProviderID   string `json:"sys_service_provider_id,omitempty"`
	SubMerchant  string `json:"sub_merchant_id,omitempty"`

	OAuthBaseURL  string `json:"oauth_base_url,omitempty"`
	InsideProduct string `json:"inside_product_code,omitempty"`
	BillHost      string `json:"bill_host,omitempty"`
}

// policyConfig changes the switch's patience, in milliseconds. 0 leaves the
// default.
type policyConfig struct {
	SendWithin   int64 `json:"send_within_ms,omitempty"`
	CallTimeout  int64 `json:"call_timeout_ms,omitempty"`
	Lag          int64 `json:"lag_ms,omitempty"`
	AskEvery     int64 `json:"ask_every_ms,omitempty"`
	ScanLimit    int64 `json:"scan_limit_ms,omitempty"`
	ReverseAfter int64 `json:"reverse_after_ms,omitempty"`
	ShowFor      int64 `json:"show_for_ms,omitempty"`
	SuspenseFor  int64 `json:"suspense_for_ms,omitempty"`
	StaticDayFen int64 `json:"static_day_fen,omitempty"` // per payer and day by static codes; not milliseconds
}

// offlineConfig changes what enrolled tills may do without a line. 0 leaves the
// default.
type offlineConfig struct {
	DigitsLimitFen int64 `json:"digits_limit_fen,omitempty"`
	CodeLife       int64 `json:"code_life_s,omitempty"`
}

// offline is the rule of docs/offline-qr.md.
func (c config) offline() office.OfflineRule {
	r := office.UsualOffline()
	r.Public = c.PublicURL
	if c.Offline.DigitsLimitFen > 0 {
		r.DigitsFen = c.Offline.DigitsLimitFen
	}
	if c.Offline.CodeLife > 0 {
		r.CodeLife = time.Duration(c.Offline.CodeLife) * time.Second
	}
	return r
}

func (c policyConfig) policy() pay.Policy {
	p := pay.Default()
	for _, set := range []struct {
		ms   int64
		into *time.Duration
	}{{c.SendWithin, &p.SendWithin}, {c.CallTimeout, &p.CallTimeout}, {c.Lag, &p.Lag}, {c.AskEvery, &p.AskEvery},
		{c.ScanLimit, &p.ScanLimit}, {c.ReverseAfter, &p.ReverseAfter}, {c.ShowFor, &p.ShowFor},
		{c.SuspenseFor, &p.SuspenseFor}} {
		if set.ms > 0 {
			*set.into = time.Duration(set.ms) * time.Millisecond
		}
	}
	if c.StaticDayFen > 0 {
		p.StaticDayFen = c.StaticDayFen
	}
	return p
}

// readConfig reads a configuration strictly: a key that is not known is a
// mistake that must not pass.
func readConfig(path string) (config, error) {
	var c config
	b, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	if c.Listen == "" || c.DSN == "" || c.Secret == "" {
		return c, fmt.Errorf("%s: listen, dsn and secret_file are needed", path)
	}
	c.dir = filepath.Dir(path)
	return c, nil
}

// writeConfig keeps a configuration beside its data, for its owner only.
func writeConfig(path string, c config) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

// file is the path of a file that the configuration names.
func (c config) file(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// read reads a file that the configuration names; an empty name is no file.
func (c config) read(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	if c.sealed != nil {
		b, ok := c.sealed[name]
		if !ok {
			return nil, errors.New("credentials in the database name no files")
		}
		return b, nil
	}
	return os.ReadFile(c.file(name))
}

const secretBytes = 32

// secret reads the secret that keys the prints of requests, and makes it the
// first time.
func (c config) secret(random io.Reader) ([]byte, error) {
	path := c.file(c.Secret)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		fresh := make([]byte, secretBytes)
		if _, err := io.ReadFull(random, fresh); err != nil {
			return nil, err
		}
		return fresh, os.WriteFile(path, []byte(hex.EncodeToString(fresh)+"\n"), 0o600)
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(b)))
	if err != nil || len(key) != secretBytes {
		return nil, fmt.Errorf("%s: not %d bytes in hex", path, secretBytes)
	}
	return key, nil
}
