package store

import (
	"encoding/base64"
	"time"

	"guitai"
)

// SaveEnrolment stores the code that waits to be typed at a till, in place of
// the one before.
func (tx *Tx) SaveEnrolment(e guitai.Enrolment) error {
	_, err := tx.exec(`INSERT INTO enrolment_code (till_id, code_mac, staff_id, tries, created_us, expires_us)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (till_id) DO UPDATE SET code_mac = excluded.code_mac, staff_id = excluded.staff_id,
			tries = excluded.tries, created_us = excluded.created_us, expires_us = excluded.expires_us`,
		values{e.Till, e.CodeMAC, e.By, e.Tries, us(e.CreatedAt), us(e.ExpiresAt)})
	return err
}

// Enrolment reads the code that waits to be typed at a till; ErrNoRow when
// there is none.
func (tx *ReadTx) Enrolment(t guitai.TillID) (guitai.Enrolment, error) {
	return one(tx, `SELECT till_id, code_mac, staff_id, tries, created_us, expires_us FROM enrolment_code WHERE till_id = $1`,
		values{t}, func(r scanner) (guitai.Enrolment, error) {
			var e guitai.Enrolment
			var created, expires int64
			err := r.Scan(&e.Till, &e.CodeMAC, &e.By, &e.Tries, &created, &expires)
			e.CreatedAt, e.ExpiresAt = timeOf(created), timeOf(expires)
			return e, err
		})
}

// DeleteEnrolment takes a till's code away; it is no error if there is none.
func (tx *Tx) DeleteEnrolment(t guitai.TillID) error {
	_, err := tx.exec(`DELETE FROM enrolment_code WHERE till_id = $1`, values{t})
	return err
}

