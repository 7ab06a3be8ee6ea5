package pay

import (
	"context"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// Agreement says whether a wallet's own word is ours.
type Agreement string

// The agreements.
const (
	Agrees    Agreement = "yes"
	Differs   Agreement = "no"
	StillOpen Agreement = "open" // no answer yet, from the wallet or of ours
)

// Seen is what a wallet said when it was asked just now.
type Seen struct {
	Ours    string       // the state as it stands after the answer
	Wallets string       // the wallet's word: paid, waiting, closed, not_found … ; empty: it was not asked
	Amount  guitai.Money // as the wallet says it, where it does
	Agrees  Agreement
}

// Probe asks the wallet about a payment, whatever its state, and takes the
// answer in like any other. It is for who counts at the end of a shift.
func (s *Switch) Probe(ctx context.Context, m guitai.MerchantID, id guitai.PaymentID) (Seen, error) {
	p, err := s.Get(ctx, m, id)
	if err != nil {
		return Seen{}, err
	}
	a := toProbe(&p)
	if a == nil { // nothing was ever sent
		return Seen{Ours: string(p.State), Agrees: agreesUnsent(&p)}, nil
	}
	asker, ok := s.channelOf(a.Account).(channel.Asker)
	if !ok || a.State == guitai.AttemptAsked && s.now().Before(a.SendBy.Add(s.Policy.CallTimeout)) {
		return Seen{Ours: string(p.State), Agrees: StillOpen}, nil
	}
	if a.State == guitai.AttemptAsked {
		if p, _, err = s.apply(ctx, ref(p, a.N), guitai.Event{Attempt: a.N, Kind: guitai.EventUnknown}, nil); err != nil {
			return Seen{}, err
		}
	}
	asked := s.now()
	call, cancel := s.deadline(ctx, asked)
	ans := asker.Ask(call, channelOrder(p, *a))
	cancel()
	e := eventOf(a.N, ans)
	e.At = asked
	if e.Kind == guitai.EventUnavailable {
		e.Kind = guitai.EventUnknown
	}
	if p, err = s.recordAs(ctx, ref(p, a.N), e, ans.Messages, nil); err != nil {
		return Seen{}, err
	}
	return Seen{Ours: string(p.State), Wallets: string(ans.Outcome), Amount: ans.Amount, Agrees: agrees(&p, ans)}, nil
}

// toProbe is the attempt whose money is in question: the live one, else the
// booked one, else the last.
func toProbe(p *guitai.Payment) *guitai.Attempt {
	a := p.Live()
	if a == nil {
		a = p.Booked()
	}
	if a == nil {
		a = p.Attempt(len(p.Attempts))
	}
	return a
}

func agreesUnsent(p *guitai.Payment) Agreement {
	if p.State.Final() {
		return Agrees
	}
	return StillOpen
}

// agrees compares a wallet's answer with the payment as it stands after it. An
// order that was given back is closed at some wallets and paid at others.
func agrees(p *guitai.Payment, ans channel.Answer) Agreement {
	if !p.State.Final() || ans.Outcome == channel.Unknown || ans.Outcome == channel.Unavailable {
		return StillOpen
	}
	taken := p.State == guitai.PaymentPaid
	switch ans.Outcome {
	case channel.Paid:
		if taken && ans.Amount == p.Amount {
			return Agrees
		}
		return Differs
	case channel.Closed:
		if !taken || p.Refunded == p.Amount.Fen {
			return Agrees
		}
		if p.RefundHeld > 0 {
			return StillOpen
		}
		return Differs
	case channel.NotFound, channel.Declined:
		if taken {
			return Differs
		}
		return Agrees
	}
	return Differs // it waits at the wallet, and is over with us
}

// ProbeRefund asks the wallet about a refund, whatever its state.
func (s *Switch) ProbeRefund(ctx context.Context, m guitai.MerchantID, id guitai.RefundID) (Seen, error) {
	var r guitai.Refund
	var p guitai.Payment
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if r, err = tx.Refund(m, id); err != nil {
			return found(err, guitai.CodeRefundNotFound)
		}
		p, err = tx.Payment(m, r.Payment)
		return found(err, guitai.CodePaymentNotFound)
	})
	if err != nil {
		return Seen{}, err
	}
	a := p.Attempt(r.Attempt)
	open := Seen{Ours: string(r.State), Agrees: StillOpen}
	if a == nil || r.State == guitai.RefundCreated || r.State == guitai.RefundAsked {
		return open, nil // it is being sent, or is to be
	}
	asker, ok := s.channelOf(a.Account).(channel.Asker)
	if !ok {
		return open, nil
	}
	asked := s.now()
	call, cancel := s.deadline(ctx, asked)
	ans := asker.AskRefund(call, s.channelRefund(p, *a, r))
	cancel()
	e := refundEventOf(ans)
	e.At = asked
	if e.Kind == guitai.RefundEventUnavailable {
		e.Kind = guitai.RefundEventUnknown
	}
	if r, err = s.recordRefund(context.WithoutCancel(ctx), r, e, ans.Messages, nil); err != nil {
		return Seen{}, err
	}
	return Seen{Ours: string(r.State), Wallets: string(ans.Outcome), Amount: ans.Amount, Agrees: refundAgrees(r, ans)}, nil
}

func refundAgrees(r guitai.Refund, ans channel.RefundAnswer) Agreement {
	switch {
	case !r.State.Final() || ans.Outcome == channel.RefundUnknown || ans.Outcome == channel.RefundUnavailable:
		return StillOpen
	case r.State == guitai.RefundDone && ans.Outcome == channel.RefundDone && (ans.Amount == guitai.Money{} || ans.Amount == r.Amount):
		return Agrees
	case r.State == guitai.RefundFailed && (ans.Outcome == channel.RefundDeclined || ans.Outcome == channel.RefundNotFound):
		return Agrees
	}
	return Differs
}
