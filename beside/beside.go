package beside

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai"
	"guitai/device"
)

// Printer is one that is named on the command line or found on this machine.
type Printer struct {
	Name    string
	Address string // host:port, or the path of a device
}

// Options are what the program is started with.
type Options struct {
	Origins  []string  // of the pages that may ask, such as "https://till.lan"
	Printers []Printer // named ones
	Find     func() []Printer
	State    string // file of the token's hash, for its owner only
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger
	Version  string
	Timeout  time.Duration // of a printer's answer; zero: the device's own
}

// Limits of what a page may send.
const (
	maxBody  = 2 << 20
	maxTries = 5 // at a pairing code
)

// Server answers the till's page. Its methods may be called at once.
type Server struct {
	o    Options
	mu   sync.Mutex
	hash []byte // SHA-256 of the token; nil: not paired
	code string // with which a page pairs
	left int    // tries at it

	jobs  map[string]*job
	locks map[string]*sync.Mutex // by address: a printer serves one at a time
}

// New reads what was paired before.
func New(o Options) (*Server, error) {
	if len(o.Origins) == 0 {
		return nil, errors.New("device: no origin: give the address of the server as the till's browser has it")
	}
	for _, origin := range o.Origins {
		if !strings.HasPrefix(origin, "https://") && !strings.HasPrefix(origin, "http://") || strings.Count(origin, "/") != 2 {
			return nil, fmt.Errorf("device: %q is not an origin such as https://till.lan", origin)
		}
	}
	s := &Server{o: o, jobs: map[string]*job{}, locks: map[string]*sync.Mutex{}}
	text, err := os.ReadFile(o.State)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if s.hash, err = hex.DecodeString(strings.TrimSpace(string(text))); err != nil || len(s.hash) != sha256.Size {
		s.hash = nil
	}
	return s, s.freshCode()
}

// freshCode makes a pairing code and tells it at the machine itself, which is
// what proves that the page stands there.
func (s *Server) freshCode() error {
	var b [4]byte
	if _, err := io.ReadFull(s.o.Rand, b[:]); err != nil {
		return err
	}
	n := (uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])) % 100_000_000
	s.code, s.left = fmt.Sprintf("%08d", n), maxTries
	s.o.Log.Info("to pair, type this code on the till", "code", s.code)
	return nil
}

// Code is the pairing code, for the terminal.
func (s *Server) Code() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.code
}

// Handler answers.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/hello", s.hello)
	mux.HandleFunc("POST /v1/pair", s.pair)
	mux.HandleFunc("GET /v1/printers", s.paired(s.printers))
	mux.HandleFunc("POST /v1/print", s.paired(s.print))
	mux.HandleFunc("POST /v1/drawer", s.paired(s.drawer))
	return s.door(mux)
}

// door lets in only pages of the configured origins, and only under a name of
// this machine: a name on the internet that was bound to loopback is refused. It
// speaks for itself to the browser's checks (CORS, Private Network Access).
func (s *Server) door(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Vary", "Origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		origin := r.Header.Get("Origin")
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) || !slices.Contains(s.o.Origins, origin) {
			s.fail(w, http.StatusForbidden, guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin))
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			h.Set("Access-Control-Max-Age", "600")
			if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
				h.Set("Access-Control-Allow-Private-Network", "true")
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// paired lets in who has the token.
func (s *Server) paired(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		sum := sha256.Sum256([]byte(token))
		s.mu.Lock()
		good := ok && s.hash != nil && subtle.ConstantTimeCompare(sum[:], s.hash) == 1
		s.mu.Unlock()
		if !good {
			s.fail(w, http.StatusUnauthorized, guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong))
			return
		}
		next(w, r)
	}
}

// hello is GET /v1/hello: whether this program is here.
func (s *Server) hello(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	paired := s.hash != nil
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"name": "guitai device", "version": s.o.Version, "paired": paired})
}

// pair is POST /v1/pair {code}: the code that stands in this program's window.
// A new pairing ends the old one.
func (s *Server) pair(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(r, &in); err != nil {
		s.fail(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if subtle.ConstantTimeCompare([]byte(in.Code), []byte(s.code)) != 1 {
		if s.left--; s.left <= 0 {
			if err := s.freshCode(); err != nil {
				s.o.Log.Error("no new code", "err", err)
				s.code = ""
			}
		}
		s.fail(w, http.StatusForbidden, guitai.Fail(guitai.Forbidden, guitai.CodeEnrolmentWrong))
		return
	}
	var b [32]byte
	if _, err := io.ReadFull(s.o.Rand, b[:]); err != nil {
		s.fail(w, http.StatusInternalServerError, guitai.Fail(guitai.Internal, guitai.CodeInternal, err))
		return
	}
	token := base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(token))
	err := os.WriteFile(s.o.State, []byte(hex.EncodeToString(sum[:])+"\n"), 0o600)
	if err == nil {
		err = s.freshCode()
	}
	if err != nil {
		s.fail(w, http.StatusInternalServerError, guitai.Fail(guitai.Internal, guitai.CodeInternal, err))
		return
	}
	s.hash = sum[:]
	answer(w, http.StatusOK, map[string]string{"token": token})
}

// read takes a strict JSON object.
func read(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return nil
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a page that has gone needs no answer
}

// fail answers with a code and its kind; the page has the words.
func (s *Server) fail(w http.ResponseWriter, code int, err error) {
	e := guitai.AsError(err)
	s.o.Log.Warn("refused", "code", e.Code, "err", err)
	answer(w, code, map[string]string{"code": string(e.Code), "kind": string(e.Kind)})
}

// reach is a printer by its address.
func (s *Server) reach(address string) device.Printer {
	if _, _, err := net.SplitHostPort(address); err == nil && !strings.ContainsAny(address, `/\`) {
		return device.Network{Addr: address, Timeout: s.o.Timeout, Finish: 4 * time.Second}
	}
	return device.File{Path: address, Timeout: s.o.Timeout}
}

// all are the named printers and those that are found; only these are reached.
func (s *Server) all() []Printer {
	list := slices.Clone(s.o.Printers)
	if s.o.Find != nil {
		for _, p := range s.o.Find() {
			if !slices.ContainsFunc(list, func(q Printer) bool { return q.Address == p.Address }) {
				list = append(list, p)
			}
		}
	}
	return list
}
