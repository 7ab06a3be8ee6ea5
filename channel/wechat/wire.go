package wechat

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"guitai/channel"
)

// maxBody bounds what is read of any answer or notice.
const maxBody = 1 << 20

// transport makes our own: no proxy from the environment, no compression (the
// signature covers the bytes), HTTP/1.1, connections that count what they sent.
// Idle ones are dropped early, before the other side does it under a request.
func transport(cfg *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c}, nil
	}
	dialTLS := func(ctx context.Context, network, addr string) (net.Conn, error) {
		raw, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		own := cfg.Clone()
		if own.ServerName, _, err = net.SplitHostPort(addr); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		ctx, stop := context.WithTimeout(ctx, 5*time.Second)
		defer stop()
		c := tls.Client(raw, own)
		if err := c.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		return &conn{Conn: c}, nil
	}
	return &http.Transport{
		Proxy: nil, DialContext: dial, DialTLSContext: dialTLS,
		DisableCompression: true, ForceAttemptHTTP2: false,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 15 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// conn counts the bytes of requests that were handed to the network, so that
// "nothing was sent" can be proven. For TLS it counts what goes into the TLS
// connection: a handshake is no request.
type conn struct {
	net.Conn
	mu    sync.Mutex
	wrote int64
	dead  bool
}

var errDead = errors.New("the connection was given up")

func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.dead {
		c.mu.Unlock()
		return 0, errDead
	}
	c.wrote += int64(len(b)) // before the write: a failed one may have sent some
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *conn) sofar() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wrote
}

// unused reports whether nothing was written since then, and makes sure that
// nothing will be.
func (c *conn) unused(since int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = c.dead || c.wrote == since
	return c.wrote == since
}

// request is one message to WeChat Pay.
type request struct {
	op     string // for the timeline
	method string
	url    *url.URL
	via    *http.Transport
	header http.Header
	body   []byte
}

// reply is what came of a request: nothing was sent, or no whole answer came,
// or this one.
type reply struct {
	sent   bool
	err    error // why there is no answer
	http   int   // HTTP status
	header http.Header
	body   []byte
	at     time.Time
	took   time.Duration
}

// send sends a request once. net/http is kept from sending it again: without
// GetBody it cannot (http.Request.GetBody), and redirects are not followed
// because there is no http.Client. A kept connection that the other side closed
// before a byte was sent is the one case where another is tried: nothing was
// sent.
func (c *Channel) send(ctx context.Context, q request) reply {
	ctx, stop := context.WithTimeout(ctx, c.timeout)
	defer stop()
	start := c.now()
	r := c.sendOnce(ctx, q)
	for range 3 {
		if r.sent || !errors.Is(r.err, errStale) {
			break
		}
		r = c.sendOnce(ctx, q)
	}
	r.at, r.took = start, c.now().Sub(start)
	return r
}

// errStale: a kept connection turned out to be closed before anything was sent.
var errStale = errors.New("a kept connection was closed")

func (c *Channel) sendOnce(ctx context.Context, q request) reply {
	var used *conn
	var since int64
	var kept bool
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if own, ok := info.Conn.(*conn); ok {
			used, since, kept = own, own.sofar(), info.Reused
		}
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), q.method, q.url.String(), bytes.NewReader(q.body))
	if err != nil {
		return reply{err: err}
	}
	req.GetBody = nil
	req.Header = q.header
	res, err := q.via.RoundTrip(req)
	if err != nil {
		if used == nil {
			return reply{err: err}
		}
		if used.unused(since) {
			if kept && ctx.Err() == nil {
				err = errStale
			}
			return reply{err: err}
		}
		return reply{sent: true, err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errors.New("the answer is too large")
	}
	return reply{sent: true, err: err, http: res.StatusCode, header: res.Header, body: body}
}

// one returns the only value of a header, "" when there is none or several.
func one(h map[string][]string, name string) string {
	if v := h[http.CanonicalHeaderKey(name)]; len(v) == 1 {
		return v[0]
	}
	return ""
}

// message is the reply's line in the timeline. Failure texts of the network
// name addresses only.
func (r reply) message(q request, failure error) channel.Message {
	m := channel.Message{At: r.at, Took: r.took, Op: q.op, HTTP: r.http}
	switch {
	case !r.sent:
		m.Failure = "not sent: " + short(r.err)
	case r.err != nil:
		m.Failure = "no answer: " + short(r.err)
	case failure != nil:
		m.Failure = short(failure)
	}
	return m
}

func short(err error) string {
	if err == nil {
		return ""
	}
	return cut(err.Error(), 200)
}
