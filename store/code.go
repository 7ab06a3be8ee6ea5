package store

import (
	"time"

	"guitai"
)

const codeColumns = `token, merchant_id, shop_id, till_id, name, amount_fen, currency, request, created_us, staff_id,
	revoked_us, revoked_by`

func scanCode(r scanner) (guitai.StaticCode, error) {
	var c guitai.StaticCode
	var created, revoked int64
	err := r.Scan(&c.Token, &c.Merchant, &c.Shop, &c.Till, &c.Name, &c.Amount.Fen, &c.Amount.Currency, &c.Request,
		&created, &c.Staff, &revoked, &c.RevokedBy)
	c.CreatedAt, c.RevokedAt = timeOf(created), timeOf(revoked)
	return c, err
}

// InsertStaticCode puts a new code into the register. It violates
// "static_code_by_request" when the merchant has one of that request.
func (tx *Tx) InsertStaticCode(c guitai.StaticCode) error {
	_, err := tx.exec(`INSERT INTO static_code (`+codeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		values{c.Token, c.Merchant, c.Shop, c.Till, c.Name, c.Amount.Fen, c.Amount.Currency, c.Request, us(c.CreatedAt),
			c.Staff, us(c.RevokedAt), c.RevokedBy})
	return err
}

// StaticCode reads one code, whosever it is; ErrNoRow when there is none.
func (tx *ReadTx) StaticCode(t guitai.CodeToken) (guitai.StaticCode, error) {
	return one(tx, `SELECT `+codeColumns+` FROM static_code WHERE token = $1`, values{t}, scanCode)
}

// StaticCodeOf reads one code of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) StaticCodeOf(m guitai.MerchantID, t guitai.CodeToken) (guitai.StaticCode, error) {
	return one(tx, `SELECT `+codeColumns+` FROM static_code WHERE merchant_id = $1 AND token = $2`, values{m, t}, scanCode)
}

// StaticCodeByRequest reads the code that a request issued; ErrNoRow when
// there is none.
func (tx *ReadTx) StaticCodeByRequest(m guitai.MerchantID, request string) (guitai.StaticCode, error) {
	return one(tx, `SELECT `+codeColumns+` FROM static_code WHERE merchant_id = $1 AND request = $2`, values{m, request}, scanCode)
}

// CodeState chooses codes by whether they may be paid.
type CodeState string

// The states of a code.
const (
	CodesAll     CodeState = ""
	CodesValid   CodeState = "valid"
	CodesRevoked CodeState = "revoked"
)

// CodeFilter chooses static codes of one merchant. Empty fields choose all.
type CodeFilter struct {
	Merchant guitai.MerchantID
	Shop     guitai.ShopID
	State    CodeState
	Before   CodePlace
	Limit    int
}

// CodePlace is where a page of codes ended.
type CodePlace struct {
	CreatedAt time.Time
	Token     guitai.CodeToken
}

// StaticCodes lists codes, newest first.
func (tx *ReadTx) StaticCodes(f CodeFilter) ([]guitai.StaticCode, error) {
	before := int64(1) << 62
	if !f.Before.CreatedAt.IsZero() {
		before = us(f.Before.CreatedAt)
	}
	return all(tx, `SELECT `+codeColumns+` FROM static_code
		WHERE merchant_id = $1 AND ($2 = '' OR shop_id = $2)
		  AND ($3 = '' OR $3 = 'valid' AND revoked_us = 0 OR $3 = 'revoked' AND revoked_us > 0)
		  AND (created_us < $4 OR created_us = $4 AND token < $5)
		ORDER BY created_us DESC, token DESC LIMIT $6 + 0`,
		values{f.Merchant, f.Shop, f.State, before, f.Before.Token, f.Limit}, scanCode)
}

// RevokeStaticCode takes a code out of use. One that is revoked already stays
// as it is; ErrNoRow when the merchant has no such code.
func (tx *Tx) RevokeStaticCode(m guitai.MerchantID, t guitai.CodeToken, by guitai.StaffID) error {
	_, err := tx.exec(`UPDATE static_code SET revoked_us = $3, revoked_by = $4
		WHERE merchant_id = $1 AND token = $2 AND revoked_us = 0`, values{m, t, us(tx.Now()), by})
	if err != nil {
		return err
	}
	_, err = tx.StaticCodeOf(m, t)
	return err
}
