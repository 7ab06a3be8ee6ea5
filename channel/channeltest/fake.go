package channeltest

import (
	"math/rand/v2"
	"sync"
	"time"

	"guitai"
	"guitai/channel"
)

// FakeOptions say what kind of wallet a Fake is. LikeWeChat and LikeAlipay fill
// in the first three.
type FakeOptions struct {
	Wallet guitai.Wallet
	// Ending says how orders of each kind are ended.
	Ending map[guitai.PaymentKind]guitai.Ending
	// Unscanned is what the wallet says about a shown code that nobody has
	// scanned: channel.Waiting or channel.NotFound.
	Unscanned channel.Outcome
	// Unborn: until somebody scans a shown code the wallet knows nothing of the
	// order, so that it cannot be ended either; its code stays good for its time.
	Unborn Habit
	// GoneWhenRefunded: the wallet calls an order closed whose whole amount
	// was refunded.
	GoneWhenRefunded Habit

	// Rand gives the seed: one number is drawn from it. Every call, payer and
	// notice then has a stream of its own, made of the seed, the order's
	// number, the call and how often it was made, so that a seed gives the same
	// history however goroutines are scheduled.
	Rand *rand.Rand
	// Now is the wallet's clock. Under testing/synctest: time.Now.
	Now func() time.Time
	// CallTimeout bounds a call whose context has no deadline. Default 10 s.
	CallTimeout time.Duration
	// Lag bounds how long after a call's deadline its effect may still come.
	// Default 10 s.
	Lag time.Duration
	// Latency is the usual way there and back. Default 120 ms; each way is
	// drawn between an eighth and the whole of it.
	Latency time.Duration
	// EndWindow is how long after it was paid an order may still be reversed;
	// later End is refused. 0: always.
	EndWindow time.Duration
	// PasswordLife is how long the wallet waits for a password before it closes
	// the order. Default 10 min.
	PasswordLife time.Duration

	// Notify takes the notices; a reply whose Code is not 2xx has the notice
	// sent again on the wallets' usual schedule. Nil: there are no notices.
	Notify func(channel.RawNotice) channel.NoticeReply
	// Tells lists what there are notices about.
	Tells []Telling
	// Payers says how payers behave that nobody told how to.
	Payers Payers
	// Faults says what goes wrong from the beginning.
	Faults Faults
	// Trace, if set, is told each thing that happens at the wallet, in order,
	// under the wallet's lock: it must not call the Fake.
	Trace func(at time.Time, line string)
}

// Habit says whether a wallet has a habit.
type Habit int

// Whether it has.
const (
	Never Habit = iota
	Always
)

// Payers says how payers behave, by weight. Weights need not sum to one.
type Payers struct {
	// Codes are the behaviours that PayerCode("") draws from. Default: Pays.
	Codes []Weight
	// Shown are the behaviours of payers before a shown code: Pays, Dawdles,
	// Leaves, AtEnd. Nil: nobody pays unless Fake.Pay is called.
	Shown []Weight
	// Within bounds how long payers take. Default 90 s.
	Within time.Duration
}

// Weight is one behaviour and how likely it is.
type Weight struct {
	Behaviour Behaviour
	Weight    float64
}

// More behaviours, for payers of a Fake.
const (
	// Dawdles scans the shown code, thinks, and pays later.
	Dawdles Behaviour = "dawdles"
	// Leaves never pays the shown code.
	Leaves Behaviour = "leaves"
	// AtEnd pays, or types the password, in the very moment in which the order
	// is being closed or reversed: before it, by a hair.
	AtEnd Behaviour = "at_end"
)

// Faults are chances from 0 to 1 of what goes wrong. At most one of those down
// to Slow happens to a call, so together they may not exceed 1.
type Faults struct {
	// Did not happen.
	Unavailable float64 // nothing is sent
	Lost        float64 // it gets lost on the way there; no answer
	Broken      float64 // the wallet answers an error and does nothing
	// Happened anyway.
	Silent  float64 // it happens, but no answer comes
	Garbled float64 // it happens, but the answer cannot be believed
	Late    float64 // it happens late: up to Lag after the caller's deadline
	// Happened, and is told.
	Slow float64 // the answer takes up to the deadline

	// Recall: a reversal is answered "call again" and does nothing.
	Recall float64
	// Odd: the payer is charged another amount than was asked.
	Odd float64

	Refund RefundFaults
	Notice NoticeFaults
}

// RefundFaults are the chances of what happens to a refund.
type RefundFaults struct {
	Pending  float64 // it is done only later
	Stuck    float64 // it cannot be delivered
	FundsLow float64 // it is refused: the merchant has not the money
}

// NoticeFaults are the chances of what happens to a notice.
type NoticeFaults struct {
	Dropped    float64 // it never comes
	Duplicated float64 // it comes again, up to three times
	Late       float64 // it comes minutes to a day late
}

