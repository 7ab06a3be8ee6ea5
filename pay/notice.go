package pay

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

var errNoNotices = errors.New("pay: this account takes no notices")

// Notice takes in what a wallet sent to the callback path of an account, and
// returns what the wallet wants to hear. Only a notice that is proven to be
// the wallet's has any effect; an error means that it had none.
func (s *Switch) Notice(ctx context.Context, id guitai.AccountID, raw channel.RawNotice) (channel.NoticeReply, error) {
	noticer, ok := s.channelOf(id).(channel.Noticer)
	if !ok {
		return channel.NoticeReply{}, guitai.Fail(guitai.NotFound, guitai.CodePageNotFound, errNoNotices)
	}
	n, err := noticer.ReadNotice(raw)
	if before, ok := s.table().Before[id].(channel.Noticer); ok && err != nil {
		if old, oldErr := before.ReadNotice(raw); oldErr == nil { // sent before the credentials were exchanged
			n, err = old, nil
		}
	}
	if err == nil {
		err = s.takeNotice(context.WithoutCancel(ctx), id, n)
	}
	return noticer.Reply(err), err
}

func (s *Switch) takeNotice(ctx context.Context, id guitai.AccountID, n channel.Notice) error {
	if n.RefundNo != "" {
		return s.refundNotice(ctx, id, n)
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		at, err := s.findOrder(tx, id, n.OrderNo)
		if err != nil {
			return err
		}
		_, _, err = s.applyIn(tx, at, eventOf(at.attempt, n.Answer), []channel.Message{n.Message})
		return err
	})
}

// findOrder finds the attempt behind an order number, and refuses one that
// went through another account: its notice proves nothing here.
func (s *Switch) findOrder(tx *store.Tx, id guitai.AccountID, orderNo string) (attemptRef, error) {
	o, err := tx.OrderByNo(orderNo)
	if err != nil {
		return attemptRef{}, found(err, guitai.CodePaymentNotFound)
	}
	if o.Account != id {
		return attemptRef{}, guitai.Fail(guitai.NotFound, guitai.CodePaymentNotFound)
	}
	return attemptRef{o.Merchant, o.Payment, o.Attempt}, nil
}

// scheduleConfirm has an attempt asked about at an instant, whatever its state.
func scheduleConfirm(tx *store.Tx, p guitai.Payment, attempt int, when time.Time) error {
	return tx.Schedule(store.Job{Kind: JobConfirm, Merchant: p.Merchant, Key: string(p.ID) + "/" + strconv.Itoa(attempt),
		Account: p.Attempt(attempt).Account, RunAt: when})
}

// Confirm asks the wallet whether money that a notice told of, for an attempt
// that had ended, is really there. If so it goes to suspense.
func (s *Switch) Confirm(ctx context.Context, j store.Job) error {
	id, no, _ := strings.Cut(j.Key, "/")
	n, err := strconv.Atoi(no)
	if err != nil {
		return err
	}
	p, err := s.Get(ctx, j.Merchant, guitai.PaymentID(id))
	if err != nil {
		return err
	}
	a := p.Attempt(n)
	asker, ok := s.channelOf(a.Account).(channel.Asker)
	switch {
	case a.State == guitai.AttemptPaid:
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FinishJob(j) })
	case !ok:
		return s.Store.InTx(ctx, func(tx *store.Tx) error {
			if err := s.raise(tx, p, guitai.Incident{Kind: guitai.IncidentLateUnconfirmed, Attempt: n}); err != nil {
				return err
			}
			return tx.FinishJob(j)
		})
	case !a.State.Final():
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DelayJob(j, s.now().Add(confirmPause)) })
	}
	if ok, err := s.inTurn(ctx, j); !ok {
		return err
	}
	asked := s.now()
	call, cancel := s.deadline(ctx, asked)
	ans := asker.Ask(call, channelOrder(p, *a))
	cancel()
	s.felt(ctx, a.Account, ans.Outcome, asked)
	switch ans.Outcome {
	case channel.Unknown, channel.Unavailable, channel.Waiting, channel.NotFound:
		// Not found: of what it told us itself, the wallet knows more later.
		again := min(s.Policy.AskEvery<<min(j.Tries, 8), 10*time.Minute)
		return s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			return tx.DelayJob(j, s.now().Add(again))
		})
	case channel.Paid:
		e := eventOf(n, ans)
		e.At = asked
		_, err = s.recordAs(ctx, ref(p, n), e, ans.Messages, &j)
		return err
	}
	return s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := s.keep(tx, wireRows(p.Merchant, p.ID, "", ans.Messages), s.now()); err != nil {
			return err
		}
		return tx.FinishJob(j)
	})
}
