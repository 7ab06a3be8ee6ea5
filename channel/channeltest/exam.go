package channeltest

import (
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// Rig joins a channel to the wallet it talks with, and gives the exam its hands
// on the wallet's side. Every field must be set unless it says otherwise; a
// case that a wallet cannot be examined in is named in Lacks, with the reason.
type Rig struct {
	// Channel is examined. It must also be a channel.Shower, Asker, Ender and
	// Noticer.
	Channel channel.Channel
	// Now is the clock that the channel was opened with.
	Now func() time.Time
	// NotifyURL goes into each order; what arrives there goes into Inbox.
	NotifyURL string
	Inbox     *Inbox
	// Tells lists what the wallet sends notices about.
	Tells []Telling
	// Unscanned is what the wallet says about a shown code that nobody has
	// scanned: channel.Waiting (the default) or channel.NotFound.
	Unscanned channel.Outcome
	// Accepts says that the answer to a charge is channel.Waiting at best: a
	// notice, or who asks, is told what became of it.
	Accepts bool
	// ShowFor is how long codes are shown. Default 10 min.
	ShowFor time.Duration
	// Patience bounds a call that is answered, and the waiting for a payer, a
	// refund or a notice. Default 10 s.
	Patience time.Duration
	// Silence bounds a call that gets no answer. Default 1 s.
	Silence time.Duration
	// EndAfter is how long after it was made an order may first be ended.
	EndAfter time.Duration
	// Ripen, where it is set, makes all orders such as may be ended, instead of
	// waiting for EndAfter: it may put the clocks of both sides forward.
	Ripen func(t testing.TB)
	// Secrets must not stand in any message: keys, passwords.
	Secrets []string

	// PayerCode gives a fresh payment code of a payer who behaves like that and
	// has money enough (unless Poor).
	PayerCode func(t testing.TB, b Behaviour) string
	// Pay lets a payer scan a shown code and pay at once. An error means that
	// the wallet did not let the payer pay.
	Pay func(t testing.TB, code string) error
	// Inject makes the wallet commit a fault at the next such call, once.
	Inject func(t testing.TB, c Call, f Fault)
	// Judge reads the wallet's own book about an order.
	Judge func(t testing.TB, orderNo string) Book
	// Saying gives a channel whose wallet refuses the next such call with the
	// wallet's own code, rightly signed and without any effect. It may be
	// Rig.Channel after an injected fault, or another one.
	Saying func(t testing.TB, c Call, code string) channel.Channel
	// Skewed gives a channel like Channel whose clock is off by that much.
	Skewed func(t testing.TB, off time.Duration) channel.Channel
	// Nowhere gives a channel like Channel at whose addresses nothing listens.
	Nowhere func(t testing.TB) channel.Channel
	// Forge makes notices that are not the wallet's out of a true one (other
	// key, old time, swapped amount, probes), by what was done. The exam itself
	// flips the bits of the body.
	Forge func(t testing.TB, n channel.RawNotice) map[string]channel.RawNotice
	// Codes is the wallet's table of codes: every documented one. The exam adds
	// an undocumented one for each call.
	Codes []CodeCase
	// Lacks names cases that this wallet cannot be examined in, and why.
	Lacks map[string]string
}

// Telling names what a wallet sends notices about.
type Telling string

// What a wallet may send notices about.
const (
	TellsShown   Telling = "shown"   // a shown code was paid
	TellsScanned Telling = "scanned" // a payer's code was charged
	TellsRefund  Telling = "refund"  // a refund came to its end
)

// Behaviour says how a payer acts whose code is charged. "A little later" is up
// to the rig, within Patience, and not before the charge was answered.
type Behaviour string

// The behaviours.
const (
	Pays    Behaviour = "pays"    // needs no password: paid at once
	Types   Behaviour = "types"   // is asked for the password and types it a little later
	Cancels Behaviour = "cancels" // is asked for the password and cancels a little later
	Ignores Behaviour = "ignores" // is asked for the password and never reacts
	Poor    Behaviour = "poor"    // has not enough money
)

// Op names a call of a channel.
type Op string

// The calls.
const (
	OpCharge    Op = "charge"
	OpShow      Op = "show"
	OpAsk       Op = "ask"
	OpEnd       Op = "end"
	OpRefund    Op = "refund"
	OpAskRefund Op = "ask_refund"
)

// Call is a call about an order of one kind. Many wallets have two interfaces
// behind one Op.
type Call struct {
	Op   Op
	Kind guitai.PaymentKind
}

// Fault is something that goes wrong at the wallet or on the way, once.
type Fault string

// The faults.
const (
	SilentBefore Fault = "silent_before" // no effect, and no answer comes
	SilentAfter  Fault = "silent_after"  // effect, but no answer comes
	ErrorBefore  Fault = "error_before"  // no effect, HTTP 5xx
	ErrorAfter   Fault = "error_after"   // effect, HTTP 5xx
	HalfBody     Fault = "half_body"     // effect, but the answer breaks off in its middle
	BadSignature Fault = "bad_signature" // effect, but the answer is signed wrongly
	WrongAmount  Fault = "wrong_amount"  // effect; the answer, rightly signed, tells another amount
)

// Book is what the wallet's own book says about one order.
type Book struct {
	Charges    int   // how often a payer was charged
	ChargedFen int64 // in sum
	BackFen    int64 // given back, by refund or reversal
}

// CodeCase is one line of a channel's table of codes.
type CodeCase struct {
	Call    Call
	Code    string // the wallet's own, as Rig.Saying takes it
	Outcome channel.Outcome
	Refund  channel.RefundOutcome // instead of Outcome, for OpRefund and OpAskRefund
	Reason  guitai.Code           // what Answer.Reason must be; empty: anything
}

// Case is one case of the exam.
type Case struct {
	Name string
	Run  func(t *testing.T, r Rig)
}

// Exam examines a channel, each case in a test of its own.
func Exam(t *testing.T, r Rig) {
	t.Helper()
	for _, c := range Cases() {
		if why, ok := r.Lacks[c.Name]; ok {
			t.Logf("%s: not asked: %s", c.Name, why)
			continue
		}
		t.Run(c.Name, func(t *testing.T) { c.Run(t, r) })
	}
}

// Cases lists the exam, for who cannot use Exam: inside a bubble of synctest
// there are no subtests.
func Cases() []Case {
	var all []Case
	for _, part := range [][]Case{payCases(), doubtCases(), endCases(), refundCases(), noticeCases(), codeCases()} {
		all = append(all, part...)
	}
	for i := range all {
		run := all[i].Run
		all[i].Run = func(t *testing.T, r Rig) {
			t.Helper()
			run(t, r.ready(t))
		}
	}
	return all
}

// ready fills in defaults and refuses a rig that is not whole.
func (r Rig) ready(t testing.TB) Rig {
	t.Helper()
	if r.Patience == 0 {
		r.Patience = 10 * time.Second
	}
	if r.ShowFor == 0 {
		r.ShowFor = 10 * time.Minute
	}
	if r.Silence == 0 {
		r.Silence = time.Second
	}
	if r.Unscanned == "" {
		r.Unscanned = channel.Waiting
	}
	switch {
	case r.Channel == nil, r.Now == nil, r.Inbox == nil, r.PayerCode == nil, r.Pay == nil, r.Inject == nil,
		r.Judge == nil, r.Saying == nil, r.Skewed == nil, r.Nowhere == nil, r.Forge == nil:
		t.Fatal("channeltest: a field of the rig is missing; what cannot be had is named in Lacks and its hook fails the test")
	}
	return r
}
