package guitai

import "time"

// TillKey is the public half of the key that an enrolled till's browser holds.
type TillKey struct {
	ID         TillKeyID
	Merchant   MerchantID
	Till       TillID
	Public     []byte        // the point on P-256, uncompressed, 65 bytes
	By         StaffID       // the manager whose code bound it; empty: a program
	ClockOff   time.Duration // the till's own clock less ours, as it was last measured
	BoundAt    time.Time
	RevokedAt  time.Time // zero: live
	ReleasedAt time.Time // zero: its till stays bound
}

// Live reports whether the key may be used.
func (k TillKey) Live() bool { return k.RevokedAt.IsZero() }

// Enrolment is a code that binds a browser to a till once.
type Enrolment struct {
	Till      TillID
	CodeMAC   string // hex; the code itself is not kept
	By        StaffID
	Tries     int // wrong codes since it was made
	CreatedAt time.Time
	ExpiresAt time.Time
}

// OfflineSlot is where the eight digits of one offline code are kept.
type OfflineSlot struct {
	Key       TillKeyID
	Slot      uint32
	Sealed    string    // the digits, closed under the house's key
	Payment   PaymentID // whose digits they are; empty: unused
	CreatedAt time.Time
}

// OfflineCode is an offline code that was opened by a payer's phone.
type OfflineCode struct {
	Key      TillKeyID
	Nonce    string // hex
	Merchant MerchantID
	Sale     string
	Tender   string
	Amount   Money
	Slot     uint32
	OpenedAt time.Time
}

// SettledOtherwise says that a tender of a bill was settled without the code
// that was shown for it: cash was taken meanwhile.
type SettledOtherwise struct {
	Merchant MerchantID
	Sale     string
	Tender   string
	Till     TillID
	Staff    StaffID
	At       time.Time
}
