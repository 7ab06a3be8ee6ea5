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

// News is one thing that happened, as the live stream tells it.
type News struct {
	N       int64    `json:"n" doc:"counts the merchant's news without gaps"`
	Topic   string   `json:"topic" example:"payment.paid"`
	At      stamp    `json:"at"`
	Shop    string   `json:"shop,omitempty"`
	Till    string   `json:"till,omitempty"`
	Payment *Payment `json:"payment,omitempty" doc:"as it stands now"`
	Refund  *Refund  `json:"refund,omitempty" doc:"as it stands now"`
}

// Hello is the first event of a stream.
type Hello struct {
	N   int64 `json:"n" doc:"the news after this number follow"`
	Now stamp `json:"now"`
}

// events is GET /v1/events: server-sent events (WHATWG HTML, section 9.2). The
// id of each is its number: a reader that comes back with Last-Event-ID misses
// nothing. Without it the stream begins now.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	defer s.streams.Add(-1)
	if s.streams.Add(1) > maxStreams {
		return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	c, err := s.admit(r.Context(), members)
	if err != nil {
		return err
	}
	if s.isStopping() {
		return guitai.Fail(guitai.Unavailable, guitai.CodeStopping)
	}
	after, err := s.resumeAt(r, c.merchant)
	if err != nil {
		return err
	}
	wake, stop := s.Pay.Subscribe()
	defer stop()
	st, err := openStream(w)
	if err != nil {
		return guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	st.alive = s.Now()
	if st.send("hello", after, Hello{N: after, Now: stampOf(st.alive)}) == nil {
		s.follow(r.Context(), st, c, after, wake)
	}
	return nil // a stream that broke is taken up again by its reader
}

// resumeAt reads where the reader stopped. A number that is still to come (the
// house was set back to a backup) would hide all news until then: it is now.
func (s *Server) resumeAt(r *http.Request, m guitai.MerchantID) (int64, error) {
	told := r.Header.Get("Last-Event-ID")
	if told == "" {
		told = r.URL.Query().Get("after")
	}
	n, err := lastEvent(told)
	if err != nil {
		return 0, err
	}
	last, err := s.Pay.LastNews(r.Context(), m)
	if err != nil || n < 0 || n > last {
		return last, err
	}
	return n, nil
}

// lastEvent reads a Last-Event-ID; -1: none.
func lastEvent(told string) (int64, error) {
	if told == "" {
		return -1, nil
	}
	n, err := strconv.ParseUint(told, 10, 63)
	if err != nil {
		return 0, guitai.FailField(guitai.CodeFieldInvalid, "Last-Event-ID")
	}
	return int64(n), nil
}

const (
	newsPage = 100
	// quiet is how often a stream says that it is still there, and looks
	// whether its reader may still read.
	quiet = 15 * time.Second
)

// follow writes news as it comes until the reader goes, is signed out, or the
// server stops. News of other nodes is looked for once a second.
func (s *Server) follow(ctx context.Context, st *stream, c caller, after int64, wake <-chan struct{}) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		told, err := s.tell(ctx, st, c, after)
		if err != nil {
			return
		}
		after = max(after, told)
		if now := s.Now(); now.Sub(st.alive) >= quiet {
			st.alive = now
			if again, err := s.identify(ctx); err != nil || again.merchant != c.merchant || st.comment() != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.stopping():
			return
		case <-wake:
		case <-look.C:
		}
	}
}

// tell writes all news after a number, and returns the number of the last.
func (s *Server) tell(ctx context.Context, st *stream, c caller, after int64) (int64, error) {
	for {
		news, err := s.Pay.News(ctx, c.merchant, after, newsPage)
		if err != nil {
			return after, err
		}
		for _, n := range news {
			out, err := s.newsOf(ctx, n, c.lang)
			if err == nil {
				err = st.send(out.Topic, n.N, out)
			}
			if err != nil {
				return after, err
			}
			after = n.N
		}
		if len(news) < newsPage || s.isStopping() {
			return after, nil
		}
	}
}

// newsOf fills news with the things it is about, as they stand now.
func (s *Server) newsOf(ctx context.Context, n guitai.News, l guitai.Lang) (News, error) {
	out := News{N: n.N, Topic: string(n.Topic), At: stampOf(n.At), Shop: string(n.Shop), Till: string(n.Till)}
	if n.Payment == "" {
		return out, nil
	}
	w, err := s.Pay.GetWhole(ctx, n.Merchant, n.Payment)
	if err != nil {
		return out, err
	}
	p := s.paymentOf(w, l)
	out.Payment = &p
	for _, r := range w.Refunds {
		if r.ID == n.Refund {
			ref := s.refundOf(r, l)
			out.Refund = &ref
		}
	}
	return out, nil
}

// stream writes server-sent events.
type stream struct {
	*http.ResponseController
	w        http.ResponseWriter
	patience time.Duration
	alive    time.Time // when it last said that it is there
}

// slowReader is how long a reader may leave what was written unread; then it is
// let go. It may come back.
const slowReader = 30 * time.Second

// openStream takes the server's limit of time off an answer: a stream has no
// end.
func openStream(w http.ResponseWriter) (*stream, error) {
	st := &stream{ResponseController: http.NewResponseController(w), w: w, patience: slowReader}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	return st, st.SetWriteDeadline(time.Time{})
}

func (st *stream) send(event string, id int64, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return st.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, event, b))
}

func (st *stream) comment() error { return st.write(": still here\n\n") }

// write writes and waits until the reader's machine has room for it. The
// deadline that lets a slow reader go is one that has long passed, set when
// patience is over: so it needs no clock.
func (st *stream) write(text string) error {
	over := time.AfterFunc(st.patience, func() {
		if st.SetWriteDeadline(time.Unix(1, 0)) != nil {
			return // the connection is gone already
		}
	})
	defer over.Stop()
	if _, err := fmt.Fprint(st.w, text); err != nil {
		return err
	}
	return st.Flush()
}
