package web

import (
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"guitai/office"
	"guitai/pay"
	"guitai/till"
)

// Server answers HTTP. Its fields are set once, before Handler.
type Server struct {
	Pay      *pay.Switch
	Office   *office.Office
	Hooks    *office.Hooks
	Accounts *office.Accounts
	Counter  *till.Counter
	Shelf    *till.Shelf
	Club     *till.Club
	Journal  *till.Journal
	UI       fs.FS // the built UI: index.html, till.html, office.html, screen.html, docs.html, assets/
	Metrics  []Counter64
	Now      func() time.Time
	Log      *slog.Logger
	Version  string
	// Secure says how this server is reached: over TLS cookies are marked so.
	Secure Transport
	// Links are shown on the first page, beside the till and the API.
	Links []Link
	// Trust is the shop's own authority, for the page that helps to trust it; nil:
	// there is none.
	Trust *Trust
	// Sales finds sales, for their receipts; nil: nobody keeps any.
	Sales SaleFinder

	origin  http.CrossOriginProtection // its zero value trusts nobody else
	guesses guesses
	binds   guesses // tries at enrolment codes
	presses guesses // of the pay page's button: each may cost a call to a wallet
	asks    guesses // for invoices
	looks   guesses // at the pay page: a whole queue may stand behind one address
	pages   pages
	traffic *traffic
	streams atomic.Int64 // event streams that are open

	stopOnce, madeOnce sync.Once
	stopped            chan struct{}
}

// Transport says how the server is reached.
type Transport string

// The transports.
const (
	Loopback Transport = "loopback" // plain HTTP, this machine only
	TLS      Transport = "tls"
)

// Link is a place to go to from the first page.
type Link struct {
	Name string `json:"name"` // by which the page knows its words and icon
	URL  string `json:"url"`  // http or https
}

// Limits of what a request may take.
const (
	maxBody    = 64 << 10 // bytes of an API request
	maxNotice  = 1 << 20  // bytes of a wallet's notice
	maxForm    = 8 << 10  // bytes of the pay page's form
	maxStreams = 1000     // event streams at once
)

// Handler returns the whole door.
func (s *Server) Handler() http.Handler {
	s.traffic = newTraffic(s.Metrics)
	s.binds.pace, s.binds.burst = rate.Every(bindEvery), bindBurst
	s.looks.times = 20
	s.asks.pace, s.asks.burst = rate.Every(time.Minute), 10
	s.pages = readPages()
	mux := http.NewServeMux()
	s.routes(mux)
	return s.outer(mux)
}

// Stop makes the server say that it takes no money any more, so that whoever
// spreads the load goes elsewhere, and ends the live event streams at once.
func (s *Server) Stop() { s.stopOnce.Do(func() { close(s.stopping()) }) }

// stopping is closed when the server is to stop.
func (s *Server) stopping() chan struct{} {
	s.madeOnce.Do(func() { s.stopped = make(chan struct{}) })
	return s.stopped
}

func (s *Server) isStopping() bool {
	select {
	case <-s.stopping():
		return true
	default:
		return false
	}
}
