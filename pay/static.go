package pay

import (
	"context"
	"time"

	"guitai"
	"guitai/qr"
	"guitai/store"
)

// Static returns what one of our static codes stands for. One that was revoked
// is refused by name, so that the payer is told not to pay.
func (s *Switch) Static(ctx context.Context, t qr.Token) (guitai.StaticCode, error) {
	var c guitai.StaticCode
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		c, err = tx.StaticCode(guitai.CodeToken(t.String()))
		return found(err, guitai.CodeCodeForeign)
	})
	if err == nil && !c.Valid() {
		err = guitai.Fail(guitai.Conflict, guitai.CodeCodeRevoked)
	}
	return c, err
}

// StaticRequest is a payer who pays by a static code.
type StaticRequest struct {
	OpenRequest                  // Token is the static code's
	ID          guitai.PaymentID // made when the page was served: two taps are one payment
	Amount      guitai.Money     // where the code leaves it open
	Day         time.Time        // when the shop's present day began
}

// OpenStatic makes a payment of its own for a payer who scanned a static code,
// and opens it. From then on it is an offered payment like any other; where the
// wallet names the payer, nobody else can open it.
func (s *Switch) OpenStatic(ctx context.Context, r StaticRequest) (Opened, error) {
	c, err := s.Static(ctx, r.Token)
	if err != nil {
		return Opened{}, err
	}
	acc, err := s.accountOf(c.Merchant, c.Till, r.OpenRequest)
	if err != nil {
		return Opened{}, err
	}
	if !c.Open() {
		r.Amount = c.Amount
	}
	if s.PublicURL == "" {
		return Opened{}, guitai.Fail(guitai.Unavailable, guitai.CodeNotSent)
	}
	p, err := s.Take(ctx, Request{ID: r.ID, Merchant: c.Merchant, Shop: c.Shop, Till: c.Till, Amount: r.Amount, Kind: guitai.Show,
		Source: string(c.Token), PayerMAC: s.payerMAC(acc, r.Payer.Name), day: r.Day})
	if err != nil {
		return Opened{}, err
	}
	if r.Token, err = qr.ParseToken(p.Offer.Token); err != nil {
		return Opened{}, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken, err)
	}
	return s.Open(ctx, r.OpenRequest)
}
