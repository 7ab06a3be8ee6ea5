package web

import (
	"context"

	"guitai"
	"guitai/office"
)

// RoundIn begins a round.
type RoundIn struct {
	ID   string `json:"id,omitempty" maxLength:"64" doc:"the client's own name for the request, unique per merchant: the same request under the same id begins one round" example:"round-20261122"`
	Shop string `json:"shop,omitempty" doc:"default: the person's, or the only one" example:"shp_06c9s9k0s1w7r8z5v4q2m1n0aa"`
}

// RoundCode is a code of the register as a round speaks of it.
type RoundCode struct {
	ID     string `json:"id"`
	Name   string `json:"name" doc:"where it hangs"`
	Mark   string `json:"mark" doc:"stands on the paper beside the name"`
	Amount *Money `json:"amount,omitempty" doc:"left out: the payer types it"`
	Shop   Named  `json:"shop"`
	Till   *Named `json:"till,omitempty"`
}

func roundCodeOf(h office.Hung) RoundCode {
	out := RoundCode{ID: string(h.Code.Token), Name: h.Code.Name, Mark: h.Code.Mark(), Shop: Named{ID: string(h.Shop.ID), Name: h.Shop.Name}}
	if !h.Code.Open() {
		amount := moneyOf(h.Code.Amount)
		out.Amount = &amount
	}
	if h.Code.Till != "" {
		out.Till = &Named{string(h.Till.ID), h.Till.Name, h.Till.Number}
	}
	return out
}

// ScanOut is the verdict on a scanned code.
type ScanOut struct {
	ID        string     `json:"id"`
	Place     int        `json:"place" doc:"1 for the first scan of the round"`
	Verdict   string     `json:"verdict" enum:"ours,doubled,revoked,foreign,forged,other" doc:"ours: valid; doubled: valid, and met before in this round; revoked: ours, take it down; foreign: whoever pays it does not pay us; forged: our address, not made by us; other: nothing that could be paid"`
	Kind      string     `json:"kind,omitempty" enum:"wechat,alipay,unionpay,emv,address,app,payer,goods,text,other_merchant,unregistered,our_address,imitation,own_payment,own_page" doc:"what a code that is not ours is"`
	Code      *RoundCode `json:"code,omitempty" doc:"the code of the register that was met"`
	Misplaced bool       `json:"misplaced" doc:"it was made for another shop"`
	Host      string     `json:"host,omitempty" doc:"where a stranger's address leads; it is never fetched"`
	Text      string     `json:"text,omitempty" doc:"what a stranger's code says, up to 300 characters"`
	At        stamp      `json:"at"`
}

// shownText bounds what is told of a stranger's code; all of it is kept.
const shownText = 300

func scanOutOf(s office.Seen) ScanOut {
	out := ScanOut{ID: s.Scan.ID, Place: s.Scan.Place, Verdict: string(s.Scan.Verdict), Kind: s.Scan.Kind, Misplaced: s.Misplaced,
		Host: s.Scan.Host, Text: s.Scan.Text, At: stampOf(s.Scan.At)}
	if letters := []rune(out.Text); len(letters) > shownText {
		out.Text = string(letters[:shownText]) + "…"
	}
	if s.Scan.Token != "" {
		code := roundCodeOf(s.Hung)
		out.Code = &code
	}
	return out
}

// RoundHead is a round without what was met in it.
type RoundHead struct {
	ID        string `json:"id"`
	State     string `json:"state" enum:"open,ended"`
	Shop      string `json:"shop"`
	StartedAt stamp  `json:"started_at"`
	EndedAt   stamp  `json:"ended_at,omitempty"`
}

func roundHeadOf(r guitai.Round) RoundHead {
	out := RoundHead{ID: string(r.ID), State: "open", Shop: string(r.Shop), StartedAt: stampOf(r.StartedAt), EndedAt: stampOf(r.EndedAt)}
	if r.Ended() {
		out.State = "ended"
	}
	return out
}

// Round is a round with all that was met and all that was to be found.
type Round struct {
	RoundHead
	ShopName string      `json:"shop_name"`
	Staff    string      `json:"staff,omitempty" doc:"the name of who began it"`
	Clean    bool        `json:"clean" doc:"every code hangs, and nothing else does"`
	Found    []RoundCode `json:"found"`
	Missing  []RoundCode `json:"missing" doc:"not seen yet, or not seen when it ended"`
	Scans    []ScanOut   `json:"scans" doc:"in their order"`
}

