package fault

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

type planKey struct{}

// From returns the plan of the call that ctx belongs to.
func From(ctx context.Context) Plan {
	p, _ := ctx.Value(planKey{}).(Plan)
	return p
}

// Call names a call for the rules.
type Call struct {
	Provider string
	Op       string
}

// Serve answers r by h as the rules want it. h finds the plan with From and
// sees to WrongAmount, BadSignature and SystemError itself; the rest happens
// here.
func (s *Set) Serve(w http.ResponseWriter, r *http.Request, call Call, h http.HandlerFunc) {
	p := s.Draw(call.Provider, call.Op)
	if len(p.kinds) == 0 {
		h(w, r)
		return
	}
	// The effect must not be lost when the caller gives up meanwhile: what he
	// has sent is taken in first.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	ctx := r.Context()
	if p.Has(Delay) && !s.late(p.Wait(Delay)) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case p.Has(SilenceBefore):
		s.hold(ctx)
	case p.Has(HTTP500):
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	kept := &recorder{header: http.Header{}, code: http.StatusOK}
	h(kept, r.WithContext(context.WithValue(context.WithoutCancel(ctx), planKey{}, p)))
	switch {
	case p.Has(SilenceAfter):
		s.hold(ctx)
	case p.Has(HTTP500After):
		w.WriteHeader(http.StatusInternalServerError)
	case p.Has(HTTP202):
		w.WriteHeader(http.StatusAccepted)
	case p.Has(HalfBody):
		half(w, kept)
	default:
		kept.send(w, kept.body.Bytes())
	}
}

// maxBody is more than any provider takes, so that it can see that itself.
const maxBody = 1 << 20

// late waits whether or not the caller still does; false: the street closes.
func (s *Set) late(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.closed:
		return false
	case <-timer.C:
		return true
	}
}

// hold keeps the caller waiting, then drops the line without a word.
func (s *Set) hold(ctx context.Context) {
	Pause(ctx, s.silence)
	panic(http.ErrAbortHandler)
}

// half promises the whole answer and drops the line in the middle of it. An
// answer without a body is dropped whole.
func half(w http.ResponseWriter, kept *recorder) {
	body := kept.body.Bytes()
	if len(body) > 1 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		kept.send(w, body[:len(body)/2])
		_ = http.NewResponseController(w).Flush() // the line is dropped in any case
	}
	panic(http.ErrAbortHandler)
}

// Pause waits for d and reports whether ctx lasted that long.
func Pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// recorder keeps an answer until it is known what becomes of it.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (k *recorder) Header() http.Header         { return k.header }
func (k *recorder) WriteHeader(code int)        { k.code = code }
func (k *recorder) Write(p []byte) (int, error) { return k.body.Write(p) }

func (k *recorder) send(w http.ResponseWriter, body []byte) {
	for name, values := range k.header {
		w.Header()[name] = values
	}
	w.WriteHeader(k.code)
	_, _ = w.Write(body) // a caller who has gone is not our trouble
}
