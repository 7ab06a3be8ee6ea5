package store

import (
	"time"

	"guitai"
)

// InsertMerchant stores a new merchant.
func (tx *Tx) InsertMerchant(m guitai.Merchant) error {
	_, err := tx.exec(`INSERT INTO merchant (id, name, created_us) VALUES ($1, $2, $3)`, values{m.ID, m.Name, us(m.CreatedAt)})
	return err
}

// Merchants lists all merchants.
func (tx *ReadTx) Merchants() ([]guitai.Merchant, error) {
	return all(tx, `SELECT id, name, created_us FROM merchant ORDER BY id`, nil, func(r scanner) (guitai.Merchant, error) {
		var m guitai.Merchant
		var created int64
		err := r.Scan(&m.ID, &m.Name, &created)
		m.CreatedAt = timeOf(created)
		return m, err
	})
}

// InsertShop stores a new shop.
func (tx *Tx) InsertShop(s guitai.Shop) error {
	_, err := tx.exec(`INSERT INTO shop (id, merchant_id, name, address, phone, zone, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		values{s.ID, s.Merchant, s.Name, s.Address, s.Phone, s.Zone, us(s.CreatedAt)})
	return err
}

const shopColumns = `s.id, s.merchant_id, s.name, s.address, s.phone, s.zone, s.created_us`

// shopDest is where shopColumns are read into; created goes into the int64.
func shopDest(s *guitai.Shop, created *int64) []any {
	return []any{&s.ID, &s.Merchant, &s.Name, &s.Address, &s.Phone, &s.Zone, created}
}

func scanShop(r scanner) (guitai.Shop, error) {
	var s guitai.Shop
	var created int64
	err := r.Scan(shopDest(&s, &created)...)
	s.CreatedAt = timeOf(created)
	return s, err
}

// Shops lists the shops of a merchant.
func (tx *ReadTx) Shops(m guitai.MerchantID) ([]guitai.Shop, error) {
	return all(tx, `SELECT `+shopColumns+` FROM shop s WHERE s.merchant_id = $1 ORDER BY s.id`, values{m}, scanShop)
}

// Shop reads one shop of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) Shop(m guitai.MerchantID, id guitai.ShopID) (guitai.Shop, error) {
	return one(tx, `SELECT `+shopColumns+` FROM shop s WHERE s.merchant_id = $1 AND s.id = $2`, values{m, id}, scanShop)
}

const tillColumns = `t.id, t.merchant_id, t.shop_id, t.number, t.name, t.printer, t.paper, t.created_us`

func tillDest(t *guitai.Till, created *int64) []any {
	return []any{&t.ID, &t.Merchant, &t.Shop, &t.Number, &t.Name, &t.Printer, &t.Paper, created}
}

func scanTill(r scanner) (guitai.Till, error) {
	var t guitai.Till
	var created int64
	err := r.Scan(tillDest(&t, &created)...)
	t.CreatedAt = timeOf(created)
	return t, err
}

// InsertTill stores a new till. It violates "till_by_number" when its shop has
// one with that number.
func (tx *Tx) InsertTill(t guitai.Till) error {
	_, err := tx.exec(`INSERT INTO till (id, merchant_id, shop_id, number, name, printer, paper, created_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		values{t.ID, t.Merchant, t.Shop, t.Number, t.Name, t.Printer, t.Paper, us(t.CreatedAt)})
	return err
}

// UpdateTillPrinter sets where a till prints.
func (tx *Tx) UpdateTillPrinter(id guitai.TillID, printer string, paper int) error {
	return tx.execOne(`UPDATE till SET printer = $2, paper = $3 WHERE id = $1`, values{id, printer, paper})
}

// Till reads one till; ErrNoRow when there is none.
func (tx *ReadTx) Till(id guitai.TillID) (guitai.Till, error) {
	return one(tx, `SELECT `+tillColumns+` FROM till t WHERE t.id = $1`, values{id}, scanTill)
}

// AllTills lists every till of the house.
func (tx *ReadTx) AllTills() ([]guitai.Till, error) {
	return all(tx, `SELECT `+tillColumns+` FROM till t ORDER BY t.shop_id, t.number`, nil, scanTill)
}

const staffColumns = `f.id, f.merchant_id, f.shop_id, f.number, f.name, f.role, f.pin_hash, f.limits, f.gone, f.changed, f.created_us`

func staffDest(f *guitai.Staff, created *int64) []any {
	return []any{&f.ID, &f.Merchant, &f.Shop, &f.Number, &f.Name, &f.Role, &f.PINHash, limits{&f.Limits}, yes{&f.Gone}, &f.Changed, created}
}

func scanStaff(r scanner) (guitai.Staff, error) {
	var f guitai.Staff
	var created int64
	err := r.Scan(staffDest(&f, &created)...)
	f.CreatedAt = timeOf(created)
	return f, err
}

// InsertStaff stores a new person. It violates "staff_by_number" when the shop
// has somebody with that number.
func (tx *Tx) InsertStaff(f guitai.Staff) error {
	own, err := limitsText(f.Limits)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO staff (id, merchant_id, shop_id, number, name, role, pin_hash, limits, gone, changed, created_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		values{f.ID, f.Merchant, f.Shop, f.Number, f.Name, f.Role, f.PINHash, own, flag(f.Gone), f.Changed, us(f.CreatedAt)})
	return err
}

// UpdateStaff stores a changed person: all but the merchant, the shop and when
// it was hired.
func (tx *Tx) UpdateStaff(f guitai.Staff) error {
	own, err := limitsText(f.Limits)
	if err != nil {
		return err
	}
	return tx.execOne(`UPDATE staff SET number = $3, name = $4, role = $5, pin_hash = $6, limits = $7, gone = $8, changed = $9
		WHERE merchant_id = $1 AND id = $2`,
		values{f.Merchant, f.ID, f.Number, f.Name, f.Role, f.PINHash, own, flag(f.Gone), f.Changed})
}

// StaffChanged lists the people of a shop, or with "" of all shops, by their
// changes.
func (tx *ReadTx) StaffChanged(shop guitai.ShopID, w Rows) ([]guitai.Staff, error) {
	return all(tx, `SELECT `+staffColumns+` FROM staff f WHERE f.merchant_id = $1 AND ($2 = '' OR f.shop_id = $2)
		AND f.changed > $3 AND (f.gone = 0 OR $4 = 1) ORDER BY f.changed, f.number LIMIT $5 + 0`,
		values{w.Merchant, shop, w.After, w.Gone, w.Limit}, scanStaff)
}

// Owners counts the owners of a merchant who work there still.
func (tx *ReadTx) Owners(m guitai.MerchantID) (int, error) {
	var n int
	err := tx.row(`SELECT COUNT(*) FROM staff WHERE merchant_id = $1 AND role = 'owner' AND gone = 0`, values{m}, &n)
	return n, err
}

// SignOutStaff ends every session of a person.
func (tx *Tx) SignOutStaff(id guitai.StaffID) error {
	_, err := tx.exec(`DELETE FROM session WHERE staff_id = $1`, values{id})
	return err
}

// StaffByNumber reads the person with a number in a shop who works there still;
// ErrNoRow when there is none.
func (tx *ReadTx) StaffByNumber(shop guitai.ShopID, number string) (guitai.Staff, error) {
	return one(tx, `SELECT `+staffColumns+` FROM staff f WHERE f.shop_id = $1 AND f.number = $2 AND f.gone = 0`, values{shop, number}, scanStaff)
}

// Staff reads one person; ErrNoRow when there is none.
func (tx *ReadTx) Staff(m guitai.MerchantID, id guitai.StaffID) (guitai.Staff, error) {
	return one(tx, `SELECT `+staffColumns+` FROM staff f WHERE f.merchant_id = $1 AND f.id = $2`, values{m, id}, scanStaff)
}

// PINTries is how often a number was tried in a shop since the last right PIN,
// and until when it is locked.
type PINTries struct {
	Tries       int
	LockedUntil time.Time
}

// PINTries reads the tries of a number; none when it was not tried.
func (tx *ReadTx) PINTries(shop guitai.ShopID, number string) (PINTries, error) {
	list, err := all(tx, `SELECT tries, locked_until_us FROM pin_try WHERE shop_id = $1 AND number = $2`, values{shop, number},
		func(r scanner) (PINTries, error) {
			var t PINTries
			var until int64
			err := r.Scan(&t.Tries, &until)
			t.LockedUntil = timeOf(until)
			return t, err
		})
	if err != nil || len(list) == 0 {
		return PINTries{}, err
	}
	return list[0], nil
}

// SetPINTries keeps the tries of a number; none takes the row away.
func (tx *Tx) SetPINTries(shop guitai.ShopID, number string, t PINTries) error {
	if t.Tries == 0 {
		_, err := tx.exec(`DELETE FROM pin_try WHERE shop_id = $1 AND number = $2`, values{shop, number})
		return err
	}
	_, err := tx.exec(`INSERT INTO pin_try (shop_id, number, tries, locked_until_us) VALUES ($1, $2, $3, $4)
		ON CONFLICT (shop_id, number) DO UPDATE SET tries = excluded.tries, locked_until_us = excluded.locked_until_us`,
		values{shop, number, t.Tries, us(t.LockedUntil)})
	return err
}

// InsertSession stores a session under the hash of its token.
func (tx *Tx) InsertSession(hash string, s guitai.Session) error {
	_, err := tx.exec(`INSERT INTO session (token_hash, id, merchant_id, shop_id, till_id, staff_id, created_us, seen_us, expires_us, away)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		values{hash, s.ID, s.Merchant.ID, s.Shop.ID, s.Till.ID, s.Staff.ID, us(s.CreatedAt), us(s.CreatedAt), us(s.ExpiresAt), flag(s.Away)})
	return err
}

// Session reads a session that has not expired at now; ErrNoRow when there is
// none.
func (tx *ReadTx) Session(hash string, now time.Time) (guitai.Session, error) {
	return one(tx, `SELECT e.id, e.away, e.created_us, e.expires_us, m.id, m.name, m.created_us,
			`+shopColumns+`, `+tillColumns+`, `+staffColumns+`
		FROM session e JOIN merchant m ON m.id = e.merchant_id JOIN shop s ON s.id = e.shop_id
			JOIN till t ON t.id = e.till_id JOIN staff f ON f.id = e.staff_id
		WHERE e.token_hash = $1 AND e.expires_us > $2 AND f.gone = 0`, values{hash, us(now)},
		func(r scanner) (guitai.Session, error) {
			var s guitai.Session
			var at [6]int64
			away := 0
			dest := []any{&s.ID, &away, &at[0], &at[1], &s.Merchant.ID, &s.Merchant.Name, &at[2]}
			dest = append(dest, shopDest(&s.Shop, &at[3])...)
			dest = append(dest, tillDest(&s.Till, &at[4])...)
			dest = append(dest, staffDest(&s.Staff, &at[5])...)
			err := r.Scan(dest...)
			s.Away = away == 1
			s.CreatedAt, s.ExpiresAt, s.Merchant.CreatedAt = timeOf(at[0]), timeOf(at[1]), timeOf(at[2])
			s.Shop.CreatedAt, s.Till.CreatedAt, s.Staff.CreatedAt = timeOf(at[3]), timeOf(at[4]), timeOf(at[5])
			return s, err
		})
}

// DeleteSession ends a session; it is no error if there is none.
func (tx *Tx) DeleteSession(hash string) error {
	_, err := tx.exec(`DELETE FROM session WHERE token_hash = $1`, values{hash})
	return err
}

// DeleteExpiredSessions takes away what expired before now.
func (tx *Tx) DeleteExpiredSessions(now time.Time) error {
	_, err := tx.exec(`DELETE FROM session WHERE expires_us <= $1`, values{us(now)})
	return err
}

// APIKey is a key of a merchant's own programs, known by its hash only.
type APIKey struct {
	ID        guitai.KeyID
	Merchant  guitai.MerchantID
	Name      string
	CreatedAt time.Time
	RevokedAt time.Time
}

// InsertAPIKey stores a key under its hash.
func (tx *Tx) InsertAPIKey(hash string, k APIKey) error {
	_, err := tx.exec(`INSERT INTO api_key (key_hash, id, merchant_id, name, created_us, revoked_us) VALUES ($1, $2, $3, $4, $5, 0)`,
		values{hash, k.ID, k.Merchant, k.Name, us(k.CreatedAt)})
	return err
}

// APIKey reads a key that is not revoked; ErrNoRow when there is none.
func (tx *ReadTx) APIKey(hash string) (APIKey, error) {
	return one(tx, `SELECT id, merchant_id, name, created_us FROM api_key WHERE key_hash = $1 AND revoked_us = 0`, values{hash},
		func(r scanner) (APIKey, error) {
			var k APIKey
			var created int64
			err := r.Scan(&k.ID, &k.Merchant, &k.Name, &created)
			k.CreatedAt = timeOf(created)
			return k, err
		})
}

// AllStaff lists the people of a merchant, those who have left too.
func (tx *ReadTx) AllStaff(m guitai.MerchantID) ([]guitai.Staff, error) {
	return all(tx, `SELECT `+staffColumns+` FROM staff f WHERE f.merchant_id = $1 ORDER BY f.shop_id, f.gone, f.number`, values{m}, scanStaff)
}
