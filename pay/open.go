package pay

import (
	"context"

	"guitai"
	"guitai/channel"
	"guitai/qr"
	"guitai/store"
)

// OpenRequest is a payer who presses the button on the pay page.
type OpenRequest struct {
	Token  qr.Token
	Wallet guitai.Wallet
	Payer  Payer // empty: the wallet does not name its payers
	Place  Place
}

// Opening says what the payer's phone is to do now.
type Opening string

// What is to be done.
const (
	// OpenReady: the wallet's app is handed Opened.Code, or the browser is sent
	// there.
	OpenReady Opening = "ready"
	// OpenWait: an older order must end first, or an answer is on its way. Ask
	// again in a moment; two orders are never payable at once.
	OpenWait Opening = "wait"
	// OpenRefused: the wallet refused this order; no money moved. The payer may
	// try again or take another wallet.
	OpenRefused Opening = "refused"
	// OpenOver: there is nothing to begin; the payment says how it stands.
	OpenOver Opening = "over"
)

// Opened is a payment that a payer opened.
type Opened struct {
	Payment guitai.Payment
	Do      Opening
	Attempt guitai.Attempt // the order of OpenReady and OpenRefused
}

// Open lets a payer begin to pay an offered payment in one wallet: it makes an
// order there, for the amount that is stored. It may be called by many phones
// at once and again after a lost answer: the same payer gets the same order, and
// an older order of anybody else is closed or reversed first, and that is
// confirmed, before there is another one.
func (s *Switch) Open(ctx context.Context, r OpenRequest) (Opened, error) {
	if err := s.Ready(ctx); err != nil {
		return Opened{}, err
	}
	step, err := s.step(ctx, r)
	if err == nil && step.end != ActNone {
		if err = s.end(ctx, step.Payment, step.end, guitai.CodeOtherWallet, nil); err == nil {
			step, err = s.step(ctx, r)
		}
	}
	switch {
	case err != nil:
		return Opened{}, err
	case step.end != ActNone:
		step.Do = OpenWait
		return step.Opened, nil
	case !step.fresh:
		return step.Opened, nil
	}
	n := step.Attempt.N
	p, err := s.send(ctx, ref(step.Payment, n), step.Payment, func(call context.Context) channel.Answer {
		return s.order(call, step, r)
	})
	if err != nil {
		return Opened{}, err
	}
	if p.Attempt(n).State == guitai.AttemptFailed {
		s.limits.forget(step.said)
	}
	return begun(p, n), nil
}

// step is what Open found, or stored.
type step struct {
	Opened
	fresh bool    // the attempt was stored now and is to be sent
	end   Action  // the live attempt is somebody else's and is to be ended so
	acc   Account // of the fresh attempt
	said  verdict // of the rules that name its wallet
}

// maxAttempts bounds how many orders one payment may cause: phones that take it
// from each other must not fill the wallets' books.
const maxAttempts = 30

