package store

import (
	"encoding/json"
	"time"

	"guitai"
)

const shiftColumns = `s.merchant_id, s.id, s.shop_id, s.till_id, s.book_id, s.staff_id, s.state, s.float_fen, s.notes, s.opened_us, s.closing,
	COALESCE((SELECT z.n FROM z_report z WHERE z.merchant_id = s.merchant_id AND z.shift_id = s.id), 0)`

// notesRow and closingRow are how a shift's notes and its closing are stored.
type notesRow struct {
	Fen int64 `json:"fen"`
	N   int64 `json:"n"`
}

type countedRow struct {
	Tender guitai.TenderKind `json:"tender"`
	Fen    int64             `json:"fen"`
	Notes  []notesRow        `json:"notes,omitempty"`
}

type closingRow struct {
	AtUS     int64          `json:"at_us"`
	Staff    guitai.StaffID `json:"staff"`
	Counted  []countedRow   `json:"counted"`
	Expected []countedRow   `json:"expected"`
	AskedUS  int64          `json:"asked_us"`
	Agreed   int64          `json:"agreed"`
	Open     int64          `json:"open"`
	Differs  int64          `json:"differs"`
	Note     string         `json:"note"`
	Approval string         `json:"approval"`
}

func notesOf(rows []notesRow) []guitai.Notes {
	var list []guitai.Notes
	for _, r := range rows {
		list = append(list, guitai.Notes{Fen: r.Fen, N: r.N})
	}
	return list
}

func rowsOf(list []guitai.Notes) []notesRow {
	var rows []notesRow
	for _, n := range list {
		rows = append(rows, notesRow{n.Fen, n.N})
	}
	return rows
}

func (c closingRow) closing() guitai.ShiftClose {
	out := guitai.ShiftClose{At: timeOf(c.AtUS), Staff: c.Staff, Note: c.Note, Approval: c.Approval,
		Wallets: guitai.WalletsSaid{AskedAt: timeOf(c.AskedUS), Agreed: c.Agreed, Open: c.Open, Differs: c.Differs}}
	for _, r := range c.Counted {
		out.Counted = append(out.Counted, guitai.Counted{Tender: r.Tender, Fen: r.Fen, Notes: notesOf(r.Notes)})
	}
	for _, r := range c.Expected {
		out.Expected = append(out.Expected, guitai.TenderFen{Tender: r.Tender, Fen: r.Fen})
	}
	return out
}

func closingOf(c guitai.ShiftClose) closingRow {
	row := closingRow{AtUS: us(c.At), Staff: c.Staff, AskedUS: us(c.Wallets.AskedAt), Agreed: c.Wallets.Agreed, Open: c.Wallets.Open,
		Differs: c.Wallets.Differs, Note: c.Note, Approval: c.Approval}
	for _, n := range c.Counted {
		row.Counted = append(row.Counted, countedRow{n.Tender, n.Fen, rowsOf(n.Notes)})
	}
	for _, e := range c.Expected {
		row.Expected = append(row.Expected, countedRow{Tender: e.Tender, Fen: e.Fen})
	}
	return row
}

func scanShift(r scanner) (guitai.Shift, error) {
	var s guitai.Shift
	var notes, closing string
	var opened int64
	err := r.Scan(&s.Merchant, &s.ID, &s.Shop, &s.Till, &s.Book, &s.Staff, &s.State, &s.FloatFen, &notes, &opened, &closing, &s.Z)
	s.OpenedAt = timeOf(opened)
	var rows []notesRow
	if err == nil && notes != "" {
		err = json.Unmarshal([]byte(notes), &rows)
		s.Notes = notesOf(rows)
	}
	if err == nil && closing != "" {
		var row closingRow
		err = json.Unmarshal([]byte(closing), &row)
		s.Close = row.closing()
	}
	return s, err
}

// InsertShift stores a shift that was opened. It violates "shift_pkey" when the
// merchant has one of that ID.
func (tx *Tx) InsertShift(s guitai.Shift) error {
	notes := ""
	if len(s.Notes) > 0 {
		b, err := json.Marshal(rowsOf(s.Notes))
		if err != nil {
			return err
		}
		notes = string(b)
	}
	_, err := tx.exec(`INSERT INTO shift (merchant_id, id, shop_id, till_id, book_id, staff_id, state, float_fen, notes, opened_us, closed_us, closing,
			confirmed) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, 0, '', '')`,
		values{s.Merchant, s.ID, s.Shop, s.Till, s.Book, s.Staff, s.FloatFen, notes, us(s.OpenedAt)})
	return err
}

// CloseShift stores how a shift was closed. ErrNoRow when it is none that is
// open.
func (tx *Tx) CloseShift(s guitai.Shift) error {
	b, err := json.Marshal(closingOf(s.Close))
	if err != nil {
		return err
	}
	return tx.execOne(`UPDATE shift SET state = 'closed', closed_us = $3, closing = $4 WHERE merchant_id = $1 AND id = $2 AND state = 'open'`,
		values{s.Merchant, s.ID, us(s.Close.At), string(b)})
}

// Shift reads one shift; ErrNoRow when there is none.
func (tx *ReadTx) Shift(m guitai.MerchantID, id guitai.ShiftID) (guitai.Shift, error) {
	return one(tx, `SELECT `+shiftColumns+` FROM shift s WHERE s.merchant_id = $1 AND s.id = $2`, values{m, id}, scanShift)
}

