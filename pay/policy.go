package pay

import "time"

// Policy is how patient the switch is. The wallets publish most of these
// numbers; where they differ between pages the default is named.
type Policy struct {
	// SendWithin is how long after the intention was stored a call may still
	// be sent. CallTimeout is how long it may then take. Lag is how long after
	// that something sent may still be on its way to the wallet; only then
	// does "no such order" prove anything.
	SendWithin, CallTimeout, Lag time.Duration
	// AskEvery is how often a payment is asked about while someone waits at
	// the counter (WeChat Pay: 5 s; Alipay's demo: 5 s).
	AskEvery time.Duration
	// ScanLimit is how long after it was sent a scanned payment without an end
	// is reversed (WeChat Pay: 30 s; an older page: 45 s).
	ScanLimit time.Duration
	// ReverseAfter is the least time between a charge and its reversal
	// (WeChat Pay: 15 s).
	ReverseAfter time.Duration
	// ShowFor is how long a shown code lives when the request does not say;
	// ShowMin and ShowMax bound what a request may say. The wallets' own codes
	// live two hours at most.
	ShowFor, ShowMin, ShowMax time.Duration
	// ShowGrace is how long after its end a shown code is left alone, for the
	// payer whose thumb was on the button.
	ShowGrace time.Duration
	// SuspenseFor is how long money in suspense waits for a person before it
	// is given back.
	SuspenseFor time.Duration
	// StaticDayFen is how much one payer may pay by static codes on one day of
	// the shop (the rules for static codes: 500 yuan). Where the wallet does not
	// name the payer, it is what one payment may be; the wallet counts the day.
	StaticDayFen int64
	// MaxFen is the largest amount of one payment.
	MaxFen int64
}

// Default is the policy of a shop that set nothing.
func Default() Policy {
	return Policy{
		SendWithin:   1500 * time.Millisecond,
		CallTimeout:  7 * time.Second,
		Lag:          15 * time.Second,
		AskEvery:     5 * time.Second,
		ScanLimit:    30 * time.Second,
		ReverseAfter: 15 * time.Second,
		ShowFor:      5 * time.Minute,
		ShowMin:      5 * time.Second,
		ShowMax:      2 * time.Hour,
		ShowGrace:    2 * time.Second,
		SuspenseFor:  30 * time.Minute,
		StaticDayFen: 50_000,
		MaxFen:       1_000_000_000,
	}
}