// InsertTillKey stores a new key. It violates "till_key_one_live" when its till
// has a live one, and "till_key_pkey" when the key is known.
func (tx *Tx) InsertTillKey(k guitai.TillKey) error {
	_, err := tx.exec(`INSERT INTO till_key (id, merchant_id, till_id, public_key, staff_id, clock_off_us, bound_us, revoked_us, released_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		values{k.ID, k.Merchant, k.Till, base64.StdEncoding.EncodeToString(k.Public), k.By, k.ClockOff.Microseconds(),
			us(k.BoundAt), us(k.RevokedAt), us(k.ReleasedAt)})
	return err
}

const tillKeyColumns = `id, merchant_id, till_id, public_key, staff_id, clock_off_us, bound_us, revoked_us, released_us`

func scanTillKey(r scanner) (guitai.TillKey, error) {
	var k guitai.TillKey
	var public string
	var off, bound, revoked, released int64
	err := r.Scan(&k.ID, &k.Merchant, &k.Till, &public, &k.By, &off, &bound, &revoked, &released)
	if err != nil {
		return k, err
	}
	k.ClockOff = time.Duration(off) * time.Microsecond
	k.BoundAt, k.RevokedAt, k.ReleasedAt = timeOf(bound), timeOf(revoked), timeOf(released)
	k.Public, err = base64.StdEncoding.DecodeString(public)
	return k, err
}

// TillKey reads one key, live or not; ErrNoRow when there is none.
func (tx *ReadTx) TillKey(id guitai.TillKeyID) (guitai.TillKey, error) {
	return one(tx, `SELECT `+tillKeyColumns+` FROM till_key WHERE id = $1`, values{id}, scanTillKey)
}

// TillKeys lists the keys that a till ever had, newest first.
func (tx *ReadTx) TillKeys(t guitai.TillID) ([]guitai.TillKey, error) {
	return all(tx, `SELECT `+tillKeyColumns+` FROM till_key WHERE till_id = $1 ORDER BY bound_us DESC, id LIMIT 100`, values{t}, scanTillKey)
}

// BoundKey reads what a till is bound by: its live key, else one that was
// revoked and not released. ErrNoRow: the till is not bound.
func (tx *ReadTx) BoundKey(t guitai.TillID) (guitai.TillKey, error) {
	return one(tx, `SELECT `+tillKeyColumns+` FROM till_key WHERE till_id = $1 AND released_us = 0
		ORDER BY revoked_us, bound_us DESC LIMIT 1`, values{t}, scanTillKey)
}

// BoundTills lists the tills that are bound.
func (tx *ReadTx) BoundTills() ([]guitai.TillID, error) {
	return all(tx, `SELECT DISTINCT till_id FROM till_key WHERE released_us = 0`, nil, func(r scanner) (guitai.TillID, error) {
		var id guitai.TillID
		return id, r.Scan(&id)
	})
}

// UpdateTillKey stores what may change of a key: when it was revoked and
// released, and how far its till's clock is off.
func (tx *Tx) UpdateTillKey(k guitai.TillKey) error {
	return tx.execOne(`UPDATE till_key SET clock_off_us = $2, revoked_us = $3, released_us = $4 WHERE id = $1`,
		values{k.ID, k.ClockOff.Microseconds(), us(k.RevokedAt), us(k.ReleasedAt)})
}

// InsertOfflineSlot stores the digits of a new slot.
func (tx *Tx) InsertOfflineSlot(s guitai.OfflineSlot) error {
	_, err := tx.exec(`INSERT INTO offline_slot (key_id, slot, sealed, payment_id, created_us) VALUES ($1, $2, $3, $4, $5)`,
		values{s.Key, int64(s.Slot), s.Sealed, s.Payment, us(s.CreatedAt)})
	return err
}

// LastOfflineSlot is the highest slot that a key has; 0 when it has none.
func (tx *ReadTx) LastOfflineSlot(k guitai.TillKeyID) (uint32, error) {
	var n int64
	err := tx.row(`SELECT COALESCE(MAX(slot), 0) FROM offline_slot WHERE key_id = $1`, values{k}, &n)
	return uint32(n), err
}

// OfflineSlotsSince counts the slots that a key was given since a time.
func (tx *ReadTx) OfflineSlotsSince(k guitai.TillKeyID, since time.Time) (int64, error) {
	var n int64
	err := tx.row(`SELECT COUNT(*) FROM offline_slot WHERE key_id = $1 AND created_us >= $2`, values{k, us(since)}, &n)
	return n, err
}

// OfflineSlot reads one slot; ErrNoRow when there is none.
func (tx *ReadTx) OfflineSlot(k guitai.TillKeyID, slot uint32) (guitai.OfflineSlot, error) {
	return one(tx, `SELECT key_id, slot, sealed, payment_id, created_us FROM offline_slot WHERE key_id = $1 AND slot = $2`,
		values{k, int64(slot)}, func(r scanner) (guitai.OfflineSlot, error) {
			var s guitai.OfflineSlot
			var created, n int64
			err := r.Scan(&s.Key, &n, &s.Sealed, &s.Payment, &created)
			s.Slot, s.CreatedAt = uint32(n), timeOf(created)
			return s, err
		})
}

// TakeOfflineSlot gives a slot to a payment, once.
func (tx *Tx) TakeOfflineSlot(k guitai.TillKeyID, slot uint32, p guitai.PaymentID) error {
	return tx.execOne(`UPDATE offline_slot SET payment_id = $3 WHERE key_id = $1 AND slot = $2 AND (payment_id = '' OR payment_id = $3)`,
		values{k, int64(slot), p})
}

// SaveOfflineCode stores an offline code that was opened; opened again it stays
// as it was first.
func (tx *Tx) SaveOfflineCode(c guitai.OfflineCode) error {
	_, err := tx.exec(`INSERT INTO offline_code (key_id, nonce, merchant_id, sale, tender, amount_fen, currency, slot, opened_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key_id, nonce) DO NOTHING`,
		values{c.Key, c.Nonce, c.Merchant, c.Sale, c.Tender, c.Amount.Fen, c.Amount.Currency, int64(c.Slot), us(c.OpenedAt)})
	return err
}

// OfflineCodeOf reads the offline code of a tender that was opened last for an
// amount; ErrNoRow when none was.
func (tx *ReadTx) OfflineCodeOf(m guitai.MerchantID, sale, tender string, amount guitai.Money) (guitai.OfflineCode, error) {
	return one(tx, `SELECT key_id, nonce, merchant_id, sale, tender, amount_fen, currency, slot, opened_us FROM offline_code
		WHERE merchant_id = $1 AND sale = $2 AND tender = $3 AND amount_fen = $4 AND currency = $5
		ORDER BY opened_us DESC, nonce LIMIT 1`,
		values{m, sale, tender, amount.Fen, amount.Currency}, func(r scanner) (guitai.OfflineCode, error) {
			var c guitai.OfflineCode
			var opened, slot int64
			err := r.Scan(&c.Key, &c.Nonce, &c.Merchant, &c.Sale, &c.Tender, &c.Amount.Fen, &c.Amount.Currency, &slot, &opened)
			c.Slot, c.OpenedAt = uint32(slot), timeOf(opened)
			return c, err
		})
}

// SaveSettledOtherwise marks a tender as settled without its code. The first
// mark stays.
func (tx *Tx) SaveSettledOtherwise(s guitai.SettledOtherwise) error {
	_, err := tx.exec(`INSERT INTO offline_settled (merchant_id, sale, tender, till_id, staff_id, at_us)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (merchant_id, sale, tender) DO NOTHING`,
		values{s.Merchant, s.Sale, s.Tender, s.Till, s.Staff, us(s.At)})
	return err
}

// SettledOtherwise reads the mark of a tender; ErrNoRow when it has none.
func (tx *ReadTx) SettledOtherwise(m guitai.MerchantID, sale, tender string) (guitai.SettledOtherwise, error) {
	return one(tx, `SELECT merchant_id, sale, tender, till_id, staff_id, at_us FROM offline_settled
		WHERE merchant_id = $1 AND sale = $2 AND tender = $3`, values{m, sale, tender},
		func(r scanner) (guitai.SettledOtherwise, error) {
			var s guitai.SettledOtherwise
			var at int64
			err := r.Scan(&s.Merchant, &s.Sale, &s.Tender, &s.Till, &s.Staff, &at)
			s.At = timeOf(at)
			return s, err
		})
}
