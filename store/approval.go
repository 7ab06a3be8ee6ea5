package store

import (
	"time"

	"guitai"
)

// Approval is a manager's leave for one deed, or one act of a till, of one
// amount at one till.
type Approval struct {
	ID       string // empty: only its token names it
	Merchant guitai.MerchantID
	Shop     guitai.ShopID
	Till     guitai.TillID
	Staff    guitai.StaffID // the manager
	AskedBy  guitai.StaffID // who was at the till
	Deed     guitai.Deed    // or the act
	Amount   guitai.Money
	Sale     guitai.SaleID
	About    string
	How      guitai.How
	MadeAt   time.Time
	Expires  time.Time
	UsedAt   time.Time
	UsedFor  string
}

// InsertApproval stores an approval under the hash of its token; an act's has
// none that anybody could send.
func (tx *Tx) InsertApproval(hash string, a Approval) error {
	if a.How == "" {
		a.How = guitai.ByPIN
	}
	_, err := tx.exec(`INSERT INTO approval (token_hash, merchant_id, till_id, staff_id, deed, amount_fen, currency, expires_us, used_us, used_for,
			id, shop_id, asked_by, sale_id, about, how, made_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9, $10, $11, $12, $13, $14, $15)`,
		values{hash, a.Merchant, a.Till, a.Staff, a.Deed, a.Amount.Fen, a.Amount.Currency, us(a.Expires), a.ID, a.Shop, a.AskedBy, a.Sale,
			a.About, a.How, us(tx.Now())})
	return err
}

// UseApproval uses an approval up for one thing and says whose it is. ErrNoRow
// when there is none for this very deed, amount and till, or it was used.
func (tx *Tx) UseApproval(hash string, a Approval, use string) (guitai.StaffID, error) {
	now := us(tx.Now())
	err := tx.execOne(`UPDATE approval SET used_us = $8, used_for = $7 WHERE token_hash = $1 AND merchant_id = $2 AND till_id = $3
		AND deed = $4 AND amount_fen = $5 AND currency = $6 AND used_us = 0 AND expires_us > $8`,
		values{hash, a.Merchant, a.Till, a.Deed, a.Amount.Fen, a.Amount.Currency, use, now})
	if err != nil {
		return "", err
	}
	var by guitai.StaffID
	return by, tx.row(`SELECT staff_id FROM approval WHERE token_hash = $1`, values{hash}, &by)
}

// ActUse is an act that names an approval, as the till's journal tells it.
type ActUse struct {
	Merchant  guitai.MerchantID
	Till      guitai.TillID
	Approval  string // apr_…
	Act       guitai.TillAct
	AmountFen int64
	Sale      guitai.SaleID
	At        time.Time // by the till's clock: the entry may arrive days later
	For       string    // what uses it up: the same may name it again, nothing else
}

// clockSlack is by how much a till's clock may be off the time at which an
// approval was given.
const clockSlack = 2 * time.Minute

// UseAct uses an approval up for one act. ErrNoRow when there is none for this
// act at this till of at least this amount, at that time, or another thing used
// it.
func (tx *Tx) UseAct(u ActUse) error {
	return tx.execOne(`UPDATE approval SET used_us = CASE WHEN used_us = 0 THEN $9 ELSE used_us END, used_for = $8
		WHERE merchant_id = $1 AND id = $2 AND id <> '' AND till_id = $3 AND deed = $4 AND amount_fen >= $5 AND (sale_id = '' OR sale_id = $6)
			AND made_us <= $7 AND expires_us > $10 AND (used_us = 0 OR used_for = $8)`,
		values{u.Merchant, u.Approval, u.Till, u.Act, u.AmountFen, u.Sale, us(u.At.Add(clockSlack)), u.For, us(tx.Now()), us(u.At.Add(-clockSlack))})
}

const approvalColumns = `id, merchant_id, shop_id, till_id, staff_id, asked_by, deed, amount_fen, currency, sale_id, about, how, made_us, expires_us, used_us, used_for`

func scanApproval(r scanner) (Approval, error) {
	var a Approval
	var made, expires, used int64
	err := r.Scan(&a.ID, &a.Merchant, &a.Shop, &a.Till, &a.Staff, &a.AskedBy, &a.Deed, &a.Amount.Fen, &a.Amount.Currency, &a.Sale, &a.About,
		&a.How, &made, &expires, &used, &a.UsedFor)
	a.MadeAt, a.Expires, a.UsedAt = timeOf(made), timeOf(expires), timeOf(used)
	return a, err
}

// ApprovalByID reads an approval of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) ApprovalByID(m guitai.MerchantID, id string) (Approval, error) {
	return one(tx, `SELECT `+approvalColumns+` FROM approval WHERE merchant_id = $1 AND id = $2 AND id <> ''`, values{m, id}, scanApproval)
}

// Approvals lists what managers of a merchant allowed before a time, newest
// first.
func (tx *ReadTx) Approvals(m guitai.MerchantID, before time.Time, limit int) ([]Approval, error) {
	at := int64(1) << 62
	if !before.IsZero() {
		at = us(before)
	}
	return all(tx, `SELECT `+approvalColumns+` FROM approval WHERE merchant_id = $1 AND made_us < $2 AND made_us > 0
		ORDER BY made_us DESC, id LIMIT $3 + 0`, values{m, at, limit}, scanApproval)
}

