package alipay

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

// maxAnswer is how large an answer may be; documented ones stay below 64 KiB.
const maxAnswer = 1 << 20

// line is the connection to the gateway. It posts a form once: it follows no
// redirect, uses no proxy and tries nothing again.
type line struct {
	gateway string
	client  *http.Client
}

func newLine(gateway string, timeout time.Duration) *line {
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // HTTP/2 has retries of its own
	return &line{gateway: gateway, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				return &watched{Conn: conn}, nil
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

// post sends the form once.
func (l *line) post(ctx context.Context, form string) word {
	var u use
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { u.begin(info.Conn) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, l.gateway, strings.NewReader(form))
	if err != nil {
		return word{failure: "request"}
	}
	req.GetBody = nil // without it net/http cannot send the body a second time
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	req.Header.Set("User-Agent", "guitai")
	resp, err := l.client.Do(req)
	if err != nil {
		return word{failure: reason(err), sent: u.mayHaveSent()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return word{code: resp.StatusCode, failure: "half an answer: " + reason(err), sent: true}
	case len(body) > maxAnswer:
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

// watched is a connection that knows how much was written to it, so that a
// failed call can say for sure that nothing left.
type watched struct {
	net.Conn
	mu    sync.Mutex
	wrote int64
	shut  bool
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	if w.shut {
		w.mu.Unlock()
		return 0, net.ErrClosed
	}
	w.wrote += int64(len(p)) // before the write: a failed one may have sent a part
	w.mu.Unlock()
	return w.Conn.Write(p)
}

func (w *watched) count() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wrote
}

// shutIfUnused reports whether nothing was written since before, and then sees
// to it that nothing ever will be.
func (w *watched) shutIfUnused(before int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wrote != before {
		return false
	}
	w.shut = true
	return true
}

// use is what one call did with a connection.
type use struct {
	mu     sync.Mutex
	begun  bool
	conn   *watched
	before int64
}

// begin notes the connection that the call was given.
func (u *use) begin(conn net.Conn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	u.begun = true
	if u.conn, _ = conn.(*watched); u.conn != nil {
		u.before = u.conn.count()
	}
}

// mayHaveSent reports whether a byte of the call may have left. Without a
// connection (dialling or the TLS handshake failed) none has.
func (u *use) mayHaveSent() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.begun && (u.conn == nil || !u.conn.shutIfUnused(u.before))
}
