package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"guitai/cert"
	"guitai/web"
)

// tlsConfig says where the certificate comes from: of certificate, acme and
// local exactly one is given. docs/operating/https.md tells which.
type tlsConfig struct {
	Certificate string       `json:"certificate,omitempty"` // PEM file; read again when it changes
	Key         string       `json:"key,omitempty"`         // PEM file
	ACME        *acmeConfig  `json:"acme,omitempty"`
	Local       *localConfig `json:"local,omitempty"`
	// HTTPListen is where plain HTTP leads to HTTPS, such as ":80"; empty: nowhere.
	HTTPListen string `json:"http_listen,omitempty"`
}

// acmeConfig asks an authority of the internet (RFC 8555).
type acmeConfig struct {
	Hosts     []string `json:"hosts"` // names only
	Email     string   `json:"email,omitempty"`
	Directory string   `json:"directory,omitempty"` // of the authority; empty: Let's Encrypt
	Cache     string   `json:"cache,omitempty"`     // folder; empty: acme
	Accept    bool     `json:"accept_terms"`        // of the authority; must be true
}

// localConfig is the shop's own authority.
type localConfig struct {
	Hosts []string `json:"hosts"`         // names and addresses by which tills reach this server
	Dir   string   `json:"dir,omitempty"` // folder of its key; empty: authority
}

// secure is how this server speaks HTTPS.
type secure struct {
	tls        *tls.Config
	trust      *web.Trust
	challenges web.Challenges
}

// secured opens what the configuration names; nil without TLS.
func (c config) secured(out *outside) (*secure, error) {
	t := c.TLS
	if t == nil {
		return nil, nil
	}
	given := 0
	for _, g := range []bool{t.Certificate != "" || t.Key != "", t.ACME != nil, t.Local != nil} {
		if g {
			given++
		}
	}
	if given != 1 {
		return nil, errors.New("tls: give exactly one of certificate with key, acme, and local")
	}
	s := &secure{tls: &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}}
	switch {
	case t.ACME != nil:
		return s, s.byACME(c, *t.ACME)
	case t.Local != nil:
		return s, s.byLocal(c, *t.Local, out)
	}
	f := &cert.Files{Cert: c.file(t.Certificate), Key: c.file(t.Key), Now: out.now,
		Failed: func(err error) {
			out.log.Error("the certificate's files have changed and cannot be used; the old ones stay", "err", err)
		}}
	s.tls.GetCertificate = f.GetCertificate
	return s, f.Open()
}

// byACME lets autocert ask for certificates and renew them.
func (s *secure) byACME(c config, a acmeConfig) error {
	if len(a.Hosts) == 0 || !a.Accept {
		return errors.New("tls.acme: give hosts, and accept_terms: true when you have read the authority's terms")
	}
	for _, h := range a.Hosts {
		if h == "" || net.ParseIP(h) != nil {
			return fmt.Errorf("tls.acme: %q is not a name on the internet; for addresses there is tls.local", h)
		}
	}
	if a.Cache == "" {
		a.Cache = "acme"
	}
	m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(a.Hosts...), Cache: autocert.DirCache(c.file(a.Cache)), Email: a.Email}
	if a.Directory != "" {
		if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" {
			return errors.New("tls.acme: directory is an https address")
		}
		m.Client = &acme.Client{DirectoryURL: a.Directory}
	}
	s.tls.GetCertificate = m.GetCertificate
	s.tls.NextProtos = append(s.tls.NextProtos, acme.ALPNProto)
	s.challenges = m.HTTPHandler
	return nil
}

// byLocal opens the shop's own authority.
func (s *secure) byLocal(c config, l localConfig, out *outside) error {
	if l.Dir == "" {
		l.Dir = "authority"
	}
	a, err := cert.OpenAuthority(c.file(l.Dir), l.Hosts, out.now)
	if err != nil {
		return err
	}
	s.tls.GetCertificate = a.GetCertificate
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return err
	}
	at := func(scheme, port, path string) string {
		host := l.Hosts[0]
		if port != "" && (scheme != "https" || port != "443") && (scheme != "http" || port != "80") {
			host = net.JoinHostPort(host, port)
		}
		return scheme + "://" + host + path
	}
	s.trust = &web.Trust{Root: a.Root(), Fingerprint: a.Fingerprint(), Page: at("https", port, "/trust"), Till: at("https", port, "/till")}
	if c.TLS.HTTPListen != "" {
		if _, plain, err := net.SplitHostPort(c.TLS.HTTPListen); err == nil {
			s.trust.Page = at("http", plain, "/trust")
		}
	}
	out.log.Info("the shop's own authority: let devices trust it", "at", s.trust.Page, "sha256", s.trust.Fingerprint)
	return nil
}

// servePlain answers plain HTTP beside HTTPS until ctx ends.
func (h *house) servePlain(ctx context.Context, l net.Listener, c config, s *secure) {
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		err = web.ServePlain(ctx, l, h.door.Plain(port, s.challenges), h.log)
	}
	if err != nil {
		h.log.Error("plain HTTP ended", "err", err)
	}
}
