package till

import (
	"context"
	"time"

	"guitai"
	"guitai/store"
)

// ShiftFilter chooses shifts; it is the store's.
type ShiftFilter = store.ShiftFilter

// ShiftPlace is where a page of shifts ended; it is the store's.
type ShiftPlace = store.ShiftPlace

// Shifts lists shifts, the latest first.
func (j *Journal) Shifts(ctx context.Context, f ShiftFilter) ([]guitai.Shift, error) {
	var list []guitai.Shift
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Shifts(f)
		return err
	})
	return list, err
}

// Report is a shift as it stands: the X report while it is open.
type Report struct {
	Shift   guitai.Shift
	Figures guitai.Figures
	Moves   []guitai.CashMove
	Unsold  []guitai.Payment // taken at its till in its time, and no sale names them
	Book    guitai.Book      // in which it was opened
	Confirm *Confirmation    // nil: the wallets were not asked
	AsOf    time.Time
}

// Report reckons a shift as it stands. What its till has not sent yet is not in
// it: the book says when it last brought something.
func (j *Journal) Report(ctx context.Context, m guitai.MerchantID, id guitai.ShiftID) (Report, error) {
	var r Report
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		r = Report{AsOf: tx.Now()}
		if r.Shift, err = shiftOf(tx, m, id); err != nil {
			return err
		}
		work, err := workOf(tx, r.Shift)
		if err != nil {
			return err
		}
		r.Figures, r.Moves = work.Figures(), work.Moves
		if r.Unsold, err = unsold(tx, r.Shift, r.until()); err != nil {
			return err
		}
		if r.Book, err = tx.Book(r.Shift.Till, r.Shift.Book); err != nil {
			return err
		}
		text, err := tx.Confirmed(m, id)
		if err != nil || text == "" {
			return err
		}
		r.Confirm, err = readConfirmation(text)
		return err
	})
	return r, err
}

// until is the end of the shift's time.
func (r Report) until() time.Time {
	if r.Shift.State == guitai.ShiftClosed {
		return r.Shift.Close.At
	}
	return r.AsOf
}

func shiftOf(tx *store.ReadTx, m guitai.MerchantID, id guitai.ShiftID) (guitai.Shift, error) {
	s, err := tx.Shift(m, id)
	return s, found(err, guitai.CodeShiftNotFound)
}

// Z returns the Z report of a shift, as it was fixed.
func (j *Journal) Z(ctx context.Context, m guitai.MerchantID, id guitai.ShiftID) (guitai.ZReport, error) {
	var z guitai.ZReport
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if _, err = shiftOf(tx, m, id); err != nil {
			return err
		}
		z, err = tx.Z(m, id)
		return found(err, guitai.CodeZNotFound)
	})
	return z, err
}
