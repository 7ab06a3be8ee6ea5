package sandbox

import (
	_ "embed" // the API description
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"guitai/sandbox/book"
	"guitai/sandbox/browse"
	"guitai/sandbox/fault"
	"guitai/sandbox/phone"
)

//go:embed openapi.json
var openAPI []byte

// route is one line of the table; Path is as http.ServeMux has it.
type route struct {
	Method string
	Path   string
	do     func(*http.Request) (any, error)
}

// table is every control call. Pages are added in routes.
func (s *Street) table() []route {
	return []route{
		{"POST", "/control/pay", s.payCode},
		{"POST", "/control/hand-over", s.handOver},
		{"POST", "/control/payer-code", s.payerCode},
		{"POST", "/control/payer-act", s.payerAct},
		{"GET", "/control/payers", s.listPayers},
		{"POST", "/control/payers", s.setBalance},
		{"GET", "/control/wallets", s.listWallets},
		{"POST", "/control/draw", s.draw},
		{"GET", "/control/orders", s.listOrders},
		{"POST", "/control/day-end", s.dayEnd},
		{"GET", "/control/notices", s.listNotices},
		{"POST", "/control/faults", s.addFaults},
		{"GET", "/control/faults", s.listFaults},
		{"DELETE", "/control/faults", s.clearFaults},
		{"GET", "/control/printer", s.seePrinter},
		{"POST", "/control/printer", s.setPrinter},
		{"DELETE", "/control/printer/slips", s.clearSlips},
		{"GET", "/control/events", s.events},
		{"GET", "/control/openapi.json", func(*http.Request) (any, error) { return json.RawMessage(openAPI), nil }},
	}
}

// routes is all that the control address serves.
func (s *Street) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.table() {
		mux.HandleFunc(r.Method+" "+r.Path, s.control(r.do))
	}
	mux.Handle("GET /", phone.Handler(portOf(s.window)))
	return atHome(mux)
}

// atHome refuses callers who were sent by a page from elsewhere: the control
// moves (play) money and must not be reached through a browser's other tabs or
// a name that was bound to loopback.
func atHome(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ok := loopback(host)
		if origin := r.Header.Get("Origin"); ok && origin != "" {
			u, err := url.Parse(origin)
			ok = err == nil && loopback(u.Hostname())
		}
		if !ok {
			answer(w, http.StatusForbidden, problem{"not_from_here", "the sandbox is reached on loopback only"})
			return
		}
		h.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// problem is every error answer of the control.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (p problem) Error() string { return p.Code + ": " + p.Message }

// control runs one call of the table.
func (s *Street) control(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		out, err := do(r)
		var refused book.Refusal
		var bad problem
		live, isLive := out.(http.Handler)
		switch {
		case err == nil && isLive:
			live.ServeHTTP(w, r)
		case err == nil:
			answer(w, http.StatusOK, out)
		case errors.As(err, &bad):
			answer(w, http.StatusBadRequest, bad)
		case errors.As(err, &refused):
			answer(w, refusalCode(refused), problem{string(refused), "the book refuses: " + string(refused)})
		default:
			s.log.Error("sandbox control", "path", r.URL.Path, "error", err)
			answer(w, http.StatusInternalServerError, problem{"internal", "the book cannot be kept; see the log"})
		}
	}
}

func refusalCode(r book.Refusal) int {
	switch r {
	case book.OrderUnknown, book.CodeUnknown, book.PayerUnknown, book.RefundUnknown:
		return http.StatusNotFound
	}
	return http.StatusConflict
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a caller who has gone is not our trouble
}

// read takes a strict JSON body: one object, no unknown fields.
func read[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, problem{"bad_json", "the body is not the JSON that this call takes: see /control/openapi.json"}
	}
	if _, err := d.Token(); err != io.EOF {
		return v, problem{"bad_json", "more than one JSON value"}
	}
	return v, nil
}

func checkBehaviour(b book.Behaviour) error {
	if !b.Valid() {
		return problem{"bad_behaviour", "behaviour: see /control/openapi.json"}
	}
	return nil
}

// payCode is a payer who scans a shown code and pays. An address on this machine
// is the code of a pay page.
func (s *Street) payCode(r *http.Request) (any, error) {
	ask, err := read[payAsk](r)
	if err == nil {
		err = checkBehaviour(ask.Behaviour)
	}
	if err != nil {
		return nil, err
	}
	if _, ok := browse.Local(ask.Code); ok {
		return s.payPage(r, ask)
	}
	if ask.Wallet != "" || ask.AmountFen != 0 {
		return nil, problem{"bad_code", "wallet and amount_fen are for the address of a pay page on this machine"}
	}
	return found(s.book.Pay(ask.Code, ask.Payer, ask.Behaviour))
}

func found(o book.Order, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return o, nil
}

