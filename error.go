package guitai

import "errors"

// Kind says what an error means for the caller, in nine words. The HTTP edge
// maps each to one status (RFC 9457 problem details).
type Kind string

// The nine kinds.
const (
	Invalid     Kind = "invalid"     // the request is wrong; nothing was stored
	NotFound    Kind = "not_found"   // no such thing, or not yours to see
	Conflict    Kind = "conflict"    // the thing is in another state, or the ID is taken by another request
	Forbidden   Kind = "forbidden"   // not allowed, or not signed in
	Limited     Kind = "limited"     // too many tries or too much money for now
	Declined    Kind = "declined"    // the wallet or bank said no; no money moved
	Unavailable Kind = "unavailable" // did not happen: nothing was sent
	Unknown     Kind = "unknown"     // may have happened: being asked about
	Internal    Kind = "internal"    // our fault
)

// Code is the stable name of one thing that can go wrong, such as
// "amount_zero". Texts for people stand in text.go, keyed by it.
type Code string

// Error is the one error type that crosses room borders. Cause is for the log,
// never for the answer; Field names the request field at fault, if any.
type Error struct {
	Kind  Kind
	Code  Code
	Field string
	Cause error
}

// Fail makes an Error. The optional cause is kept for the log.
func Fail(kind Kind, code Code, cause ...error) *Error {
	return &Error{Kind: kind, Code: code, Cause: errors.Join(cause...)}
}

// FailField makes an Invalid error that names the field at fault.
func FailField(code Code, field string) *Error {
	return &Error{Kind: Invalid, Code: code, Field: field}
}

func (e *Error) Error() string {
	if e == nil {
		return "no error"
	}
	s := string(e.Kind) + ": " + string(e.Code)
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// AsError finds the Error in err; anything else is Internal with the code
// "internal" and err as its cause. AsError(nil) is nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e
	}
	return Fail(Internal, "internal", err)
}

// Is reports whether err is an Error of the given kind.
func (k Kind) Is(err error) bool {
	var e *Error
	return errors.As(err, &e) && e != nil && e.Kind == k
}
