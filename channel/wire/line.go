package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Options says how a line is opened.
type Options struct {
	TLS  *tls.Config   // nil: the system's roots and TLS 1.2 at least
	Dial time.Duration // how long connecting and the handshake may take, each; zero: 5 s
}

// Line is the way to one wallet's hosts. It is safe for concurrent use.
type Line struct{ transport *http.Transport }

// Open makes a line; nothing is connected yet. It speaks HTTP/1.1 only: HTTP/2
// has retries of its own. Nothing is unpacked: signatures cover the bytes. Idle
// connections are dropped early, before the other side does it under a request.
func Open(o Options) *Line {
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.Dial == 0 {
		o.Dial = 5 * time.Second
	}
	dialer := &net.Dialer{Timeout: o.Dial, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &Line{transport: &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &conn{Conn: c}, nil
		},
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return secure(ctx, c, addr, o)
		},
		Protocols:              protocols,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        15 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}}
}

// secure shakes hands over a fresh connection.
func secure(ctx context.Context, raw net.Conn, addr string, o Options) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	own := o.TLS.Clone()
	own.ServerName = host
	ctx, stop := context.WithTimeout(ctx, o.Dial)
	defer stop()
	c := tls.Client(raw, own)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return &conn{Conn: c}, nil
}

// Close lets go of idle connections.
func (l *Line) Close() { l.transport.CloseIdleConnections() }

// RoundTrip sends a question that moves no money and whose answer is too large to
// hold, such as a bill's file, and lets the caller read it as it comes. It follows
// no redirect, and proves nothing about what was sent.
func (l *Line) RoundTrip(r *http.Request) (*http.Response, error) { return l.transport.RoundTrip(r) }

// Request is one message.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
	Most   int64 // how large the answer may be, in bytes; zero: 1 MiB
}

// mostAnswer is Request.Most where it is not given.
const mostAnswer = 1 << 20

// Word is what came of a request: nothing was sent, or no whole answer came, or
// this one.
type Word struct {
	Sent   bool  // something may have left this machine
	Err    error // why there is no whole answer
	Code   int   // HTTP status; 0: no answer
	Header http.Header
	Body   []byte
}

var (
	errStale = errors.New("a kept connection was closed")
	errLarge = errors.New("the answer is too large")
)

// staleTries is how many kept connections may turn out to be closed before one
// call gives up.
const staleTries = 4

// Send sends a request once, within ctx.
func (l *Line) Send(ctx context.Context, q Request) Word {
	if q.Most == 0 {
		q.Most = mostAnswer
	}
	var w Word
	for range staleTries {
		if w = l.once(ctx, q); w.Sent || !errors.Is(w.Err, errStale) {
			break
		}
	}
	return w
}

func (l *Line) once(ctx context.Context, q Request) Word {
	var u used
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { u.begin(info.Conn, info.Reused) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), q.Method, q.URL, bytes.NewReader(q.Body))
	if err != nil {
		return Word{Err: errRequest}
	}
	req.GetBody = nil // without it net/http cannot send the body a second time
	if q.Header != nil {
		req.Header = q.Header.Clone()
	}
	// Not through an http.Client: that one follows redirects.
	res, err := l.transport.RoundTrip(req)
	if err != nil {
		if u.mayHaveSent() {
			return Word{Sent: true, Err: err}
		}
		if u.kept && ctx.Err() == nil {
			err = errors.Join(errStale, err)
		}
		return Word{Err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, q.Most+1))
	if err != nil {
		err = errors.Join(errHalf, err)
	} else if int64(len(body)) > q.Most {
		err, body = errLarge, nil
	}
	return Word{Sent: true, Err: err, Code: res.StatusCode, Header: res.Header, Body: body}
}

var (
	errRequest = errors.New("the request cannot be made")
	errHalf    = errors.New("half an answer")
)

// Reason names what went wrong without the address and the text of the error,
// which may hold the request. No error: the empty text.
func Reason(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	half := ""
	if errors.Is(err, errHalf) {
		half = "half an answer: "
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errRequest):
		return "request"
	case errors.Is(err, errLarge):
		return "answer too large"
	case errors.As(err, &timeout) && timeout.Timeout():
		return half + "timeout"
	case errors.Is(err, context.Canceled):
		return half + "cancelled"
	case errors.As(err, &dns):
		return half + "name not found"
	case errors.As(err, &op):
		return half + "network: " + op.Op
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return half + "connection closed"
	}
	return half + "transport"
}
