package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"guitai"
	"guitai/office"
)

// proofOf reads the proof of a request. Its body is read for that, and put back
// as it came, with the error that ended it if one did.
func proofOf(r *http.Request) office.Proof {
	if len(r.Header.Values("Guitai-Till-Key")) == 0 {
		return office.Proof{}
	}
	said, err := io.ReadAll(r.Body)
	rest := io.Reader(r.Body)
	if err == nil {
		rest = http.NoBody
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(said), rest), r.Body}
	return office.NewProof(r.Header.Values, r.Method, r.RequestURI, said)
}

// HouseKeys are what a browser must know of the server to be bound to a till.
type HouseKeys struct {
	Exchange   string `json:"exchange" doc:"P-256 point, uncompressed, base64url: keys are shared with it"`
	Confirm    string `json:"confirm" doc:"P-256 point, uncompressed, base64url: confirmations of offline codes are checked by it"`
	ServerTime stamp  `json:"server_time"`
}

// houseKeys is GET /v1/enrolments/keys.
func (s *Server) houseKeys(context.Context, caller, *nothing) (*reply[HouseKeys], error) {
	exchange, confirm, err := s.Office.PublicKeys()
	if err != nil {
		return nil, err
	}
	text := base64.RawURLEncoding.EncodeToString
	return ok(HouseKeys{text(exchange), text(confirm), stampOf(s.Now())}), nil
}

// TillPath names a till in the path.
type TillPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *TillPath) till() guitai.TillID { return guitai.TillID(in.ID) }

// NewCode asks for an enrolment code. A manager who is signed in, or a key,
// needs no PIN.
type NewCode struct {
	Number string `json:"number,omitempty" doc:"a manager's staff number, where nobody is signed in" example:"201"`
	PIN    string `json:"pin,omitempty" doc:"and six digits" example:"147269"`
}

type newCode struct {
	TillPath
	Asked maybe[NewCode]
}

// EnrolmentCode binds one browser to a till, once.
type EnrolmentCode struct {
	Code      string `json:"code" doc:"eight characters, without I, L, O and U" example:"7K3MX9QA"`
	ExpiresAt stamp  `json:"expires_at"`
}

// enrolmentCode is POST /v1/tills/{id}/enrolment-codes. A manager whose till
// lets nobody sign in any more asks for it with number and PIN.
func (s *Server) enrolmentCode(ctx context.Context, c caller, in *newCode) (*reply[EnrolmentCode], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	var merchant guitai.MerchantID
	var by guitai.StaffID
	if b != (NewCode{}) {
		if c.foreign {
			return nil, guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
		}
		f, err := s.managerAt(ctx, c, in.till(), b)
		if err != nil {
			return nil, err
		}
		merchant, by = f.Merchant, f.ID
	} else {
		m, err := s.admit(ctx, managers)
		if err != nil {
			return nil, err
		}
		merchant, by = m.merchant, m.session.Staff.ID
	}
	code, until, err := s.Office.NewEnrolment(ctx, merchant, in.till(), by)
	if err != nil {
		return nil, err
	}
	return ok(EnrolmentCode{code, stampOf(until)}), nil
}

