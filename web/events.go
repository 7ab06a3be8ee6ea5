package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"guitai"
)

// events is GET /v1/events: server-sent events (WHATWG HTML, section 9.2). The
// id of each is its number: a reader that comes back with Last-Event-ID misses
// nothing. Without it the stream begins now.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	who, err := s.identify(r.Context())
	if err != nil {
		return err
	}
	after, err := s.resumeAt(r, who.merchant)
	if err != nil {
		return err
	}
	wake, stop := s.Pay.Subscribe()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	st := stream{ResponseController: http.NewResponseController(w), w: w, now: s.Now}
	if err := st.send("hello", -1, map[string]any{"n": after, "now": stampOf(s.Now())}); err != nil {
		return nil
	}
	return s.follow(r.Context(), &st, who.merchant, after, wake)
}

// resumeAt reads where the reader stopped.
func (s *Server) resumeAt(r *http.Request, m guitai.MerchantID) (int64, error) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("after")
	}
	if last == "" {
		return s.Pay.LastNews(r.Context(), m)
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil || n < 0 {
		return 0, guitai.FailField(guitai.CodeFieldInvalid, "Last-Event-ID")
	}
	return n, nil
}

const newsPage = 100

// follow writes news as it comes until the reader goes or the server stops.
// News of other nodes is looked for once a second.
func (s *Server) follow(ctx context.Context, st *stream, m guitai.MerchantID, after int64, wake <-chan struct{}) error {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	last := s.Now()
	for ctx.Err() == nil && !s.stopping.Load() {
		news, err := s.Pay.News(ctx, m, after, newsPage)
		if err != nil {
			return nil // the reader comes back and goes on where it stopped
		}
		for _, n := range news {
			if st.send(string(n.Topic), n.N, s.newsOf(ctx, n, visitOf(ctx).lang)) != nil {
				return nil
			}
			after, last = n.N, s.Now()
		}
		if len(news) == newsPage {
			continue
		}
		if s.Now().Sub(last) >= quiet {
			last = s.Now()
			if st.comment() != nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-look.C:
		}
	}
	return nil
}

// stream writes server-sent events. A reader that does not read for half a
// minute is let go.
type stream struct {
	*http.ResponseController
	w   http.ResponseWriter
	now func() time.Time
}

const slowReader = 30 * time.Second

func (st *stream) send(event string, id int64, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	text := "event: " + event + "\n"
	if id >= 0 {
		text = "id: " + strconv.FormatInt(id, 10) + "\n" + text
	}
	return st.write(text + "data: " + string(b) + "\n\n")
}

func (st *stream) comment() error { return st.write(": still here\n\n") }

func (st *stream) write(text string) error {
	if err := st.SetWriteDeadline(st.now().Add(slowReader)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(st.w, text); err != nil {
		return err
	}
	return st.Flush()
}
