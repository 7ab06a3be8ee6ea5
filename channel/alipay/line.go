package alipay

import (
	"context"
	"net/http"
	"time"

	"guitai/channel/wire"
)

// maxAnswer is how large an answer may be; documented ones stay below 64 KiB.
const maxAnswer = 1 << 20

// line is the connection to the gateway. It posts a form once.
type line struct {
	gateway string
	timeout time.Duration
	wire    *wire.Line
}

func newLine(gateway string, timeout time.Duration) *line {
	return &line{gateway: gateway, timeout: timeout, wire: wire.Open(wire.Options{Dial: timeout})}
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
	ctx, stop := context.WithTimeout(ctx, l.timeout)
	defer stop()
	w := l.wire.Send(ctx, wire.Request{Method: http.MethodPost, URL: l.gateway, Body: []byte(form), Most: maxAnswer, Header: http.Header{
		"Content-Type": {"application/x-www-form-urlencoded;charset=utf-8"}, "User-Agent": {"guitai"},
	}})
	return word{code: w.Code, body: w.Body, failure: wire.Reason(w.Err), sent: w.Sent}
}
