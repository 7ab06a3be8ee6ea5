package alipay

import (
	"context"
	"io"
	"net/http"
	"time"
)

// fetchTimeout is how long a bill may take to come.
const fetchTimeout = 5 * time.Minute

// get fetches a file of at most so many bytes, over the line's connections and
// by its rules. A question that moves no money may be put again, so it does not
// matter whether it was sent.
func (l *line) get(ctx context.Context, where string, most int64) word {
	ctx, stop := context.WithTimeout(ctx, fetchTimeout)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return word{failure: "request"}
	}
	req.Header.Set("User-Agent", "guitai")
	resp, err := l.client.Transport.RoundTrip(req) // not through the client: that one has a shorter patience
	if err != nil {
		return word{failure: reason(err), sent: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return word{code: resp.StatusCode, failure: "half an answer: " + reason(err), sent: true}
	case int64(len(body)) > most:
		return word{code: resp.StatusCode, failure: "answer too large", sent: true}
	}
	return word{code: resp.StatusCode, body: body, sent: true}
}
