package pay

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// Account is one set of our credentials at a wallet, as the switch needs it.
type Account struct {
	ID        guitai.AccountID
	Merchant  guitai.MerchantID
	Wallet    guitai.Wallet
	FeeRate   int64  // hundred-thousandths of the amount
	NotifyURL string // where the wallet sends notices; empty: it sends none
	Mode      Mode   // empty: live
	Off       bool   // takes no new payments; those made on it are followed
	CallsPerS int64  // how many calls the jobs of all nodes may make in a second; 0: 100
}

// Switch takes payments, refunds them and follows both to their end. Its
// fields are set once, before the first call, and not changed after; accounts are
// exchanged by Swap.
type Switch struct {
	Store    *store.Store
	Accounts []Account // in order of priority
	Channels map[guitai.AccountID]channel.Channel
	Policy   Policy
	Now      func() time.Time
	Rand     io.Reader // unpredictable; safe for concurrent use
	Log      *slog.Logger
	// Secret keys the HMAC by which a repeated request is told from another
	// one. It must stay the same for as long as IDs are kept.
	Secret []byte
	// PublicURL is where payers' phones reach this server, without a slash at
	// its end; below it is the pay page. Empty: there is no code for all wallets.
	PublicURL string

	// Nodes is how many servers share the accounts: each takes its part of their
	// calls. 0: this one alone.
	Nodes int

	clockWrong atomic.Bool
	pace       pace
	limits     limits
	health     health
	swapped    atomic.Pointer[Table]
}

// maxSkew is how far this node's clock may be off the database's while it
// still takes money: two nodes judge each other's send_by.
const maxSkew = 5 * time.Second

// CheckClock compares this node's clock with the database's. While they differ
// by more than 5 s the switch takes no money.
func (s *Switch) CheckClock(ctx context.Context) error {
	skew, err := s.Store.Skew(ctx)
	if err != nil {
		return err
	}
	wrong := skew.Abs() > maxSkew
	if wrong != s.clockWrong.Swap(wrong) && s.Log != nil {
		s.Log.Warn("clock against the database", "skew_ms", skew.Milliseconds(), "taking_money", !wrong)
	}
	return nil
}

// ClockWrong reports whether this node's clock was off when it was last checked.
// Nothing is due by it then: no job may be begun, or a reversal would overtake its
// charge, and a lease would last for days.
func (s *Switch) ClockWrong() bool { return s.clockWrong.Load() }

// Ready returns nil when the switch can take money, else why it cannot.
func (s *Switch) Ready(ctx context.Context) error {
	if s.clockWrong.Load() {
		return guitai.Fail(guitai.Unavailable, guitai.CodeClockWrong)
	}
	return s.Store.Healthy(ctx)
}

// now is the time in the precision that is stored.
func (s *Switch) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func (s *Switch) accountByID(id guitai.AccountID) (Account, bool) {
	for _, a := range s.table().Accounts {
		if a.ID == id {
			return a, true
		}
	}
	return Account{}, false
}

// IsAccount reports whether an account is ours and at that wallet.
func (s *Switch) IsAccount(id guitai.AccountID, w guitai.Wallet) bool {
	a, ok := s.accountByID(id)
	return ok && a.Wallet == w
}

// Get returns a payment as it stands.
func (s *Switch) Get(ctx context.Context, m guitai.MerchantID, id guitai.PaymentID) (guitai.Payment, error) {
	var p guitai.Payment
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		p, err = tx.Payment(m, id)
		return found(err, guitai.CodePaymentNotFound)
	})
	return p, err
}

// GetRefund returns a refund as it stands.
func (s *Switch) GetRefund(ctx context.Context, m guitai.MerchantID, id guitai.RefundID) (guitai.Refund, error) {
	var r guitai.Refund
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		r, err = tx.Refund(m, id)
		return found(err, guitai.CodeRefundNotFound)
	})
	return r, err
}

// found turns "no row" into a not_found error with a code.
func found(err error, code guitai.Code) error {
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Fail(guitai.NotFound, code)
	}
	return err
}

// deadline makes the context of one call: it outlives the request that caused
// it, because a cashier who closes the browser must not cut a payment off.
func (s *Switch) deadline(ctx context.Context, sendBy time.Time) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), sendBy.Add(s.Policy.CallTimeout).Sub(s.Now()))
}
