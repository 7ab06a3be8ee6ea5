package store

import (
	"guitai"
)

// LockPurse makes two transactions that take points of one purse come one after
// the other. ErrNoRow when there is no such purse.
func (tx *Tx) LockPurse(m guitai.MerchantID, purse string) error {
	return tx.execOne(`UPDATE point_purse SET version = version + 1 WHERE merchant_id = $1 AND id = $2`, values{m, purse})
}

const entrySum = `COALESCE((SELECT SUM(points) FROM point_entry WHERE merchant_id = $1 AND purse_id = $2), 0)`

const heldSum = `COALESCE((SELECT SUM(points) FROM redemption WHERE merchant_id = $1 AND purse_id = $2 AND state = 'held' AND expires_us > $3), 0)`

// Points tells the balance of a purse, and how many of it are put aside. The
// balance is below zero when earned points were taken back after they were spent.
func (tx *ReadTx) Points(m guitai.MerchantID, purse string) (balance, held int64, err error) {
	err = tx.row(`SELECT CAST(`+entrySum+` AS BIGINT), CAST(`+heldSum+` AS BIGINT)`, values{m, purse, us(tx.Now())}, &balance, &held)
	return balance, held, err
}

const pointColumns = `merchant_id, purse_id, kind, ref, member_id, points, sale_id, staff_id, note, at_us`

func pointValues(e guitai.PointEntry) values {
	return values{e.Merchant, e.Purse, e.Kind, e.Ref, e.Member, e.Points, e.Sale, e.Staff, e.Note, us(e.At)}
}

// AddPoints books points that come, or that are taken back though they may be
// missing. One of the same kind for the same thing is booked once: then ErrNoRow.
func (tx *Tx) AddPoints(e guitai.PointEntry) error {
	return tx.execOne(`INSERT INTO point_entry (`+pointColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (merchant_id, kind, ref) DO NOTHING`, pointValues(e))
}

// TakePoints books points that go (e.Points is below zero), if the purse has as
// many that are not put aside: else ErrNoRow. LockPurse comes first.
func (tx *Tx) TakePoints(e guitai.PointEntry) error {
	return tx.execOne(`INSERT INTO point_entry (merchant_id, purse_id, at_us, kind, ref, member_id, points, sale_id, staff_id, note)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT),
			CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS TEXT), CAST($10 AS TEXT)
		WHERE `+entrySum+` - `+heldSum+` + CAST($7 AS BIGINT) >= 0`,
		values{e.Merchant, e.Purse, us(e.At), e.Kind, e.Ref, e.Member, e.Points, e.Sale, e.Staff, e.Note})
}

func scanPoint(r scanner) (guitai.PointEntry, error) {
	var e guitai.PointEntry
	var at int64
	err := r.Scan(&e.Merchant, &e.Purse, &e.Kind, &e.Ref, &e.Member, &e.Points, &e.Sale, &e.Staff, &e.Note, &at)
	e.At = timeOf(at)
	return e, err
}

// PointEntry reads what was booked for a thing; ErrNoRow when nothing was.
func (tx *ReadTx) PointEntry(m guitai.MerchantID, kind guitai.PointKind, ref string) (guitai.PointEntry, error) {
	return one(tx, `SELECT `+pointColumns+` FROM point_entry WHERE merchant_id = $1 AND kind = $2 AND ref = $3`, values{m, kind, ref}, scanPoint)
}

// PointEntries lists what came and went in a purse, newest first.
func (tx *ReadTx) PointEntries(m guitai.MerchantID, purse string, limit int) ([]guitai.PointEntry, error) {
	return all(tx, `SELECT `+pointColumns+` FROM point_entry WHERE merchant_id = $1 AND purse_id = $2
		ORDER BY at_us DESC, kind, ref LIMIT $3 + 0`, values{m, purse, limit}, scanPoint)
}

// PointLine is what a line of a sale earned, and what came back of it.
type PointLine struct {
	Merchant guitai.MerchantID
	Sale     guitai.SaleID
	N        int
	Purse    string // empty: the sale has not arrived
	Member   guitai.MemberID
	Fen      int64
	Points   int64
	BackFen  int64
	Taken    int64
}

// PointLines lists the lines of a sale.
func (tx *ReadTx) PointLines(m guitai.MerchantID, sale guitai.SaleID) ([]PointLine, error) {
	return all(tx, `SELECT merchant_id, sale_id, n, purse_id, member_id, fen, points, back_fen, taken FROM point_line
		WHERE merchant_id = $1 AND sale_id = $2 ORDER BY n`, values{m, sale}, func(r scanner) (PointLine, error) {
		var l PointLine
		return l, r.Scan(&l.Merchant, &l.Sale, &l.N, &l.Purse, &l.Member, &l.Fen, &l.Points, &l.BackFen, &l.Taken)
	})
}

// SavePointLine stores a line, new or changed.
func (tx *Tx) SavePointLine(l PointLine) error {
	_, err := tx.exec(`INSERT INTO point_line (merchant_id, sale_id, n, purse_id, member_id, fen, points, back_fen, taken)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (merchant_id, sale_id, n) DO UPDATE SET purse_id = excluded.purse_id, member_id = excluded.member_id, fen = excluded.fen,
			points = excluded.points, back_fen = excluded.back_fen, taken = excluded.taken`,
		values{l.Merchant, l.Sale, l.N, l.Purse, l.Member, l.Fen, l.Points, l.BackFen, l.Taken})
	return err
}