// managerAt knows a manager by number and PIN.
func (s *Server) managerAt(ctx context.Context, c caller, id guitai.TillID, b NewCode) (guitai.Staff, error) {
	if err := s.Office.MayTry(ctx, id, b.Number); err != nil {
		return guitai.Staff{}, err
	}
	if !s.guesses.allow(c.ip, s.Now()) {
		return guitai.Staff{}, guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	return s.Office.ManagerAt(ctx, id, b.Number, b.PIN)
}

// Binding binds the browser that holds a key to a till.
type Binding struct {
	Till string `json:"till" example:"til_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Code string `json:"code" maxLength:"32" doc:"the manager's code" example:"7K3M-X9QA"`
	Key  string `json:"key" maxLength:"128" doc:"the browser's P-256 point, uncompressed, base64url"`
}

type bindRequest struct{ Asked body[Binding] }

// TillKey is a key that a till has or had.
type TillKey struct {
	ID         string `json:"id" example:"tky_0123456789abcdef"`
	Till       string `json:"till"`
	State      string `json:"state" enum:"live,revoked,released"`
	By         string `json:"by,omitempty" doc:"the manager whose code bound it"`
	ClockOff   int64  `json:"clock_off_ms" doc:"the till's own clock less the server's, as it was last measured"`
	BoundAt    stamp  `json:"bound_at"`
	RevokedAt  stamp  `json:"revoked_at,omitempty"`
	ReleasedAt stamp  `json:"released_at,omitempty"`
}

func tillKeyOf(k guitai.TillKey) TillKey {
	out := TillKey{ID: string(k.ID), Till: string(k.Till), State: "live", By: string(k.By), ClockOff: k.ClockOff.Milliseconds(),
		BoundAt: stampOf(k.BoundAt), RevokedAt: stampOf(k.RevokedAt), ReleasedAt: stampOf(k.ReleasedAt)}
	switch {
	case !k.ReleasedAt.IsZero():
		out.State = "released"
	case !k.Live():
		out.State = "revoked"
	}
	return out
}

// bindTill is POST /v1/enrolments. It must be proven by the key that it brings.
func (s *Server) bindTill(ctx context.Context, c caller, in *bindRequest) (*reply[TillKey], error) {
	b, err := in.Asked.get()
	if err == nil && c.foreign {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	}
	if err == nil && !s.binds.allow(c.ip, s.Now()) {
		err = guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	if err != nil {
		return nil, err
	}
	public, err := base64.RawURLEncoding.Strict().DecodeString(b.Key)
	if err != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "key")
	}
	k, err := s.Office.Bind(ctx, guitai.TillID(b.Till), b.Code, public, c.proof)
	if err != nil {
		return nil, err
	}
	return ok(tillKeyOf(k)), nil
}

// tillKeys is GET /v1/tills/{id}/keys.
func (s *Server) tillKeys(ctx context.Context, c caller, in *TillPath) (*reply[list[TillKey]], error) {
	keys, err := s.Office.TillKeys(ctx, c.merchant, in.till())
	if err != nil {
		return nil, err
	}
	return listOf(keys, tillKeyOf), nil
}

// Revocation says what becomes of the till.
type Revocation struct {
	Release bool `json:"release,omitempty" doc:"the till works unbound again; otherwise nobody signs in there before it is enrolled anew"`
}

type revokeRequest struct {
	TillPath
	Key   string `path:"kid" maxLength:"64"`
	Asked maybe[Revocation]
}

// revokeKey is POST /v1/tills/{id}/keys/{kid}/revoke.
func (s *Server) revokeKey(ctx context.Context, c caller, in *revokeRequest) (*reply[TillKey], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	end := s.Office.Revoke
	if b.Release {
		end = s.Office.Release
	}
	k, err := end(ctx, c.merchant, in.till(), guitai.TillKeyID(in.Key))
	if err != nil {
		return nil, err
	}
	return ok(tillKeyOf(k)), nil
}

// LoadTill asks for what a till needs to take QR money without a line.
type LoadTill struct {
	Want  int   `json:"want" doc:"how many more slots, at most 5 are given at once; 0: none, only the rules" example:"5"`
	Clock stamp `json:"clock" doc:"the till's own clock, uncorrected"`
}

type loadRequest struct{ Asked body[LoadTill] }

// OfflineSlot is eight digits as a till keeps them.
type OfflineSlot struct {
	Slot int64  `json:"slot"`
	Salt string `json:"salt" doc:"base64url"`
	Hash string `json:"hash" doc:"base64url of PBKDF2-SHA256, see docs/offline-qr.md"`
}

// OfflineLoad is what a till needs to take QR money without a line.
type OfflineLoad struct {
	Slots       []OfflineSlot `json:"slots"`
	Rounds      int           `json:"rounds" doc:"of PBKDF2"`
	DigitsLimit Money         `json:"digits_limit" doc:"up to this amount eight digits count without a manager"`
	CodeLife    int           `json:"code_life" doc:"seconds that an offline code lives at most"`
	Address     string        `json:"address" doc:"what an offline code's text is appended to; empty: none is set"`
	Reach       string        `json:"reach" enum:"public,private,loopback,none" doc:"who can reach that address"`
	Confirm     string        `json:"confirm" doc:"P-256 point, uncompressed, base64url"`
	ServerTime  stamp         `json:"server_time"`
}

// loadTill is POST /v1/offline/slots. Only an enrolled till is loaded.
func (s *Server) loadTill(ctx context.Context, c caller, in *loadRequest) (*reply[OfflineLoad], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	clock, err := timeIn(string(b.Clock), "clock")
	if err != nil {
		return nil, err
	}
	if clock.IsZero() {
		return nil, guitai.FailField(guitai.CodeFieldMissing, "clock")
	}
	l, err := s.Office.LoadTill(ctx, c.tillKey, b.Want, clock)
	if err != nil {
		return nil, err
	}
	_, confirm, err := s.Office.PublicKeys()
	if err != nil {
		return nil, err
	}
	text := base64.RawURLEncoding.EncodeToString
	out := OfflineLoad{Rounds: l.Rounds, DigitsLimit: moneyOf(guitai.Fen(l.Rule.DigitsFen)), CodeLife: int(l.Rule.CodeLife.Seconds()),
		Reach: string(l.Reach), Confirm: text(confirm), ServerTime: stampOf(s.Now()), Slots: []OfflineSlot{}}
	if l.Rule.Public != "" {
		out.Address = strings.TrimSuffix(l.Rule.Public, "/") + "/p/"
	}
	for _, one := range l.Slots {
		out.Slots = append(out.Slots, OfflineSlot{int64(one.N), text(one.Salt), text(one.Hash)})
	}
	return ok(out), nil
}
