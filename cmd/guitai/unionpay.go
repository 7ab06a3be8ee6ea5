package main

import (
	"bytes"
	"time"

	"guitai/channel"
	"guitai/channel/unionpay"
)

// unionpayConfig names files beside the configuration. The names are those of
// the sandbox's credentials.json.
type unionpayConfig struct {
	BaseURL    string `json:"base_url"`
	FileURL    string `json:"file_url,omitempty"` // empty: no bills
	MerID      string `json:"mer_id"`
	SignCert   string `json:"sign_cert,omitempty"`
	SignKey    string `json:"sign_key,omitempty"`
	RootCert   string `json:"root_cert,omitempty"`
	MiddleCert string `json:"middle_cert,omitempty"`
	SecureKey  string `json:"secure_key,omitempty"` // a file; used in mode shared_key
	// SignerName is whose UnionPay's signing certificate must be; empty: the
	// production name.
	SignerName string `json:"signer_name,omitempty"`
	TermID     string `json:"term_id,omitempty"`
	Mode       string `json:"mode,omitempty"` // certificate (default) or shared_key
}

// files are the names of files in it.
func (u *unionpayConfig) files() []*string {
	return []*string{&u.SignCert, &u.SignKey, &u.RootCert, &u.MiddleCert, &u.SecureKey}
}

func (c config) unionpay(w unionpayConfig, now func() time.Time) (channel.Channel, error) {
	o := unionpay.Options{BaseURL: w.BaseURL, FileURL: w.FileURL, MerID: w.MerID, SignerName: w.SignerName, TermID: w.TermID, Now: now}
	files := map[string]*[]byte{w.SignCert: &o.SignCert, w.SignKey: &o.SignKey, w.RootCert: &o.RootCert, w.MiddleCert: &o.MiddleCert}
	if w.Mode == "shared_key" {
		files = map[string]*[]byte{w.SecureKey: &o.SecureKey}
	}
	if err := c.readInto(files); err != nil {
		return nil, err
	}
	o.SecureKey = bytes.TrimSpace(o.SecureKey)
	return unionpay.Open(o)
}
