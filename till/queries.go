package till

import (
	"context"
	"strings"

	"guitai"
	"guitai/store"
)

// QueryFilter chooses queries; it is the store's.
type QueryFilter = store.QueryFilter

// QueryPlace is where a page of queries ended; it is the store's.
type QueryPlace = store.QueryPlace

// Queries lists what people are asked, newest first.
func (j *Journal) Queries(ctx context.Context, f QueryFilter) ([]guitai.Query, error) {
	var list []guitai.Query
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Queries(f)
		return err
	})
	return list, err
}

// QueryEnd is how a person closes a query.
type QueryEnd struct {
	Merchant guitai.MerchantID
	ID       guitai.QueryID
	Staff    guitai.StaffID
	Note     string
}

// CloseQuery closes a query with a note on how it ended. Closing a closed one
// changes nothing.
func (j *Journal) CloseQuery(ctx context.Context, e QueryEnd) (guitai.Query, error) {
	e.Note = strings.TrimSpace(e.Note)
	if e.Note == "" || !words(e.Note) {
		return guitai.Query{}, guitai.FailField(guitai.CodeFieldInvalid, "note")
	}
	var q guitai.Query
	err := j.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		if q, err = tx.Query(e.Merchant, e.ID); err != nil || !q.Open() {
			return found(err, guitai.CodeQueryNotFound)
		}
		q.ClosedAt, q.ClosedBy, q.Note = tx.Now(), e.Staff, e.Note
		return tx.CloseQuery(q)
	})
	return q, err
}