// ShiftFilter chooses shifts of one merchant, the latest first. Empty fields
// choose all.
type ShiftFilter struct {
	Merchant guitai.MerchantID
	Till     guitai.TillID
	State    guitai.ShiftState
	From, To time.Time // opened from, and before
	Before   ShiftPlace
	Limit    int
}

// ShiftPlace is where a page of shifts ended.
type ShiftPlace struct {
	OpenedAt time.Time
	ID       guitai.ShiftID
}

// Shifts lists shifts.
func (tx *ReadTx) Shifts(f ShiftFilter) ([]guitai.Shift, error) {
	return all(tx, `SELECT `+shiftColumns+` FROM shift s
		WHERE s.merchant_id = $1 AND ($2 = '' OR s.till_id = $2) AND ($3 = '' OR s.state = $3) AND s.opened_us >= $4 AND s.opened_us < $5
		  AND (s.opened_us < $6 OR s.opened_us = $6 AND s.id < $7) ORDER BY s.opened_us DESC, s.id DESC LIMIT $8 + 0`,
		values{f.Merchant, f.Till, f.State, us(f.From), usOrEnd(f.To), usOrEnd(f.Before.OpenedAt), f.Before.ID, f.Limit}, scanShift)
}

// SaveConfirmed stores the wallets' answers to a shift, as opaque JSON.
func (tx *Tx) SaveConfirmed(m guitai.MerchantID, id guitai.ShiftID, body string) error {
	return tx.execOne(`UPDATE shift SET confirmed = $3 WHERE merchant_id = $1 AND id = $2`, values{m, id, body})
}

// Confirmed reads them; empty: the wallets were never asked.
func (tx *ReadTx) Confirmed(m guitai.MerchantID, id guitai.ShiftID) (string, error) {
	var body string
	err := tx.row(`SELECT confirmed FROM shift WHERE merchant_id = $1 AND id = $2`, values{m, id}, &body)
	return body, err
}

// InsertCashMove stores a movement of the drawer. It violates "cash_move_pkey"
// when the merchant has one of that ID.
func (tx *Tx) InsertCashMove(c guitai.CashMove) error {
	_, err := tx.exec(`INSERT INTO cash_move (merchant_id, id, shift_id, till_id, staff_id, kind, amount_fen, reason, approval, at_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		values{c.Merchant, c.ID, c.Shift, c.Till, c.Staff, c.Kind, c.AmountFen, c.Reason, c.Approval, us(c.At)})
	return err
}

const moveColumns = `merchant_id, id, shift_id, till_id, staff_id, kind, amount_fen, reason, approval, at_us`

func scanMove(r scanner) (guitai.CashMove, error) {
	var c guitai.CashMove
	var at int64
	err := r.Scan(&c.Merchant, &c.ID, &c.Shift, &c.Till, &c.Staff, &c.Kind, &c.AmountFen, &c.Reason, &c.Approval, &at)
	c.At = timeOf(at)
	return c, err
}

// CashMove reads one movement; ErrNoRow when there is none.
func (tx *ReadTx) CashMove(m guitai.MerchantID, id string) (guitai.CashMove, error) {
	return one(tx, `SELECT `+moveColumns+` FROM cash_move WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanMove)
}

// CashMoves lists the movements of a shift's drawer in their order.
func (tx *ReadTx) CashMoves(m guitai.MerchantID, shift guitai.ShiftID) ([]guitai.CashMove, error) {
	return all(tx, `SELECT `+moveColumns+` FROM cash_move WHERE merchant_id = $1 AND shift_id = $2 ORDER BY at_us, id`, values{m, shift}, scanMove)
}

// LastZ is the number of a till's last Z report; 0 when it has none. It is read
// in a serial transaction by whoever gives the next.
func (tx *ReadTx) LastZ(t guitai.TillID) (int64, error) {
	var n int64
	err := tx.row(`SELECT COALESCE(MAX(n), 0) FROM z_report WHERE till_id = $1`, values{t}, &n)
	return n, err
}

// InsertZ stores a Z report. It violates "z_report_by_number" when the till has
// one of that number, and "z_report_pkey" when the shift has one.
func (tx *Tx) InsertZ(z guitai.ZReport) error {
	_, err := tx.exec(`INSERT INTO z_report (merchant_id, shift_id, till_id, n, at_us, text, figures) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		values{z.Merchant, z.Shift, z.Till, z.N, us(z.At), z.Text, z.Figures})
	return err
}

// Z reads the Z report of a shift; ErrNoRow when it has none.
func (tx *ReadTx) Z(m guitai.MerchantID, shift guitai.ShiftID) (guitai.ZReport, error) {
	return one(tx, `SELECT merchant_id, shift_id, till_id, n, at_us, text, figures FROM z_report WHERE merchant_id = $1 AND shift_id = $2`,
		values{m, shift}, func(r scanner) (guitai.ZReport, error) {
			var z guitai.ZReport
			var at int64
			err := r.Scan(&z.Merchant, &z.Shift, &z.Till, &z.N, &at, &z.Text, &z.Figures)
			z.At = timeOf(at)
			return z, err
		})
}