// step looks at the payment and stores a new attempt if there may be one
// (transaction 1).
func (s *Switch) step(ctx context.Context, r OpenRequest) (step, error) {
	var out step
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		s.limits.forget(out.said) // of an earlier run
		out = step{end: ActNone}
		now := s.now()
		p, err := tx.PaymentByOffer(r.Token.String())
		if err != nil {
			return found(err, guitai.CodeCodeForeign)
		}
		acc, err := s.accountOf(p.Merchant, p.Till, r)
		if err != nil {
			return err
		}
		mac := s.payerMAC(acc, r.Payer.Name)
		if p.PayerMAC != "" && p.PayerMAC != mac {
			return guitai.Fail(guitai.Forbidden, guitai.CodeOtherPayer)
		}
		out.Payment, out.Do, out.acc = p, OpenOver, acc
		switch a := p.Live(); {
		case !p.Offer.Open() || !now.Before(p.ExpiresAt):
			return nil
		case a != nil:
			out.Do, out.Attempt = OpenWait, *a
			if a.State == guitai.AttemptWaiting && a.Code != "" && a.Wallet == acc.Wallet && a.PayerMAC == mac {
				out.Do = OpenReady
			} else if action, ok := s.ending(p, a); ok && (a.State == guitai.AttemptWaiting || a.State == guitai.AttemptUnknown) {
				out.end = action
			}
			return nil
		case len(p.Attempts) >= maxAttempts:
			return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
		}
		a := guitai.Act{Deed: guitai.DeedPayment, Merchant: p.Merchant, Shop: p.Shop, Till: p.Till, Kind: p.Kind, Wallet: acc.Wallet, Amount: p.Amount}
		out.said = s.limits.judge(a, now, ofWallets)
		if err := s.leave(tx, out.said, a, Leave{}); err != nil {
			return err
		}
		return s.start(tx, &out, mac)
	})
	if err != nil || !out.fresh {
		s.limits.forget(out.said)
	}
	return out, err
}

// start stores the new attempt of a payment that may have one.
func (s *Switch) start(tx *store.Tx, out *step, mac string) error {
	now := s.now()
	a, err := s.newAttempt(out.acc, now)
	if err != nil {
		return err
	}
	a.PayerMAC = mac
	next, c, ok := out.Payment.Start(a, now)
	if !ok {
		return nil // its time ended between two looks at the clock
	}
	next, sent := next.Apply(s.sending(c.Attempt, now), now)
	c.To, c.After = sent.To, sent.After
	row := store.TimelineRow{Merchant: next.Merchant, Payment: next.ID, Attempt: c.Attempt, At: now, Kind: "state",
		From: string(guitai.AttemptCreated), To: string(sent.To), Op: "open"}
	if err := s.keep(tx, []store.TimelineRow{row}, now); err != nil {
		return err
	}
	if next, err = s.store(tx, out.Payment, next, c, now); err != nil {
		return err
	}
	out.Payment, out.Attempt, out.Do, out.fresh = next, *next.Attempt(c.Attempt), OpenWait, true
	return nil
}

// accountOf is the account at which a payer pays: the one that knows the payer's
// name, else the first at the wallet.
func (s *Switch) accountOf(m guitai.MerchantID, t guitai.TillID, r OpenRequest) (Account, error) {
	n := s.needOf(m, t, guitai.Show, r.Wallet)
	if r.Payer.Name == "" {
		return s.account(n)
	}
	acc, ok := s.accountByID(r.Payer.Account)
	if !ok || !s.table().takes(acc, n) {
		return acc, guitai.FailField(guitai.CodeWalletNotEnabled, "wallet")
	}
	return acc, nil
}

// order makes the order at the wallet: inside its app where it knows the payer,
// else as a code that whoever has it may pay.
func (s *Switch) order(ctx context.Context, st step, r OpenRequest) channel.Answer {
	p, acc := st.Payment, st.acc
	show := channel.Show{Order: channelOrder(p, st.Attempt), Description: describe(p), NotifyURL: acc.NotifyURL,
		Expires: p.ExpiresAt, Place: r.Place}
	if inside, ok := s.channelOf(acc.ID).(channel.Inside); ok && r.Payer.Name != "" {
		return inside.ShowInside(ctx, show, r.Payer.Name)
	}
	return s.channelOf(acc.ID).(channel.Shower).Show(ctx, show)
}

// begun says what an order that was just sent means for the payer.
func begun(p guitai.Payment, n int) Opened {
	a := p.Attempt(n)
	out := Opened{Payment: p, Do: OpenOver, Attempt: *a}
	switch {
	case a.State == guitai.AttemptWaiting && a.Code != "":
		out.Do = OpenReady
	case a.State == guitai.AttemptFailed:
		out.Do = OpenRefused
	case p.Offer.Open():
		out.Do = OpenWait
	}
	return out
}
