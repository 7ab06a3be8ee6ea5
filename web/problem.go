package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"guitai"
	"guitai/office"
)

// Problem is the body of every error (RFC 9457). It never holds a value that
// came in.
type Problem struct {
	Type       string `json:"type" doc:"URI reference of the code in the catalogue"`
	Title      string `json:"title" doc:"what happened"`
	Detail     string `json:"detail" doc:"what to do now"`
	Status     int    `json:"status" doc:"HTTP status"`
	Code       string `json:"code" doc:"stable code of the error"`
	Kind       string `json:"kind" enum:"invalid,not_found,conflict,forbidden,limited,declined,unavailable,unknown,internal"`
	MoneyMoved string `json:"money_moved" enum:"no,yes,maybe" doc:"whether money moved"`
	Field      string `json:"field,omitempty" doc:"the field at fault"`
	RetryAfter int    `json:"retry_after,omitempty" doc:"seconds to wait before the next try"`
	RequestID  string `json:"request_id,omitempty" doc:"names this request in our log"`
}

func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that go with it, for huma.
func (p *Problem) GetHeaders() http.Header {
	if p.RetryAfter == 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(p.RetryAfter)}}
}

// ContentType is RFC 9457's, for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

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

// problem words an error for whoever asked. Our own faults are logged here,
// once, at the door.
func (s *Server) problem(r *visit, err error) *Problem {
	e := guitai.AsError(err)
	if e.Kind == guitai.Internal || e.Kind == guitai.Unavailable || e.Kind == guitai.Unknown {
		s.Log.Error("request failed", "request", r.id, "path", r.path, "err", e)
	}
	t := e.Code.Text(r.lang)
	p := &Problem{Type: "/v1/errors#" + string(e.Code), Title: t.What, Detail: t.Todo, Status: httpStatus(e),
		Code: string(e.Code), Kind: string(e.Kind), MoneyMoved: string(t.Moved), Field: e.Field, RequestID: r.id}
	var locked *office.LockedError
	if errors.As(err, &locked) {
		p.RetryAfter = max(1, int(locked.Until.Sub(s.Now()).Seconds()+0.999))
	} else if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
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
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	b, err := json.Marshal(p)
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil {
		s.Log.Debug("problem not written", "request", p.RequestID, "err", err)
	}
}

// hook is done once per process: huma words the errors that it finds by itself
// (a body too large, a parameter that does not parse) through this variable.
var hook sync.Once

// humaErrors makes huma word its own errors as problems.
func humaErrors() {
	hook.Do(func() {
		huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
			v := visitOf(ctx.Context())
			for _, err := range errs {
				var p *Problem
				if errors.As(err, &p) {
					return p
				}
			}
			return v.server.problem(v, humaError(status, errs))
		}
	})
}

// humaError is one of huma's own errors in our words, without its values.
func humaError(status int, errs []error) error {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyTooLarge)
	case http.StatusInternalServerError:
		return guitai.Fail(guitai.Internal, guitai.CodeInternal, errs...)
	}
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			if loc := d.ErrorDetail().Location; loc != "" && loc != "body" {
				return guitai.FailField(guitai.CodeFieldInvalid, loc)
			}
		}
	}
	return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
}
