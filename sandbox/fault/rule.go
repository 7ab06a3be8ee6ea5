package fault

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Kind is one way to misbehave.
type Kind string

// The kinds. "Effect" is what the call does in the wallet's book.
const (
	SilenceBefore    Kind = "silence_before"     // no effect; no answer: held, then dropped
	SilenceAfter     Kind = "silence_after"      // effect; no answer: held, then dropped
	Delay            Kind = "delay"              // the call begins delay_ms later, even when the caller has given up
	HTTP500          Kind = "http_500"           // no effect; 500 without a body
	HTTP500After     Kind = "http_500_after"     // effect; 500 without a body
	HTTP202          Kind = "http_202"           // effect; 202 without a body
	HalfBody         Kind = "half_body"          // effect; half of the answer, then dropped
	WrongAmount      Kind = "wrong_amount"       // effect; the answer or notice tells another amount
	BadSignature     Kind = "bad_signature"      // effect; the answer or notice is badly signed
	SystemError      Kind = "system_error"       // no effect; the provider's own "system error"
	SystemErrorAfter Kind = "system_error_after" // effect; the provider's own "system error"
	DropNotice       Kind = "drop_notice"        // a delivery is counted and not made
	DuplicateNotice  Kind = "duplicate_notice"   // a delivery is made twice
	ReorderNotice    Kind = "reorder_notice"     // a notice is held back so that later ones overtake it
	DelayNotice      Kind = "delay_notice"       // a delivery is made delay_ms later
	ForgedNotice     Kind = "forged_notice"      // a notice signed by a stranger's key comes first
	SignTestProbe    Kind = "signtest_probe"     // a notice with a WECHATPAY/SIGNTEST/ signature comes first
)

// What a bill can tell that is not so; the book of the wallet stays true.
const (
	BillMissing  Kind = "bill_missing"  // a payment is left out
	BillDouble   Kind = "bill_double"   // a payment stands there twice
	BillAmount   Kind = "bill_amount"   // a payment has one fen more
	BillFee      Kind = "bill_fee"      // a payment cost one fen more
	BillStranger Kind = "bill_stranger" // a payment of an order that never was
	BillSwapped  Kind = "bill_swapped"  // a payment is told as refunded
	BillLate     Kind = "bill_late"     // a payment stands in the next day's bill
)

// BillKinds lists those of bills.
func BillKinds() []Kind {
	return []Kind{BillMissing, BillDouble, BillAmount, BillFee, BillStranger, BillSwapped, BillLate}
}

// OfBill reports whether k is one of BillKinds.
func (k Kind) OfBill() bool { return slices.Contains(BillKinds(), k) }

// Kinds lists all of them.
func Kinds() []Kind {
	return append([]Kind{SilenceBefore, SilenceAfter, Delay, HTTP500, HTTP500After, HTTP202, HalfBody, WrongAmount,
		BadSignature, SystemError, SystemErrorAfter, DropNotice, DuplicateNotice, ReorderNotice, DelayNotice, ForgedNotice, SignTestProbe},
		BillKinds()...)
}

// OpNotice is the op of every provider's notices, OpBill that of what its bills
// tell.
const (
	OpNotice = "notice"
	OpBill   = "bill"
)

// Fits reports whether k can happen to calls of op.
func (k Kind) Fits(op string) bool {
	switch k {
	case WrongAmount, BadSignature:
		return true
	case DropNotice, DuplicateNotice, ReorderNotice, DelayNotice, ForgedNotice, SignTestProbe:
		return op == OpNotice
	}
	if k.OfBill() {
		return op == OpBill
	}
	return op != OpNotice
}

// Rule makes calls of one op of one provider misbehave. Empty Provider or Op
// mean any. It is used for the next Count matching calls, or, when Count is 0,
// for each with Probability (0 to 1).
type Rule struct {
	Provider    string  `json:"provider"`
	Op          string  `json:"op"`
	Kind        Kind    `json:"kind"`
	Probability float64 `json:"probability,omitempty"`
	Count       int     `json:"count,omitempty"`
	DelayMS     int     `json:"delay_ms,omitempty"` // as given: not divided by the street's speed
}

// maxDelay bounds what a rule may hold.
const maxDelay = time.Hour

