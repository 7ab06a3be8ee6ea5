package alipay

import (
	"context"
	"net/http"
	"time"

	"guitai/channel/wire"
)

// fetchTimeout is how long a bill may take to come.
const fetchTimeout = 5 * time.Minute

// get fetches a file of at most so many bytes, over the line's connections and
// by its rules. A question that moves no money may be put again, so it does not
// matter whether it was sent.
func (l *line) get(ctx context.Context, where string, most int64) word {
	ctx, stop := context.WithTimeout(ctx, fetchTimeout)
	defer stop()
	w := l.wire.Send(ctx, wire.Request{Method: http.MethodGet, URL: where, Most: most, Header: http.Header{"User-Agent": {"guitai"}}})
	return word{code: w.Code, body: w.Body, failure: wire.Reason(w.Err), sent: true}
}
