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
	acc, err := s.accountIn(s.modeAt(r.Till), r.Merchant, r.Kind, r.Wallet)
	if err != nil {
		return guitai.Payment{}, err
	}
	p, fresh, err := s.intend(ctx, r, acc)
	if store.Violates(err, "payment_pkey") {
		// The same request was stored between our look and our insert.
		p, fresh, err = s.intend(ctx, r, acc)
	}
	if err != nil || !fresh {
		return p, err
	}
	return s.send(ctx, p, r, acc)
}

// intend stores the intention (transaction 1), or finds it stored already.
func (s *Switch) intend(ctx context.Context, r Request, acc Account) (guitai.Payment, bool, error) {
	var p guitai.Payment
	var fresh bool
	mac := s.requestMAC(r)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
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
		var err error
		if p, err = s.newPayment(r, acc, mac, now); err != nil {
			return err
		}
		fresh = true
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
	no, err := s.newNo("p", now)
	if err != nil {
		return guitai.Payment{}, err
	}
	p := guitai.Payment{
		ID: id, Merchant: r.Merchant, Shop: r.Shop, Till: r.Till, Staff: r.Staff,
		Kind: r.Kind, Wallet: acc.Wallet, Amount: r.Amount, Sale: r.Sale, Tender: r.Tender,
		Description: r.Description, Metadata: r.Metadata, RequestMAC: mac,
		State: guitai.PaymentCreated, Version: 1, CreatedAt: now, UpdatedAt: now,
		Attempts: []guitai.Attempt{{N: 1, OrderNo: no, Account: acc.ID, Wallet: acc.Wallet,
			State: guitai.AttemptCreated, FeeRate: acc.FeeRate}},
	}
	if r.Kind == guitai.Show {
		p.ExpiresAt = now.Add(r.ExpiresIn)
	}
	sendBy := now.Add(s.Policy.SendWithin)
	p, _ = p.Apply(guitai.Event{Attempt: 1, Kind: guitai.EventSend, SendBy: sendBy,
		BelieveAt: sendBy.Add(s.Policy.CallTimeout + s.Policy.Lag)}, now)
	return p, nil
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
func (s *Switch) send(ctx context.Context, p guitai.Payment, r Request, acc Account) (guitai.Payment, error) {
	a := p.Attempts[0]
	var ans channel.Answer
	if s.now().After(a.SendBy) {
		// The intention took too long to store. Nobody sends after send_by:
		// another node may already have judged this attempt.
		ans = channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeNotSent}
	} else {
		call, cancel := s.deadline(ctx, a.SendBy)
		ans = s.call(call, p, r, acc)
		cancel()
	}
	next, _, err := s.record(context.WithoutCancel(ctx), ref(p, 1), ans)
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
	order := channelOrder(p, p.Attempts[0])
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
	return channel.Order{No: a.OrderNo, Kind: p.Kind, Amount: p.Amount, WalletNo: a.WalletNo, Made: p.CreatedAt}
}