// payerCode puts a fresh code on a payer's phone.
func (s *Street) payerCode(r *http.Request) (any, error) {
	ask, err := read[struct {
		Wallet    book.Wallet    `json:"wallet"`
		Payer     string         `json:"payer"`
		Balance   *int64         `json:"balance"`
		Behaviour book.Behaviour `json:"behaviour"`
	}](r)
	if err == nil {
		err = checkBehaviour(ask.Behaviour)
	}
	if err != nil {
		return nil, err
	}
	if _, ok := s.providers[ask.Wallet]; !ok {
		return nil, problem{"bad_wallet", "wallet: nobody on this street has that name"}
	}
	if ask.Balance != nil {
		if ask.Payer != "" || *ask.Balance < 0 {
			return nil, problem{"bad_balance", "balance makes a new payer: fen, not negative, without payer"}
		}
		p, err := s.book.NewPayer(ask.Wallet, *ask.Balance)
		if err != nil {
			return nil, err
		}
		ask.Payer = p.ID
	}
	c, err := s.book.PayerCode(ask.Wallet, ask.Payer, ask.Behaviour)
	if err != nil {
		return nil, err
	}
	return map[string]any{"code": c.Text, "wallet": c.Wallet, "payer": c.Payer, "expires_at": c.ExpiresAt}, nil
}

// payerAct is a payer who was asked for a password.
func (s *Street) payerAct(r *http.Request) (any, error) {
	ask, err := read[struct {
		Code     string `json:"code"`
		OrderNo  string `json:"order_no"`
		Act      string `json:"act"`
		Password string `json:"password"`
	}](r)
	if err != nil {
		return nil, err
	}
	who := book.Waiter{Code: ask.Code, OrderNo: ask.OrderNo}
	if (ask.Code == "") == (ask.OrderNo == "") {
		return nil, problem{"bad_waiter", "one of code and order_no must be given"}
	}
	switch ask.Act {
	case "password":
		return found(s.book.Enter(who, ask.Password))
	case "cancel":
		return found(s.book.Leave(who))
	}
	return nil, problem{"bad_act", "act: password or cancel"}
}

func (s *Street) listPayers(r *http.Request) (any, error) {
	list, err := s.book.Payers(book.Wallet(r.URL.Query().Get("wallet")))
	return map[string]any{"payers": list}, err
}

func (s *Street) listOrders(r *http.Request) (any, error) {
	q := r.URL.Query()
	list, err := s.book.Orders(book.Filter{
		Wallet: book.Wallet(q.Get("wallet")), OrderNo: q.Get("order_no"), State: book.State(q.Get("state")),
		Payer: q.Get("payer"), Code: q.Get("code"),
	})
	if text := q.Get("latest"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, problem{"bad_latest", "latest: how many orders"}
		}
		list = list[max(len(list)-n, 0):]
	}
	return map[string]any{"orders": list}, err
}

func (s *Street) listNotices(r *http.Request) (any, error) {
	q := r.URL.Query()
	list, err := s.book.Notices(book.Ref{Wallet: book.Wallet(q.Get("wallet")), OrderNo: q.Get("order_no")})
	return map[string]any{"notices": list}, err
}

func (s *Street) addFaults(r *http.Request) (any, error) {
	ask, err := read[struct {
		fault.Rule
		Rules []fault.Rule `json:"rules"`
		Seed  *uint64      `json:"seed"`
	}](r)
	if err != nil {
		return nil, err
	}
	if ask.Rule != (fault.Rule{}) {
		ask.Rules = append(ask.Rules, ask.Rule)
	}
	for _, rule := range ask.Rules {
		if err := s.checkRule(rule); err != nil {
			return nil, err
		}
	}
	if ask.Seed != nil {
		s.faults.Seed(*ask.Seed)
	}
	if err := s.faults.Add(ask.Rules...); err != nil {
		return nil, problem{"bad_fault", err.Error()}
	}
	return s.listFaults(r)
}

// checkRule finds names that nothing on the street has: such a rule would
// silently do nothing.
func (s *Street) checkRule(rule fault.Rule) error {
	known := rule.Op == "" || rule.Provider == "" && rule.Op == fault.OpNotice || rule.Op == fault.OpBill && rule.Kind.OfBill()
	for name, p := range s.providers {
		if rule.Provider == string(name) || rule.Provider == "" {
			known = known || slices.Contains(p.Ops(), rule.Op)
		}
	}
	if _, ok := s.providers[book.Wallet(rule.Provider)]; !known || rule.Provider != "" && !ok {
		return problem{"bad_fault", "provider or op: nothing on this street has that name"}
	}
	return nil
}

func (s *Street) listFaults(*http.Request) (any, error) {
	return map[string]any{"rules": s.faults.Rules()}, nil
}

func (s *Street) clearFaults(r *http.Request) (any, error) {
	s.faults.Clear()
	return s.listFaults(r)
}