const askColumns = `merchant_id, id, shop_id, till_id, staff_id, act, amount_fen, sale_id, about, state, made_us, expires_us, answered_us, answered_by, approval_id`

func scanAsk(r scanner) (guitai.ApprovalAsk, error) {
	var a guitai.ApprovalAsk
	var made, expires, answered int64
	err := r.Scan(&a.Merchant, &a.ID, &a.Till.Shop, &a.Till.ID, &a.Staff, &a.Act, &a.AmountFen, &a.Sale, &a.About, &a.State, &made, &expires,
		&answered, &a.AnsweredBy, &a.Approval)
	a.MadeAt, a.ExpiresAt, a.AnsweredAt = timeOf(made), timeOf(expires), timeOf(answered)
	return a, err
}

// InsertAsk stores a request; ErrNoRow when there is one of that name.
func (tx *Tx) InsertAsk(a guitai.ApprovalAsk) error {
	return tx.execOne(`INSERT INTO approval_request (`+askColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, '', '')
		ON CONFLICT (merchant_id, id) DO NOTHING`,
		values{a.Merchant, a.ID, a.Till.Shop, a.Till.ID, a.Staff, a.Act, a.AmountFen, a.Sale, a.About, a.State, us(a.MadeAt), us(a.ExpiresAt)})
}

// AnswerAsk answers a request; ErrNoRow when it is not open any more.
func (tx *Tx) AnswerAsk(a guitai.ApprovalAsk) error {
	return tx.execOne(`UPDATE approval_request SET state = $3, answered_us = $4, answered_by = $5, approval_id = $6
		WHERE merchant_id = $1 AND id = $2 AND state = 'open' AND expires_us > $4`,
		values{a.Merchant, a.ID, a.State, us(tx.Now()), a.AnsweredBy, a.Approval})
}

// Ask reads a request of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) Ask(m guitai.MerchantID, id string) (guitai.ApprovalAsk, error) {
	return one(tx, `SELECT `+askColumns+` FROM approval_request WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanAsk)
}

// OpenAsks lists what waits in a shop for an answer, the oldest first.
func (tx *ReadTx) OpenAsks(m guitai.MerchantID, shop guitai.ShopID, limit int) ([]guitai.ApprovalAsk, error) {
	return all(tx, `SELECT `+askColumns+` FROM approval_request WHERE merchant_id = $1 AND shop_id = $2 AND state = 'open' AND expires_us > $3
		ORDER BY made_us, id LIMIT $4 + 0`, values{m, shop, us(tx.Now()), limit}, scanAsk)
}

// LeaveCode is six digits that a manager made for one act of one amount at one
// till.
type LeaveCode struct {
	Merchant guitai.MerchantID
	Till     guitai.TillID
	Act      guitai.TillAct
	Fen      int64
	Shop     guitai.ShopID
	Staff    guitai.StaffID
	MAC      string
	Tries    int64
	Expires  time.Time
}

// SaveLeaveCode stores a code in the place of an earlier one for the same.
func (tx *Tx) SaveLeaveCode(c LeaveCode) error {
	if _, err := tx.exec(`DELETE FROM approval_code WHERE expires_us <= $1`, values{us(tx.Now())}); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO approval_code (merchant_id, till_id, act, amount_fen, shop_id, staff_id, code_mac, tries, expires_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
		ON CONFLICT (merchant_id, till_id, act, amount_fen) DO UPDATE SET staff_id = excluded.staff_id, code_mac = excluded.code_mac, tries = 0,
			expires_us = excluded.expires_us`, values{c.Merchant, c.Till, c.Act, c.Fen, c.Shop, c.Staff, c.MAC, us(c.Expires)})
	return err
}

// LeaveCodeFor reads the code for an act of an amount at a till; ErrNoRow when
// there is none that lives.
func (tx *ReadTx) LeaveCodeFor(c LeaveCode) (LeaveCode, error) {
	return one(tx, `SELECT merchant_id, till_id, act, amount_fen, shop_id, staff_id, code_mac, tries, expires_us FROM approval_code
		WHERE merchant_id = $1 AND till_id = $2 AND act = $3 AND amount_fen = $4 AND expires_us > $5`,
		values{c.Merchant, c.Till, c.Act, c.Fen, us(tx.Now())}, func(r scanner) (LeaveCode, error) {
			var c LeaveCode
			var expires int64
			err := r.Scan(&c.Merchant, &c.Till, &c.Act, &c.Fen, &c.Shop, &c.Staff, &c.MAC, &c.Tries, &expires)
			c.Expires = timeOf(expires)
			return c, err
		})
}

// CountLeaveTry counts a wrong try against every code of a till.
func (tx *Tx) CountLeaveTry(m guitai.MerchantID, t guitai.TillID) error {
	_, err := tx.exec(`UPDATE approval_code SET tries = tries + 1 WHERE merchant_id = $1 AND till_id = $2`, values{m, t})
	return err
}

// DropLeaveCode takes a code away.
func (tx *Tx) DropLeaveCode(c LeaveCode) error {
	return tx.execOne(`DELETE FROM approval_code WHERE merchant_id = $1 AND till_id = $2 AND act = $3 AND amount_fen = $4 AND code_mac = $5`,
		values{c.Merchant, c.Till, c.Act, c.Fen, c.MAC})
}
