package pay

import (
	"context"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// Place says where money is taken; it is the channels'.
type Place = channel.Place

// RawNotice is a wallet's notice as it came in; it is the channels'.
type RawNotice = channel.RawNotice

// Filter chooses payments; it is the store's.
type Filter = store.PaymentFilter

// List returns payments, newest first.
func (s *Switch) List(ctx context.Context, f Filter) ([]guitai.Payment, error) {
	var list []guitai.Payment
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Payments(f)
		return err
	})
	return list, err
}

// Whole is a payment with everything that belongs to it.
type Whole struct {
	Payment  guitai.Payment
	Refunds  []guitai.Refund
	Suspense []guitai.Suspense
}

// GetWhole returns a payment with its refunds and its money in suspense, all
// as of one instant.
func (s *Switch) GetWhole(ctx context.Context, m guitai.MerchantID, id guitai.PaymentID) (Whole, error) {
	var w Whole
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if w.Payment, err = tx.Payment(m, id); err != nil {
			return found(err, guitai.CodePaymentNotFound)
		}
		if w.Refunds, err = tx.RefundsOf(m, id); err != nil {
			return err
		}
		w.Suspense, err = tx.SuspenseOf(m, id)
		return err
	})
	return w, err
}

// TimelineRow is one thing that is kept about a payment; it is the store's.
type TimelineRow = store.TimelineRow

// Timeline returns what is kept about a payment, oldest first: each message on
// the wire, masked, and each change of state.
func (s *Switch) Timeline(ctx context.Context, m guitai.MerchantID, id guitai.PaymentID) ([]TimelineRow, error) {
	var rows []TimelineRow
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if _, err := tx.Payment(m, id); err != nil {
			return found(err, guitai.CodePaymentNotFound)
		}
		rows, err = tx.Timeline(m, id)
		return err
	})
	return rows, err
}

// Unresolved lists the money in suspense of a merchant, oldest first.
func (s *Switch) Unresolved(ctx context.Context, m guitai.MerchantID, limit int) ([]guitai.Suspense, error) {
	var list []guitai.Suspense
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.SuspenseUnresolved(m, limit)
		return err
	})
	return list, err
}

// Balances returns the ledger of a merchant, summed by account.
func (s *Switch) Balances(ctx context.Context, m guitai.MerchantID) ([]store.Balance, error) {
	var list []store.Balance
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Balances(m)
		return err
	})
	return list, err
}

// News returns up to limit news of a merchant after the number after.
func (s *Switch) News(ctx context.Context, m guitai.MerchantID, after int64, limit int) ([]guitai.News, error) {
	var list []guitai.News
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.NewsAfter(m, after, limit)
		return err
	})
	return list, err
}

// LastNews returns the number of a merchant's latest news.
func (s *Switch) LastNews(ctx context.Context, m guitai.MerchantID) (int64, error) {
	var n int64
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		n, err = tx.LastNews(m)
		return err
	})
	return n, err
}

// Subscribe wakes whenever news was numbered in this process; news that another
// node numbered is found by looking now and then. stop must be called.
func (s *Switch) Subscribe() (wake <-chan struct{}, stop func()) {
	return s.Store.Subscribe(store.TopicNumbered)
}