// Fake is a wallet in memory and the channel to it: channel.Channel, Shower,
// Inside, Asker, Ender and Noticer. It is safe for concurrent use.
//
// Payers, notices and late effects are goroutines that sleep until an instant
// of their own, so under testing/synctest a Fake must be made inside the bubble
// and closed before the bubble ends.
type Fake struct {
	opt  FakeOptions
	seed uint64
	stop chan struct{}
	done sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	faults   Faults
	orders   map[string]*order
	refunds  map[string]*refund
	codes    map[string]*payer
	shown    map[string]string // what a shown code says → order number
	asked    map[string]int    // how often each call was made
	wakes    map[int64]bool    // instants that are taken, in microseconds
	injected map[Call][]Fault
	said     map[Call][]string
	complain []string
	nextNo   int
}

// LikeWeChat fills in what makes a wallet behave like WeChat Pay.
func LikeWeChat(o FakeOptions) FakeOptions {
	o.Wallet, o.Unscanned, o.GoneWhenRefunded = guitai.WeChat, channel.Waiting, Never
	o.Ending = map[guitai.PaymentKind]guitai.Ending{guitai.Show: guitai.EndClose, guitai.Scan: guitai.EndReverse}
	o.Tells = []Telling{TellsShown, TellsRefund}
	return o
}

// LikeAlipay fills in what makes a wallet behave like Alipay.
func LikeAlipay(o FakeOptions) FakeOptions {
	o.Wallet, o.Unscanned, o.GoneWhenRefunded = guitai.Alipay, channel.NotFound, Always
	o.Ending = map[guitai.PaymentKind]guitai.Ending{guitai.Show: guitai.EndReverse, guitai.Scan: guitai.EndReverse}
	o.Tells = []Telling{TellsShown, TellsScanned}
	return o
}

// LikeUnionPay fills in what makes a wallet behave like UnionPay QR: a scanned
// order is reversed (99), a shown one closed, and there are notices about both.
func LikeUnionPay(o FakeOptions) FakeOptions {
	o.Wallet, o.Unscanned, o.GoneWhenRefunded = guitai.UnionPay, channel.Waiting, Never
	o.Ending = map[guitai.PaymentKind]guitai.Ending{guitai.Show: guitai.EndClose, guitai.Scan: guitai.EndReverse}
	o.Tells = []Telling{TellsShown, TellsScanned}
	return o
}

// NewFake opens a wallet.
func NewFake(o FakeOptions) *Fake {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.CallTimeout, 10*time.Second)
	def(&o.Lag, 10*time.Second)
	def(&o.Latency, 120*time.Millisecond)
	def(&o.PasswordLife, 10*time.Minute)
	def(&o.Payers.Within, 90*time.Second)
	return &Fake{
		opt: o, seed: o.Rand.Uint64(), stop: make(chan struct{}), faults: o.Faults,
		orders: map[string]*order{}, refunds: map[string]*refund{}, codes: map[string]*payer{},
		shown: map[string]string{}, asked: map[string]int{}, wakes: map[int64]bool{},
		injected: map[Call][]Fault{}, said: map[Call][]string{},
	}
}

// Close stops payers, notices and effects that are still to come, and waits
// until they have stopped. The book can still be read.
func (f *Fake) Close() {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.stop)
	}
	f.mu.Unlock()
	f.done.Wait()
}

// SetFaults changes what goes wrong from now on.
func (f *Fake) SetFaults(x Faults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = x
}

// Inject makes the next such call meet the fault, whatever the chances are.
func (f *Fake) Inject(c Call, x Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.injected[c] = append(f.injected[c], x)
}

// Say makes the next such call end with the wallet's code and without effect.
// The Fake's codes are the guitai.Codes of a refusal (Refusals); what it does
// not know is an unknown outcome.
func (f *Fake) Say(c Call, code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said[c] = append(f.said[c], code)
}

// Refusals lists the codes that a Fake refuses with.
func Refusals() []guitai.Code {
	return []guitai.Code{
		guitai.CodeCodeExpired, guitai.CodeCodeUsed, guitai.CodeCodeRefused, guitai.CodeBalanceLow, guitai.CodeRiskRefused,
		guitai.CodeLimitReached, guitai.CodePasswordWrong, guitai.CodePayerCancelled, guitai.CodePayerBlocked,
		guitai.CodeOrderRefused, guitai.CodeAccountTrouble, guitai.CodeWalletRefused, guitai.CodeMerchantFundsLow,
	}
}

// Wallet is the wallet that the Fake plays.
func (f *Fake) Wallet() guitai.Wallet { return f.opt.Wallet }

// Ending says how orders of a kind are ended.
func (f *Fake) Ending(kind guitai.PaymentKind) guitai.Ending { return f.opt.Ending[kind] }

// trace tells what happened. The lock is held.
func (f *Fake) trace(line string) {
	if f.opt.Trace != nil {
		f.opt.Trace(f.opt.Now(), line)
	}
}
