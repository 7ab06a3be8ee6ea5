package unionpay

import (
	"context"
	"net/http"
	"time"

	"guitai/channel/wire"
)

// line is the connection to UnionPay's hosts. It posts a form once.
type line struct {
	timeout time.Duration
	wire    *wire.Line
}

func newLine(timeout time.Duration) *line {
	return &line{timeout: timeout, wire: wire.Open(wire.Options{Dial: timeout})}
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
	w := l.wire.Send(ctx, wire.Request{Method: http.MethodPost, URL: url, Body: []byte(form), Most: most.size, Header: http.Header{
		"Content-Type": {"application/x-www-form-urlencoded;charset=UTF-8"}, "User-Agent": {"guitai"},
	}})
	return word{code: w.Code, body: w.Body, failure: wire.Reason(w.Err), sent: w.Sent}
}
