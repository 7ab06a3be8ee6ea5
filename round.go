package guitai

import "time"

// Mark is the end of the token, which stands on the paper so that people can
// tell two stickers apart.
func (c StaticCode) Mark() string { return string(c.Token[max(0, len(c.Token)-4):]) }

// RoundID names a round. Prefix "rnd".
type RoundID string

// Round is one walk through a shop in which staff scan every code that hangs
// there.
type Round struct {
	ID        RoundID
	Merchant  MerchantID
	Shop      ShopID
	Request   string // the client's name of the request that began it
	Staff     StaffID
	StartedAt time.Time
	EndedAt   time.Time // zero: under way
	EndedBy   StaffID
}

// Ended reports whether nothing can be scanned in it any more.
func (r Round) Ended() bool { return !r.EndedAt.IsZero() }

// Verdict is what a scanned code turned out to be.
type Verdict string

// The verdicts.
const (
	ScanOurs    Verdict = "ours"    // a valid code of the register
	ScanDoubled Verdict = "doubled" // one that was scanned in this round before: the same code hangs twice, or was met twice
	ScanRevoked Verdict = "revoked" // ours, and out of use
	ScanForeign Verdict = "foreign" // somebody else's: whoever pays it does not pay us
	ScanForged  Verdict = "forged"  // our address, and not made by us
	ScanOther   Verdict = "other"   // no code that could be hung to be paid
)

// Alarming reports whether somebody must do something at once.
func (v Verdict) Alarming() bool { return v == ScanForeign || v == ScanForged }

// RoundScan is one code that was scanned in a round.
type RoundScan struct {
	Round   RoundID
	ID      string // the client's, else ours
	Place   int    // 1 for the first of the round
	Verdict Verdict
	Kind    string    // what a code that is not ours is, see qr.Stranger
	Token   CodeToken // of the code in the register, if it is one
	Host    string    // where a stranger's address leads
	Text    string    // what a stranger's code says, for evidence
	At      time.Time
	Staff   StaffID
}
