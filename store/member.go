package store

import (
	"strings"

	"guitai"
)

const memberColumns = `m.merchant_id, m.id, m.code, m.phone, m.name, m.segment, m.birth_month, m.birth_day, m.purse_id, p.name, m.made_us, m.changed_us, m.gone_us`

const memberFrom = ` FROM member m JOIN point_purse p ON p.merchant_id = m.merchant_id AND p.id = m.purse_id `

func scanMember(r scanner) (guitai.Member, error) {
	var m guitai.Member
	var made, changed, gone int64
	err := r.Scan(&m.Merchant, &m.ID, &m.Code, &m.Phone, &m.Name, &m.Segment, &m.BirthMonth, &m.BirthDay, &m.Purse, &m.PoolName,
		&made, &changed, &gone)
	m.MadeAt, m.ChangedAt, m.GoneAt = timeOf(made), timeOf(changed), timeOf(gone)
	return m, err
}

// SavePurse stores a purse, or gives it another name.
func (tx *Tx) SavePurse(m guitai.MerchantID, id, name string) error {
	_, err := tx.exec(`INSERT INTO point_purse (merchant_id, id, name, version) VALUES ($1, $2, $3, 0)
		ON CONFLICT (merchant_id, id) DO UPDATE SET name = excluded.name`, values{m, id, name})
	return err
}

// Purse says what a purse is called; ErrNoRow when there is none.
func (tx *ReadTx) Purse(m guitai.MerchantID, id string) (string, error) {
	var name string
	return name, tx.row(`SELECT name FROM point_purse WHERE merchant_id = $1 AND id = $2`, values{m, id}, &name)
}

// SaveMember stores a member, new or changed. It violates "member_by_code" or
// "member_by_phone" when somebody else has that code or phone.
func (tx *Tx) SaveMember(m guitai.Member) error {
	_, err := tx.exec(`INSERT INTO member (merchant_id, id, code, phone, name, segment, birth_month, birth_day, purse_id, made_us, changed_us, gone_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (merchant_id, id) DO UPDATE SET code = excluded.code, phone = excluded.phone, name = excluded.name,
			segment = excluded.segment, birth_month = excluded.birth_month, birth_day = excluded.birth_day,
			purse_id = excluded.purse_id, changed_us = excluded.changed_us, gone_us = excluded.gone_us`,
		values{m.Merchant, m.ID, m.Code, m.Phone, m.Name, m.Segment, m.BirthMonth, m.BirthDay, m.Purse, us(m.MadeAt), us(m.ChangedAt), us(m.GoneAt)})
	return err
}

// Member reads one member; ErrNoRow when there is none.
func (tx *ReadTx) Member(m guitai.MerchantID, id guitai.MemberID) (guitai.Member, error) {
	return one(tx, `SELECT `+memberColumns+memberFrom+`WHERE m.merchant_id = $1 AND m.id = $2`, values{m, id}, scanMember)
}

// MemberByCode reads the member with a card; ErrNoRow when there is none.
func (tx *ReadTx) MemberByCode(m guitai.MerchantID, code string) (guitai.Member, error) {
	return one(tx, `SELECT `+memberColumns+memberFrom+`WHERE m.merchant_id = $1 AND m.code = $2 AND m.gone_us = 0`, values{m, code}, scanMember)
}

// MemberByPhone reads the member with a phone; ErrNoRow when there is none.
func (tx *ReadTx) MemberByPhone(m guitai.MerchantID, phone string) (guitai.Member, error) {
	return one(tx, `SELECT `+memberColumns+memberFrom+`WHERE m.merchant_id = $1 AND m.phone = $2 AND m.phone <> '' AND m.gone_us = 0`,
		values{m, phone}, scanMember)
}

// Members lists members by code, after a code. The text is looked for in names,
// and at the ends of codes and phones; empty finds all.
func (tx *ReadTx) Members(m guitai.MerchantID, text, after string, limit int) ([]guitai.Member, error) {
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text))
	return all(tx, `SELECT `+memberColumns+memberFrom+`WHERE m.merchant_id = $1 AND m.gone_us = 0 AND m.code > $2
			AND ($3 = '' OR LOWER(m.name) LIKE $4 ESCAPE '\' OR LOWER(m.code) LIKE $5 ESCAPE '\' OR m.phone LIKE $5 ESCAPE '\' OR LOWER(p.name) LIKE $4 ESCAPE '\')
		ORDER BY m.code LIMIT $6 + 0`, values{m, after, text, "%" + like + "%", "%" + like, limit}, scanMember)
}

// MembersOf lists who shares a purse.
func (tx *ReadTx) MembersOf(m guitai.MerchantID, purse string, limit int) ([]guitai.Member, error) {
	return all(tx, `SELECT `+memberColumns+memberFrom+`WHERE m.merchant_id = $1 AND m.purse_id = $2 AND m.gone_us = 0 ORDER BY m.code LIMIT $3 + 0`,
		values{m, purse, limit}, scanMember)
}

// SetPointRules keeps the points rules of a merchant.
func (tx *Tx) SetPointRules(m guitai.MerchantID, body string, by guitai.StaffID) error {
	_, err := tx.exec(`INSERT INTO point_rule (merchant_id, body, staff_id, changed_us) VALUES ($1, $2, $3, $4)
		ON CONFLICT (merchant_id) DO UPDATE SET body = excluded.body, staff_id = excluded.staff_id, changed_us = excluded.changed_us`,
		values{m, body, by, us(tx.Now())})
	return err
}

// PointRules reads the points rules of a merchant; ErrNoRow when none were set.
func (tx *ReadTx) PointRules(m guitai.MerchantID) (string, error) {
	var body string
	return body, tx.row(`SELECT body FROM point_rule WHERE merchant_id = $1`, values{m}, &body)
}
