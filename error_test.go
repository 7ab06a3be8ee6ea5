package guitai

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestAsError(t *testing.T) {
	if AsError(nil) != nil {
		t.Error("nothing went wrong, and yet there is an error")
	}
	own := Fail(Declined, CodeBalanceLow)
	for _, err := range []error{own, fmt.Errorf("a door: %w", own), errors.Join(io.EOF, own)} {
		if got := AsError(err); got != own {
			t.Errorf("%v became %v", err, got)
		}
	}
	got := AsError(io.ErrUnexpectedEOF)
	if got.Kind != Internal || got.Code != CodeInternal || !errors.Is(got, io.ErrUnexpectedEOF) {
		t.Errorf("a foreign error became %+v", got)
	}
	var none *Error
	if got := AsError(none); got == nil || got.Kind != Internal || Internal.Is(none) || none.Error() == "" {
		t.Errorf("a nil *Error in an error became %v", got)
	}
	outer := Fail(Unavailable, CodeStoreBusy, fmt.Errorf("inside: %w", own))
	if AsError(outer) != outer {
		t.Error("the outermost error counts")
	}
}

func TestKindIs(t *testing.T) {
	kinds := []Kind{Invalid, NotFound, Conflict, Forbidden, Limited, Declined, Unavailable, Unknown, Internal}
	for _, k := range kinds {
		err := fmt.Errorf("wrapped: %w", Fail(k, CodeInternal))
		for _, other := range kinds {
			if other.Is(err) != (other == k) {
				t.Errorf("%s is %s: %t", k, other, other.Is(err))
			}
		}
		if k.Is(nil) || k.Is(io.EOF) {
			t.Errorf("nothing and a foreign error are not %s", k)
		}
	}
	if len(kinds) != len(flat(constants(t, "error.go", "Kind"))) {
		t.Error("a kind is not tested")
	}
}

func TestErrorSaysWhatItIs(t *testing.T) {
	for want, err := range map[string]error{
		"declined: balance_low":                                  Fail(Declined, CodeBalanceLow),
		"invalid: amount_zero (amount.value)":                    FailField(CodeAmountZero, "amount.value"),
		"unavailable: store_busy: EOF":                           Fail(Unavailable, CodeStoreBusy, io.EOF),
		"internal: internal: EOF\nio: read/write on closed pipe": Fail(Internal, CodeInternal, io.EOF, io.ErrClosedPipe),
		"unknown: outcome_unknown":                               Fail(Unknown, CodeOutcomeUnknown, nil),
		"door: conflict: id_taken":                               fmt.Errorf("door: %w", Fail(Conflict, CodeIDTaken)),
		"limited: too_many_tries: unexpected EOF":                &Error{Kind: Limited, Code: CodeTooManyTries, Cause: io.ErrUnexpectedEOF},
		"invalid: field_invalid (metadata): short write":         &Error{Kind: Invalid, Code: CodeFieldInvalid, Field: "metadata", Cause: io.ErrShortWrite},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if e := Fail(Unavailable, CodeStoreBusy, io.EOF, io.ErrClosedPipe); !errors.Is(e, io.EOF) || !errors.Is(e, io.ErrClosedPipe) {
		t.Error("a cause is lost")
	}
	if e := FailField(CodeAmountZero, "amount"); e.Kind != Invalid || e.Unwrap() != nil {
		t.Errorf("%+v", e)
	}
}
