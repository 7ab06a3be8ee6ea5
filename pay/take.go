package pay

import (
	"context"
	"crypto/hmac"
	"errors"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// Take takes one payment. The same request under the same ID may come any
// number of times: it is taken once, and every call gets the payment as it
// then stands. A payment that was stored comes back without an error, whatever
// became of it; an error means that nothing was stored, except kind Unknown
// (commit_unknown): ask again under the same ID.
func (s *Switch) Take(ctx context.Context, r Request) (guitai.Payment, error) {
	if err := s.check(&r); err != nil {
		return guitai.Payment{}, err
	}
	if err := s.Ready(ctx); err != nil {
		return guitai.Payment{}, err
	}
	acc, err := s.account(s.needOf(r.Merchant, r.Till, r.Kind, r.Wallet))
	if err != nil {
		return guitai.Payment{}, err
	}
	if s.offers(r) {
		acc = Account{}
	}
	v := s.limits.judge(actOf(r, acc), s.now(), everyRule)
	p, fresh, err := s.intend(ctx, r, acc, v)
	if store.Violates(err, "payment_pkey") {
		// The same request was stored between our look and our insert.
		p, fresh, err = s.intend(ctx, r, acc, v)
	}
	if err != nil || !fresh {
		s.limits.forget(v)
		return p, err
	}
	if p.Offer.Open() {
		return p, nil
	}
	p, err = s.deliver(ctx, p, r, acc)
	if p.State == guitai.PaymentFailed {
		s.limits.forget(v)
	}
	return p, err
}

func actOf(r Request, acc Account) guitai.Act {
	return guitai.Act{Deed: guitai.DeedPayment, Merchant: r.Merchant, Shop: r.Shop, Till: r.Till, Kind: r.Kind,
		Wallet: acc.Wallet, Amount: r.Amount}
}

// intend stores the intention (transaction 1), or finds it stored already.
// Without an account the payment is offered.
func (s *Switch) intend(ctx context.Context, r Request, acc Account, v verdict) (guitai.Payment, bool, error) {
	var p guitai.Payment
	var fresh bool
	mac := s.requestMAC(r)
	write := s.Store.InTx
	if r.Source != "" {
		write = s.Store.InSerialTx // it is decided by the sum of the payer's day
	}
	err := write(ctx, func(tx *store.Tx) error {
		now := s.now()
		if r.ID != "" {
			old, err := tx.Payment(r.Merchant, r.ID)
			if err == nil {
				p, fresh = old, false
				return repeated(old.RequestMAC, mac)
			}
			if !errors.Is(err, store.ErrNoRow) {
				return err
			}
		}
		if err := s.withinDay(tx, r); err != nil {
			return err
		}
		var err error
		if p, err = s.newPayment(r, acc, mac, now); err != nil {
			return err
		}
		fresh, r.Leave.use = true, string(p.ID)
		if err := s.leave(tx, v, actOf(r, acc), r.Leave); err != nil {
			return err
		}
		return s.insert(tx, p, now)
	})
	return p, fresh, err
}

// repeated decides whether an ID that is taken was taken by the same request.
func repeated(old, now []byte) error {
	if !hmac.Equal(old, now) {
		return guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	}
	return nil
}

func (s *Switch) newPayment(r Request, acc Account, mac []byte, now time.Time) (guitai.Payment, error) {
	id := r.ID
	if id == "" {
		var err error
		if id, err = guitai.NewID[guitai.PaymentID]("pay", now, s.Rand); err != nil {
			return guitai.Payment{}, err
		}
	}
	p := guitai.Payment{
		ID: id, Merchant: r.Merchant, Shop: r.Shop, Till: r.Till, Staff: r.Staff,
		Kind: r.Kind, Wallet: acc.Wallet, Amount: r.Amount, Sale: r.Sale, Tender: r.Tender,
		Description: r.Description, Metadata: r.Metadata, RequestMAC: mac, Source: r.Source, PayerMAC: r.PayerMAC,
		State: guitai.PaymentCreated, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if r.Kind == guitai.Show {
		p.ExpiresAt = now.Add(r.ExpiresIn)
	}
	if acc.ID == "" {
		return s.offered(p)
	}
	a, err := s.newAttempt(acc, now)
	if err != nil {
		return p, err
	}
	p.Attempts = []guitai.Attempt{a}
	p, _ = p.Apply(s.sending(1, now), now)
	return p, nil
}

// newAttempt makes an order at an account that is not to be sent yet.
func (s *Switch) newAttempt(acc Account, now time.Time) (guitai.Attempt, error) {
	no, err := s.newNo("p", now)
	return guitai.Attempt{N: 1, OrderNo: no, Account: acc.ID, Wallet: acc.Wallet,
		State: guitai.AttemptCreated, FeeRate: acc.FeeRate}, err
}

// sending says that an attempt is about to be sent.
func (s *Switch) sending(attempt int, now time.Time) guitai.Event {
	sendBy := now.Add(s.Policy.SendWithin)
	return guitai.Event{Attempt: attempt, Kind: guitai.EventSend, SendBy: sendBy,
		BelieveAt: sendBy.Add(s.Policy.CallTimeout + s.Policy.Lag)}
}

// newNo makes an order or refund number for a wallet: 27 letters and digits,
// sortable by time (the strictest wallet takes 8 to 32 of them).
func (s *Switch) newNo(kind string, now time.Time) (string, error) {
	id, err := guitai.NewID[string](kind, now, s.Rand)
	if err != nil {
		return "", err
	}
	return kind + id[len(kind)+1:], nil
}

// insert stores a new payment with its job and its news.
func (s *Switch) insert(tx *store.Tx, p guitai.Payment, now time.Time) error {
	err := tx.InsertPayment(p)
	if err != nil {
		return saleTaken(err)
	}
	if err := s.schedule(tx, &p, now); err != nil {
		return err
	}
	return s.tell(tx, &p, guitai.PaymentTopic(p.State), "", now)
}

// saleTaken names the one constraint on payments that a client can run into:
// two live payments for one tender of one bill.
func saleTaken(err error) error {
	if store.Violates(err, "payment_one_live_per_tender") {
		return guitai.Fail(guitai.Conflict, guitai.CodeSaleTaken, err)
	}
	return err
}

// send calls the channel, outside any transaction, and stores the outcome.
func (s *Switch) send(ctx context.Context, at attemptRef, p guitai.Payment, do func(context.Context) channel.Answer) (guitai.Payment, error) {
	return s.told(ctx, at, p, s.try(ctx, *p.Attempt(at.attempt), do))
}

// try makes a call in its time, and remembers how the account did.
func (s *Switch) try(ctx context.Context, a guitai.Attempt, do func(context.Context) channel.Answer) channel.Answer {
	began := s.now()
	if began.After(a.SendBy) {
		// The intention took too long to store. Nobody sends after send_by:
		// another node may already have judged this attempt.
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeNotSent}
	}
	s.pace.count(a.Account, began)
	call, cancel := s.deadline(ctx, a.SendBy)
	defer cancel()
	ans := do(call)
	s.health.felt(a.Account, ans.Outcome, s.now())
	s.felt(ctx, a.Account, ans.Outcome, began)
	return ans
}

// told stores what a call brought.
func (s *Switch) told(ctx context.Context, at attemptRef, p guitai.Payment, ans channel.Answer) (guitai.Payment, error) {
	next, _, err := s.record(context.WithoutCancel(ctx), at, ans)
	if err != nil {
		// The outcome is not stored. What is stored says "asked", and the job
		// that was stored with it will ask the wallet.
		s.logError("outcome of a payment not stored", p.ID, err)
		p.State = guitai.PaymentUnknown
		return p, nil
	}
	return next, nil
}

// call makes the one call that may move money.
func (s *Switch) call(ctx context.Context, p guitai.Payment, r Request, acc Account) channel.Answer {
	order := channelOrder(p, p.Attempts[len(p.Attempts)-1])
	ch := s.channelOf(acc.ID)
	if p.Kind == guitai.Scan {
		return ch.Charge(ctx, channel.Charge{Order: order, AuthCode: r.AuthCode, Description: describe(p),
			NotifyURL: acc.NotifyURL, Place: r.Place})
	}
	return ch.(channel.Shower).Show(ctx, channel.Show{Order: order, Description: describe(p),
		NotifyURL: acc.NotifyURL, Expires: p.ExpiresAt, Place: r.Place})
}

// describe is what the payer reads. Wallets refuse an empty one.
func describe(p guitai.Payment) string {
	if p.Description != "" {
		return p.Description
	}
	return "收款 " + p.Amount.Decimal()
}

func channelOrder(p guitai.Payment, a guitai.Attempt) channel.Order {
	return channel.Order{No: a.OrderNo, Kind: p.Kind, Amount: p.Amount, WalletNo: a.WalletNo, Made: a.AskedAt}
}
