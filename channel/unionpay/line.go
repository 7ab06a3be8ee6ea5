package unionpay

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// line is the connection to UnionPay's hosts. It posts a form once: it follows
// no redirect, uses no proxy and tries nothing again.
type line struct {
	timeout time.Duration
	client  *http.Client
}

func newLine(timeout time.Duration) *line {
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // HTTP/2 has retries of its own
	return &line{timeout: timeout, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				return &counted{Conn: conn}, nil
			},
			Protocols:              protocols,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost:    64,
			IdleConnTimeout:        20 * time.Second, // below what servers use to close
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
		},
	}}
}

// word is what came back over the line. With a failure, sent says whether
// anything may have left this machine.
type word struct {
	code    int
	body    []byte
	failure string
	sent    bool
}

// limit is how long one message may take and how large its answer may be.
type limit struct {
	time time.Duration // zero: the line's
	size int64
}

// post sends the form once.
func (l *line) post(ctx context.Context, url, form string, most limit) word {
	if most.time == 0 {
		most.time = l.timeout
	}
	ctx, stop := context.WithTimeout(ctx, most.time)
	defer stop()
	var u used
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { u.begin(info.Conn) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, url, strings.NewReader(form))
	if err != nil {
		return word{failure: "request"}
	}
	req.GetBody = nil // without it net/http cannot send the body a second time
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	req.Header.Set("User-Agent", "guitai")
	resp, err := l.client.Do(req)
	if err != nil {
		return word{failure: reason(err), sent: u.mayHaveSent()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, most.size+1))
	switch {
	case err != nil:
		return word{code: resp.StatusCode, failure: "half an answer: " + reason(err), sent: true}
	case int64(len(body)) > most.size:
		return word{code: resp.StatusCode, failure: "answer too large", sent: true}
	}
	return word{code: resp.StatusCode, body: body, sent: true}
}

// reason names what went wrong without the address and the text of the error,
// which may hold the request.
func reason(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "name not found"
	case errors.As(err, &op):
		return "network: " + op.Op
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	return "transport"
}

// counted is a connection that knows how much was written to it, so that a
// failed call can say for sure that nothing left.
type counted struct {
	net.Conn
	mu    sync.Mutex
	wrote int64
	shut  bool
}

func (c *counted) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.shut {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.wrote += int64(len(p)) // before the write: a failed one may have sent a part
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *counted) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wrote
}

// shutIfUnused reports whether nothing was written since before, and then sees
// to it that nothing ever will be.
func (c *counted) shutIfUnused(before int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrote != before {
		return false
	}
	c.shut = true
	return true
}

// used is what one call did with a connection.
type used struct {
	mu     sync.Mutex
	begun  bool
	conn   *counted
	before int64
}

// begin notes the connection that the call was given.
func (u *used) begin(conn net.Conn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	u.begun = true
	if u.conn, _ = conn.(*counted); u.conn != nil {
		u.before = u.conn.count()
	}
}

// mayHaveSent reports whether a byte of the call may have left. Without a
// connection (dialling or the TLS handshake failed) none has.
func (u *used) mayHaveSent() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.begun && (u.conn == nil || !u.conn.shutIfUnused(u.before))
}