// Check tells what is wrong with a rule.
func (r Rule) Check() error {
	switch {
	case !slices.Contains(Kinds(), r.Kind):
		return errors.New("kind: unknown")
	case r.Op != "" && !r.Kind.Fits(r.Op):
		return errors.New("kind: does not happen to this op")
	case r.Count < 0 || r.Count > 1_000_000:
		return errors.New("count: 0 to 1000000")
	case r.Probability < 0 || r.Probability > 1:
		return errors.New("probability: 0 to 1")
	case (r.Count == 0) == (r.Probability == 0):
		return errors.New("one of count and probability must be given")
	case r.DelayMS < 0 || time.Duration(r.DelayMS)*time.Millisecond > maxDelay:
		return fmt.Errorf("delay_ms: 0 to %d", maxDelay.Milliseconds())
	}
	return nil
}

// Set holds the rules of a street. Its methods may be called at once.
type Set struct {
	silence time.Duration
	delay   time.Duration
	closed  chan struct{}
	once    sync.Once

	mu    sync.Mutex
	rules []Rule
	rand  *rand.Rand
}

// Options says how long things take when a rule does not.
type Options struct {
	Seed    uint64
	Silence time.Duration // how long a silent call is held before the line is dropped; 0 = 60 s
	Delay   time.Duration // of a rule without delay_ms; 0 = 2 s
}

// New makes a Set without rules.
func New(o Options) *Set {
	s := &Set{silence: o.Silence, delay: o.Delay, closed: make(chan struct{})}
	if s.silence == 0 {
		s.silence = time.Minute
	}
	if s.delay == 0 {
		s.delay = 2 * time.Second
	}
	s.Seed(o.Seed)
	return s
}

// Close ends the calls that are being delayed.
func (s *Set) Close() { s.once.Do(func() { close(s.closed) }) }

// Seed starts the draws of probabilities anew: the same seed and the same
// order of calls give the same faults.
func (s *Set) Seed(seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rand = rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))
}

// Add puts rules behind those that stand.
func (s *Set) Add(rules ...Rule) error {
	for i, r := range rules {
		if err := r.Check(); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rules)+len(rules) > 1000 {
		return errors.New("more than 1000 rules")
	}
	s.rules = append(s.rules, rules...)
	return nil
}

// Rules lists what stands, with what is left of each count.
func (s *Set) Rules() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Rule{}, s.rules...)
}

// Clear takes every rule away.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Plan is what goes wrong with one call. The zero Plan is a good day.
type Plan struct {
	kinds map[Kind]time.Duration
}

// Has reports whether k is planned.
func (p Plan) Has(k Kind) bool {
	_, ok := p.kinds[k]
	return ok
}

// Wait is how long k takes, 0 when it is not planned.
func (p Plan) Wait(k Kind) time.Duration { return p.kinds[k] }

// Only is a plan of one kind.
func Only(k Kind) Plan { return Plan{kinds: map[Kind]time.Duration{k: 0}} }

// Without is the plan less some kinds.
func (p Plan) Without(kinds ...Kind) Plan {
	left := maps.Clone(p.kinds)
	for _, k := range kinds {
		delete(left, k)
	}
	return Plan{kinds: left}
}

// Draw decides what goes wrong with one call, and uses counts up.
func (s *Set) Draw(provider, op string) Plan {
	return s.draw(provider, op, func(k Kind) bool { return k.Fits(op) && !k.OfBill() })
}

// DrawBill decides how one bill lies, and uses counts up.
func (s *Set) DrawBill(provider string) Plan { return s.draw(provider, OpBill, Kind.OfBill) }

func (s *Set) draw(provider, op string, mine func(Kind) bool) Plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p Plan
	for i := range s.rules {
		r := &s.rules[i]
		if r.Provider != "" && r.Provider != provider || r.Op != "" && r.Op != op || p.Has(r.Kind) || !mine(r.Kind) {
			continue
		}
		if r.Count == 0 && s.rand.Float64() >= r.Probability {
			continue
		}
		if r.Count > 0 {
			if r.Count--; r.Count == 0 {
				r.Count = -1
			}
		}
		wait := time.Duration(r.DelayMS) * time.Millisecond
		if wait == 0 {
			wait = s.delay
		}
		if p.kinds == nil {
			p.kinds = map[Kind]time.Duration{}
		}
		p.kinds[r.Kind] = wait
	}
	s.rules = slices.DeleteFunc(s.rules, func(r Rule) bool { return r.Count < 0 })
	return p
}
