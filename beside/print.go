package beside

import (
	"context"
	"net/http"
	"sync"
	"time"

	"guitai"
	"guitai/device"
)

// within bounds one print with all its questions.
const within = 15 * time.Second

// seen is a printer as it is now.
type seen struct {
	Name  string `json:"name"`
	State string `json:"state"` // ready, low, out, cover, offline, gone
	Code  string `json:"code,omitempty"`
}

// printers is GET /v1/printers. All are asked at once; one at work is not.
func (s *Server) printers(w http.ResponseWriter, r *http.Request) {
	list := s.all()
	out := make([]seen, len(list))
	var all sync.WaitGroup
	for i, p := range list {
		all.Go(func() { out[i] = s.see(r.Context(), p) })
	}
	all.Wait()
	answer(w, http.StatusOK, map[string]any{"items": out})
}

func (s *Server) see(ctx context.Context, p Printer) seen {
	lock := s.lock(p.Address)
	if !lock.TryLock() {
		return seen{Name: p.Name, State: "ready"}
	}
	defer lock.Unlock()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	now, err := s.reach(p.Address).Look(ctx)
	if err == nil {
		err = now.Ready(guitai.Unavailable)
	}
	out := seen{Name: p.Name, State: "ready"}
	if now.Paper == device.PaperLow {
		out.State = "low"
	}
	if err != nil {
		code := guitai.AsError(err).Code
		out.Code = string(code)
		switch code {
		case guitai.CodePrinterPaperOut:
			out.State = "out"
		case guitai.CodePrinterCoverOpen:
			out.State = "cover"
		case guitai.CodePrinterOffline:
			out.State = "offline"
		default:
			out.State = "gone"
		}
	}
	return out
}

func (s *Server) lock(address string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks[address] == nil {
		s.locks[address] = &sync.Mutex{}
	}
	return s.locks[address]
}

// job is one print that was asked for.
type job struct {
	begun time.Time
	done  chan struct{}
	err   error
}

// Bounds of what is remembered of prints.
const (
	jobsMost = 1000
	jobsFor  = 30 * time.Minute
)

// begin says whether this call is the one that prints.
func (s *Server) begin(id string) (run *job, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if run := s.jobs[id]; run != nil {
		return run, false
	}
	for k, old := range s.jobs {
		if len(s.jobs) >= jobsMost || now.Sub(old.begun) >= jobsFor {
			delete(s.jobs, k)
		}
	}
	run = &job{begun: now, done: make(chan struct{})}
	s.jobs[id] = run
	return run, true
}

// print is POST /v1/print {id, printer, data}: data is what the printer is sent,
// in base64. The same id again is not printed again.
func (s *Server) print(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID      string `json:"id"`
		Printer string `json:"printer"`
		Data    []byte `json:"data"`
	}
	err := read(r, &in)
	if err == nil && guitai.ValidID(in.ID) != nil {
		err = guitai.Fail(guitai.Invalid, guitai.CodeIDMalformed)
	}
	if err == nil && len(in.Data) == 0 {
		err = guitai.FailField(guitai.CodeFieldMissing, "data")
	}
	if err != nil {
		s.fail(w, http.StatusBadRequest, err)
		return
	}
	run, mine := s.begin(in.ID)
	if mine {
		run.err = s.send(in.Printer, func(ctx context.Context, p device.Printer) error { return p.Print(ctx, in.Data) })
		close(run.done)
	}
	<-run.done
	if run.err != nil {
		s.fail(w, http.StatusServiceUnavailable, run.err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"state": "printed", "printer": in.Printer})
}

// drawer is POST /v1/drawer {printer}.
func (s *Server) drawer(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Printer string `json:"printer"`
	}
	if err := read(r, &in); err != nil {
		s.fail(w, http.StatusBadRequest, err)
		return
	}
	// ESC p 0 25 250: 50 ms on, 500 ms off.
	err := s.send(in.Printer, func(ctx context.Context, p device.Printer) error { return p.Kick(ctx, []byte("\x1bp\x00\x19\xfa")) })
	if err != nil {
		s.fail(w, http.StatusServiceUnavailable, err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"state": "kicked", "printer": in.Printer})
}

// send does something at a printer by its name, alone. A slip that is half out
// is not torn off because the page was closed.
func (s *Server) send(name string, do func(context.Context, device.Printer) error) error {
	for _, p := range s.all() {
		if p.Name != name {
			continue
		}
		lock := s.lock(p.Address)
		lock.Lock()
		defer lock.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		err := do(ctx, s.reach(p.Address))
		if e := guitai.AsError(err); err != nil && e.Kind == guitai.Unknown && e.Code == guitai.CodePrinterUnreachable {
			err = guitai.Fail(guitai.Unknown, guitai.CodePrinterMaybe, err)
		}
		return err
	}
	return guitai.Fail(guitai.Unavailable, guitai.CodePrinterNone)
}
