package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"guitai"
	"guitai/office"
	"guitai/pay"
	"guitai/till"
)

// Problem is the body of every error (RFC 9457). It never holds a value that
// came in.
type Problem struct {
	Type       string `json:"type" doc:"URI reference of the code in the catalogue" example:"/v1/errors#amount_zero"`
	Title      string `json:"title" doc:"what happened" example:"The amount is zero."`
	Detail     string `json:"detail" doc:"what to do now" example:"Enter an amount above zero."`
	Status     int    `json:"status" doc:"HTTP status" example:"400"`
	Code       string `json:"code" doc:"stable code of the error" example:"amount_zero"`
	Kind       string `json:"kind" enum:"invalid,not_found,conflict,forbidden,limited,declined,unavailable,unknown,internal"`
	MoneyMoved string `json:"money_moved" enum:"no,yes,maybe" doc:"whether money moved in this step"`
	Field      string `json:"field,omitempty" doc:"the field at fault" example:"amount.value"`
	RetryAfter int    `json:"retry_after,omitempty" doc:"seconds to wait before the next try"`
	Rule       string `json:"rule,omitempty" doc:"the name of the merchant's rule that spoke against it" example:"more than 1,000 yuan"`
	Upto       *int64 `json:"upto,omitempty" doc:"a till's journal: the last number that is here"`
	Seq        int64  `json:"seq,omitempty" doc:"a till's journal: the entry at fault"`
	RequestID  string `json:"request_id" doc:"names this request in our log"`
}

const problemType = "application/problem+json"

func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that go with it, for huma.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.RetryAfter != 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110, section 15.5.2
	}
	return h
}

// ContentType is RFC 9457's, for huma.
func (p *Problem) ContentType(string) string { return problemType }

// httpStatus maps an error to a status.
func httpStatus(e *guitai.Error) int {
	switch e.Code {
	case guitai.CodeBodyTooLarge:
		return http.StatusRequestEntityTooLarge
	case guitai.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case guitai.CodeKeyMissing, guitai.CodeKeyWrong, guitai.CodeSignedOut, guitai.CodePINWrong:
		return http.StatusUnauthorized
	}
	switch e.Kind {
	case guitai.Invalid:
		return http.StatusBadRequest
	case guitai.NotFound:
		return http.StatusNotFound
	case guitai.Conflict:
		return http.StatusConflict
	case guitai.Forbidden:
		return http.StatusForbidden
	case guitai.Limited:
		return http.StatusTooManyRequests
	case guitai.Declined:
		return http.StatusUnprocessableEntity
	case guitai.Unavailable, guitai.Unknown:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem words an error for whoever asked. What is not the asker's doing is
// logged here, once, at the door.
func (s *Server) problem(v *visit, err error) *Problem {
	e := guitai.AsError(err)
	if e.Kind == guitai.Internal || e.Kind == guitai.Unavailable || e.Kind == guitai.Unknown {
		s.Log.Error("request failed", "request", v.id, "route", v.route, "err", e)
	}
	t := e.Code.Text(v.lang)
	p := &Problem{Type: "/v1/errors#" + string(e.Code), Title: t.What, Detail: t.Todo, Status: httpStatus(e),
		Code: string(e.Code), Kind: string(e.Kind), MoneyMoved: string(t.Moved), Field: e.Field, RequestID: v.id}
	var ruled *pay.RuleError
	if errors.As(err, &ruled) {
		p.Rule = ruled.Rule.Name
	}
	var book *till.BookError
	if errors.As(err, &book) {
		p.Upto, p.Seq = &book.Upto, book.Seq
	}
	var locked *office.LockedError
	switch {
	case errors.As(err, &locked):
		p.RetryAfter = max(1, int(math.Ceil(locked.Until.Sub(s.Now()).Seconds())))
	case p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable:
		p.RetryAfter = 1
	}
	return p
}

// fail writes an error where huma is not at work.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(visitOf(r.Context()), err)
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Content-Security-Policy", dataPolicy)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	b, err := json.Marshal(p)
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil {
		s.Log.Debug("problem not written", "request", p.RequestID, "err", err)
	}
}
