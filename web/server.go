package web

import (
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"guitai/office"
	"guitai/pay"
	"guitai/till"
)

// Server answers HTTP. Its fields are set once, before Handler.
type Server struct {
	Pay     *pay.Switch
	Office  *office.Office
	Counter *till.Counter
	UI      fs.FS // the built UI: index.html, till.html, screen.html, assets/
	Metrics []Counter64
	Now     func() time.Time
	Log     *slog.Logger
	Version string
	// Secure says that this server is reached over TLS: cookies are marked so.
	Secure Transport
	// Links are shown on the first page, beside the till and the API.
	Links []Link

	signIns  *rate.Limiter
	stopping atomic.Bool
}

// Transport says how the server is reached.
type Transport string

// The transports.
const (
	Loopback Transport = "loopback" // plain HTTP, this machine only
	TLS      Transport = "tls"
)

// Link is a place to go to.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Limits of what a request may take.
const (
	maxBody       = 64 << 10 // bytes of an API request
	maxNotice     = 1 << 20  // bytes of a wallet's notice
	signInsPerSec = 20       // for the whole server; each number has its own lock
)

// Handler returns the whole door.
func (s *Server) Handler() http.Handler {
	s.signIns = rate.NewLimiter(signInsPerSec, 2*signInsPerSec)
	mux := http.NewServeMux()
	s.routes(mux)
	return s.outer(mux)
}

// Stop makes the server say that it takes no money any more, so that whoever
// spreads the load goes elsewhere, and ends the live event streams.
func (s *Server) Stop() { s.stopping.Store(true) }
