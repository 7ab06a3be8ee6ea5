package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of one try.
const (
	Patience   = 10 * time.Second // from dialling to the last byte that is read
	maxRead    = 64 << 10         // bytes of the answer that are read
	maxKept    = 1 << 10          // bytes of it that are kept
	maxHeaders = 16 << 10
)

// Options of a Sender.
type Options struct {
	Rule     Rule
	Resolver Resolver       // nil: the machine's own
	Roots    *x509.CertPool // nil: the machine's own
	Now      func() time.Time
	Agent    string // User-Agent
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	rule   Rule
	client *http.Client
	now    func() time.Time
	agent  string
}

// NewSender makes a sender. It takes no proxy from the environment: a proxy
// would be asked to connect where we must not.
func NewSender(o Options) *Sender {
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	d := dialer{rule: o.Rule, names: o.Resolver, patience: Patience}
	t := &http.Transport{DialContext: d.dial, TLSHandshakeTimeout: Patience, ResponseHeaderTimeout: Patience,
		DisableCompression: true, MaxResponseHeaderBytes: maxHeaders, MaxIdleConnsPerHost: 2, MaxIdleConns: 64,
		IdleConnTimeout: 20 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}}
	return &Sender{rule: o.Rule, now: o.Now, agent: o.Agent, client: &http.Client{Transport: t, Timeout: Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Close lets go of the connections that are kept open.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Letter is one message on its way to one endpoint.
type Letter struct {
	URL     string
	ID      string // the same over all tries
	Body    []byte
	Secrets []Secret // all sign
}

// Why a try failed, in words that are stable and tell nothing of our network.
const (
	FailAddress = "address_forbidden"
	FailName    = "name_not_found"
	FailTLS     = "tls_failed"
	FailTime    = "timed_out"
	FailConnect = "no_connection"
	FailAnswer  = "refused" // answered, and not with 2xx
)

// Receipt is what came of one try.
type Receipt struct {
	At      time.Time
	Took    time.Duration
	HTTP    int    // 0: no answer
	Failure string // empty: delivered
	Answer  string // the beginning of the answer's body
	Cause   error  // for the log only
}

// Delivered reports whether the receiver said that it has it.
func (r Receipt) Delivered() bool { return r.Failure == "" }

// Gone reports whether the receiver asked not to be told any more (410).
func (r Receipt) Gone() bool { return r.HTTP == http.StatusGone }

// Send tries once. It never returns an error: what went wrong is in the receipt.
func (s *Sender) Send(ctx context.Context, l Letter) Receipt {
	at := s.now()
	r := s.send(ctx, l, at)
	r.At, r.Took = at, s.now().Sub(at)
	return r
}

func (s *Sender) send(ctx context.Context, l Letter, at time.Time) Receipt {
	if err := s.rule.Check(l.URL); err != nil {
		return Receipt{Failure: FailAddress, Cause: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL, bytes.NewReader(l.Body))
	if err != nil {
		return Receipt{Failure: FailAddress, Cause: err}
	}
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", s.agent)
	h.Set("webhook-id", l.ID)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", Sign(l.Secrets, l.ID, at, l.Body))
	resp, err := s.client.Do(req)
	if err != nil {
		return Receipt{Failure: failure(err), Cause: bare(err)}
	}
	defer resp.Body.Close()
	// 2xx is the receiver's word that it has the message; a body that breaks
	// off after it takes nothing back.
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRead))
	r := Receipt{HTTP: resp.StatusCode, Answer: kept(body), Cause: err}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		r.Failure = FailAnswer
	}
	return r
}

// bare takes the address out of an error: a receiver may have put a secret into
// it, and the error goes to the log.
func bare(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// kept is the beginning of an answer as text: printable, and whole characters.
func kept(b []byte) string {
	text := strings.ToValidUTF8(string(b[:min(len(b), maxKept)]), "")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

// failure words an error of the way there.
func failure(err error) string {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var late net.Error
	switch {
	case errors.Is(err, errForbidden):
		return FailAddress
	case errors.Is(err, errNoName):
		return FailName
	case errors.As(err, &cert), errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return FailTLS
	case errors.As(err, &late) && late.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return FailTime
	}
	return FailConnect
}
