package store

import "guitai"

// Scope says whose settings a row holds.
type Scope string

// The scopes.
const (
	OfShop Scope = "shop"
	OfTill Scope = "till"
)

// Setting is what a shop or a till says otherwise than the usual.
type Setting struct {
	Body    string // JSON; empty: nothing
	Changed int64  // 0: never
}

// Setting reads the settings of a place; nothing when it has none.
func (tx *ReadTx) Setting(m guitai.MerchantID, s Scope, place string) (Setting, error) {
	list, err := all(tx, `SELECT body, changed FROM setting WHERE merchant_id = $1 AND scope = $2 AND place_id = $3`,
		values{m, s, place}, func(r scanner) (Setting, error) {
			var one Setting
			return one, r.Scan(&one.Body, &one.Changed)
		})
	if err != nil || len(list) == 0 {
		return Setting{}, err
	}
	return list[0], nil
}

// SaveSetting stores the settings of a place, new or changed.
func (tx *Tx) SaveSetting(m guitai.MerchantID, s Scope, place string, v Setting) error {
	_, err := tx.exec(`INSERT INTO setting (merchant_id, scope, place_id, body, changed) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (merchant_id, scope, place_id) DO UPDATE SET body = excluded.body, changed = excluded.changed`,
		values{m, s, place, v.Body, v.Changed})
	return err
}

// RoleLimits are the limits of a role.
type RoleLimits struct {
	Role    guitai.Role
	Limits  *guitai.Limits // never nil
	Changed int64
}

// RoleLimits lists the limits of a merchant's roles that it has set.
func (tx *ReadTx) RoleLimits(m guitai.MerchantID) ([]RoleLimits, error) {
	return all(tx, `SELECT role, limits, changed FROM role_limit WHERE merchant_id = $1 ORDER BY role`, values{m},
		func(r scanner) (RoleLimits, error) {
			var l RoleLimits
			return l, r.Scan(&l.Role, limits{&l.Limits}, &l.Changed)
		})
}

// SetRoleLimits stores the limits of a role. The people who have that role and
// no limits of their own are changed with it.
func (tx *Tx) SetRoleLimits(m guitai.MerchantID, l RoleLimits) error {
	text, err := limitsText(l.Limits)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO role_limit (merchant_id, role, limits, changed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (merchant_id, role) DO UPDATE SET limits = excluded.limits, changed = excluded.changed`,
		values{m, l.Role, text, l.Changed})
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE staff SET changed = $3 WHERE merchant_id = $1 AND role = $2 AND limits = ''`, values{m, l.Role, l.Changed})
	return err
}