// RoundSum is a round in a list, with how it went.
type RoundSum struct {
	RoundHead
	Due     int `json:"due" doc:"ended: how many codes were to be found"`
	Found   int `json:"found" doc:"ended: how many of them were"`
	Alarms  int `json:"alarms" doc:"scans of strangers' and forged codes"`
	Revoked int `json:"revoked" doc:"scans of revoked codes that still hung"`
}

func roundSumOf(r office.RoundSum) RoundSum {
	return RoundSum{roundHeadOf(r.Round), r.Due, r.Found, r.Alarms, r.Dead}
}

// round answers with a round as it stands.
func (s *Server) round(ctx context.Context, c caller, id guitai.RoundID) (*reply[Round], error) {
	r, err := s.Office.Round(ctx, c.merchant, id)
	if err != nil {
		return nil, err
	}
	return ok(Round{RoundHead: roundHeadOf(r.Round), ShopName: r.Shop.Name, Staff: r.Staff.Name, Clean: r.Clean(),
		Found: listOf(r.Found, roundCodeOf).Body.Items, Missing: listOf(r.Missing, roundCodeOf).Body.Items,
		Scans: listOf(r.Scans, scanOutOf).Body.Items}), nil
}

type startRoundRequest struct {
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the request when the body has no id"`
	Asked maybe[RoundIn]
}

// startRound is POST /v1/rounds. A person walks through the own shop.
func (s *Server) startRound(ctx context.Context, c caller, in *startRoundRequest) (*reply[Round], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	id, err := nameOf(b.ID, in.Key, "round")
	if err != nil {
		return nil, err
	}
	n := office.NewRound{Merchant: c.merchant, Shop: guitai.ShopID(b.Shop), Request: id, Staff: c.session.Staff.ID}
	if n.Shop == "" {
		n.Shop = c.session.Shop.ID
	}
	r, err := s.Office.StartRound(ctx, n)
	if err != nil {
		return nil, err
	}
	return s.round(ctx, c, r.ID)
}

type listRounds struct {
	Shop   string  `query:"shop" maxLength:"64"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// rounds is GET /v1/rounds.
func (s *Server) rounds(ctx context.Context, c caller, in *listRounds) (*reply[list[RoundSum]], error) {
	page, err := in.Limit.number("limit", pageSize)
	if err != nil || page < 1 || page > largestPage {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	if in.Shop != "" && guitai.ValidID(in.Shop) != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "shop")
	}
	at, id, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	before := office.RoundPlace{StartedAt: at, ID: guitai.RoundID(id)}
	found, err := s.Office.Rounds(ctx, c.merchant, guitai.ShopID(in.Shop), before, page+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		next = cursorAt(found[page-1].Round.StartedAt, string(found[page-1].Round.ID))
	}
	out := listOf(found, roundSumOf)
	out.Body.NextCursor = next
	return out, nil
}

// RoundPath names a round in the path.
type RoundPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *RoundPath) id() guitai.RoundID { return guitai.RoundID(in.ID) }

func (in *RoundPath) check() error { return named(in.ID, guitai.CodeRoundNotFound) }

// getRound is GET /v1/rounds/{id}.
func (s *Server) getRound(ctx context.Context, c caller, in *RoundPath) (*reply[Round], error) {
	return s.round(ctx, c, in.id())
}

// ScanIn is a code that was scanned.
type ScanIn struct {
	ID   string `json:"id,omitempty" maxLength:"64" doc:"the client's own name for this scan: the same again gets the same verdict" example:"scan-1"`
	Text string `json:"text" doc:"what the code says, up to 2 KB; it is never fetched" example:"https://pay.example.com/p/AgECAwQFBgcICQoAAAAAq83vASNFZ4mrze8B"`
}

type scanRequest struct {
	RoundPath
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the scan when the body has no id"`
	Asked body[ScanIn]
}

// scanCode is POST /v1/rounds/{id}/scans.
func (s *Server) scanCode(ctx context.Context, c caller, in *scanRequest) (*reply[ScanOut], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	id, err := nameOf(b.ID, in.Key, "scan")
	if err != nil {
		return nil, err
	}
	seen, err := s.Office.ScanCode(ctx, office.Scanned{Merchant: c.merchant, Round: in.id(), ID: id, Text: b.Text, Staff: c.session.Staff.ID})
	if err != nil {
		return nil, err
	}
	return ok(scanOutOf(seen)), nil
}

// endRound is POST /v1/rounds/{id}/end.
func (s *Server) endRound(ctx context.Context, c caller, in *RoundPath) (*reply[Round], error) {
	if err := s.Office.EndRound(ctx, c.merchant, in.id(), c.session.Staff.ID); err != nil {
		return nil, err
	}
	return s.round(ctx, c, in.id())
}
