package wechat

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"guitai/channel"
	"guitai/channel/wire"
)

// maxBody bounds what is read of any answer or notice.
const maxBody = 1 << 20

// request is one message to WeChat Pay.
type request struct {
	op     string // for the timeline
	method string
	url    *url.URL
	via    *wire.Line
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

// send sends a request once.
func (c *Channel) send(ctx context.Context, q request) reply {
	ctx, stop := context.WithTimeout(ctx, c.timeout)
	defer stop()
	start := c.now()
	w := q.via.Send(ctx, wire.Request{Method: q.method, URL: q.url.String(), Header: q.header, Body: q.body, Most: maxBody})
	return reply{sent: w.Sent, err: w.Err, http: w.Code, header: w.Header, body: w.Body, at: start, took: c.now().Sub(start)}
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
