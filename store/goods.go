package store

import (
	"encoding/json"
	"strings"
	"time"

	"guitai"
)

// TopicGoods is changed whenever something is that tills keep.
const TopicGoods = "goods"

// Change is one change of what tills keep, for ever.
type Change struct {
	Merchant guitai.MerchantID
	N        int64 // among the merchant's changes
	At       time.Time
	Staff    guitai.StaffID // empty: a program
	Kind     string         // item, department, price, staff, role, shop_settings, till_settings
	Thing    string
	Was      string // JSON; empty: it was not there
	Became   string
}

// InsertChange stores a change and returns its number. It must be called in
// InSerialTx, once for each row that is changed; the rows are stored with it.
func (tx *Tx) InsertChange(c Change) (int64, error) {
	var n int64
	err := tx.row(`INSERT INTO goods_counter (merchant_id, n) VALUES ($1, $2) ON CONFLICT (merchant_id) DO UPDATE
		SET n = CASE WHEN goods_counter.n >= excluded.n THEN goods_counter.n + 1 ELSE excluded.n END RETURNING n`,
		values{c.Merchant, us(tx.Now())}, &n)
	if err != nil {
		return 0, err
	}
	tx.Changed(TopicGoods)
	_, err = tx.exec(`INSERT INTO goods_change (merchant_id, n, at_us, staff_id, kind, thing, was, became)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, values{c.Merchant, n, us(tx.Now()), c.Staff, c.Kind, c.Thing, c.Was, c.Became})
	return n, err
}

// LastChange is the number of a merchant's last change; 0: none yet.
func (tx *ReadTx) LastChange(m guitai.MerchantID) (int64, error) {
	var n int64
	err := tx.row(`SELECT COALESCE(MAX(n), 0) FROM goods_counter WHERE merchant_id = $1`, values{m}, &n)
	return n, err
}

// HasChange reports whether a merchant has a change of that number.
func (tx *ReadTx) HasChange(m guitai.MerchantID, n int64) (bool, error) {
	var found int
	err := tx.row(`SELECT COUNT(*) FROM goods_change WHERE merchant_id = $1 AND n = $2`, values{m, n}, &found)
	return found > 0, err
}

// Changes lists changes of a merchant, newest first: those of a kind and thing,
// or of all where these are empty, before a number (0: from the last on).
func (tx *ReadTx) Changes(m guitai.MerchantID, kind, thing string, before int64, limit int) ([]Change, error) {
	return all(tx, `SELECT merchant_id, n, at_us, staff_id, kind, thing, was, became FROM goods_change
		WHERE merchant_id = $1 AND ($2 = '' OR kind = $2) AND ($3 = '' OR thing = $3) AND (CAST($4 AS BIGINT) = 0 OR n < CAST($4 AS BIGINT))
		ORDER BY n DESC LIMIT $5 + 0`, values{m, kind, thing, before, limit},
		func(r scanner) (Change, error) {
			var c Change
			var at int64
			err := r.Scan(&c.Merchant, &c.N, &at, &c.Staff, &c.Kind, &c.Thing, &c.Was, &c.Became)
			c.At = timeOf(at)
			return c, err
		})
}

// Rows is which rows are asked for: those that were changed after a number, in
// the order of their changes.
type Rows struct {
	Merchant guitai.MerchantID
	After    int64
	Gone     int // 1: also those that are gone
	Limit    int
}

const departmentColumns = `id, name, name_en, colour, place, tax_milli, gone, changed`

func scanDepartment(r scanner) (guitai.Department, error) {
	var d guitai.Department
	err := r.Scan(&d.ID, &d.Name, &d.NameEn, &d.Colour, &d.Place, unsaid{&d.TaxMilli}, yes{&d.Gone}, &d.Changed)
	return d, err
}

// SaveDepartment stores a department, new or changed.
func (tx *Tx) SaveDepartment(m guitai.MerchantID, d guitai.Department) error {
	_, err := tx.exec(`INSERT INTO department (merchant_id, `+departmentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (merchant_id, id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, colour = excluded.colour,
			place = excluded.place, tax_milli = excluded.tax_milli, gone = excluded.gone, changed = excluded.changed`,
		values{m, d.ID, d.Name, d.NameEn, d.Colour, d.Place, said(d.TaxMilli), flag(d.Gone), d.Changed})
	return err
}

// Departments lists the departments of a merchant in their order, without those
// that are gone.
func (tx *ReadTx) Departments(m guitai.MerchantID) ([]guitai.Department, error) {
	return all(tx, `SELECT `+departmentColumns+` FROM department WHERE merchant_id = $1 AND gone = 0 ORDER BY place, id`,
		values{m}, scanDepartment)
}

// Department reads one department, gone or not; ErrNoRow when there is none.
func (tx *ReadTx) Department(m guitai.MerchantID, id string) (guitai.Department, error) {
	return one(tx, `SELECT `+departmentColumns+` FROM department WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanDepartment)
}

// DepartmentsChanged lists departments by their changes.
func (tx *ReadTx) DepartmentsChanged(w Rows) ([]guitai.Department, error) {
	return all(tx, `SELECT `+departmentColumns+` FROM department WHERE merchant_id = $1 AND changed > $2 AND (gone = 0 OR $3 = 1)
		ORDER BY changed LIMIT $4 + 0`, values{w.Merchant, w.After, w.Gone, w.Limit}, scanDepartment)
}

const itemColumns = `code, barcodes, name, name_en, pinyin, department_id, price_fen, currency, unit, weighed, points_milli,
	no_discount, tile, place, gone, changed`

func scanItem(r scanner) (guitai.Item, error) {
	var i guitai.Item
	var barcodes string
	err := r.Scan(&i.Code, &barcodes, &i.Name, &i.NameEn, &i.Pinyin, &i.Department, &i.Price.Fen, &i.Price.Currency, &i.Unit,
		&i.Weighed, unsaid{&i.PointsMilli}, yes{&i.NoDiscount}, yes{&i.Tile}, &i.Place, yes{&i.Gone}, &i.Changed)
	if barcodes != "" {
		i.Barcodes = strings.Split(barcodes, " ")
	}
	return i, err
}

// SaveItem stores an item, new or changed, with its barcodes. search holds all
// that it is found by, in small letters. It violates "item_barcode_pkey" when
// one of the barcodes is another item's.
func (tx *Tx) SaveItem(m guitai.MerchantID, i guitai.Item, search string) error {
	_, err := tx.exec(`INSERT INTO item (merchant_id, `+itemColumns+`, barcode, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (merchant_id, code) DO UPDATE SET barcodes = excluded.barcodes, name = excluded.name,
			name_en = excluded.name_en, pinyin = excluded.pinyin, department_id = excluded.department_id,
			price_fen = excluded.price_fen, currency = excluded.currency, unit = excluded.unit, weighed = excluded.weighed,
			points_milli = excluded.points_milli, no_discount = excluded.no_discount, tile = excluded.tile,
			place = excluded.place, gone = excluded.gone, changed = excluded.changed, barcode = excluded.barcode,
			search = excluded.search`,
		values{m, i.Code, strings.Join(i.Barcodes, " "), i.Name, i.NameEn, i.Pinyin, i.Department, i.Price.Fen, i.Price.Currency,
			i.Unit, i.Weighed, said(i.PointsMilli), flag(i.NoDiscount), flag(i.Tile), i.Place, flag(i.Gone), i.Changed,
			i.Barcode(), search})
	if err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM item_barcode WHERE merchant_id = $1 AND item_code = $2`, values{m, i.Code}); err != nil {
		return err
	}
	for _, b := range i.Barcodes {
		if _, err := tx.exec(`INSERT INTO item_barcode (merchant_id, barcode, item_code) VALUES ($1, $2, $3)`, values{m, b, i.Code}); err != nil {
			return err
		}
	}
	return nil
}

// Item reads one item, gone or not; ErrNoRow when there is none.
func (tx *ReadTx) Item(m guitai.MerchantID, code string) (guitai.Item, error) {
	return one(tx, `SELECT `+itemColumns+` FROM item WHERE merchant_id = $1 AND code = $2`, values{m, code}, scanItem)
}

// ItemOfBarcode is the code of the item that has a barcode; ErrNoRow when it is
// nobody's.
func (tx *ReadTx) ItemOfBarcode(m guitai.MerchantID, barcode string) (string, error) {
	var code string
	err := tx.row(`SELECT item_code FROM item_barcode WHERE merchant_id = $1 AND barcode = $2`, values{m, barcode}, &code)
	return code, err
}

// Items lists the goods of a merchant in their order, without those that are
// gone.
func (tx *ReadTx) Items(m guitai.MerchantID) ([]guitai.Item, error) {
	return all(tx, `SELECT `+itemColumns+` FROM item WHERE merchant_id = $1 AND gone = 0 ORDER BY place, code`, values{m}, scanItem)
}

// ItemsChanged lists items by their changes.
func (tx *ReadTx) ItemsChanged(w Rows) ([]guitai.Item, error) {
	return all(tx, `SELECT `+itemColumns+` FROM item WHERE merchant_id = $1 AND changed > $2 AND (gone = 0 OR $3 = 1)
		ORDER BY changed LIMIT $4 + 0`, values{w.Merchant, w.After, w.Gone, w.Limit}, scanItem)
}

// ItemsUnspelt lists items that were stored before items were made searchable.
func (tx *ReadTx) ItemsUnspelt(m guitai.MerchantID, limit int) ([]guitai.Item, error) {
	return all(tx, `SELECT `+itemColumns+` FROM item WHERE merchant_id = $1 AND search = '' ORDER BY code LIMIT $2 + 0`, values{m, limit}, scanItem)
}

// ItemQuery is which items are looked for.
type ItemQuery struct {
	Merchant   guitai.MerchantID
	Department string   // empty: all
	Words      []string // small letters; each must be found; at most MostWords
	AfterPlace int      // where the last page ended
	AfterCode  string   // empty: from the first on
	Limit      int
}

// MostWords that are looked for at once.
const MostWords = 4

// FindItems lists items in their order, without those that are gone.
func (tx *ReadTx) FindItems(q ItemQuery) ([]guitai.Item, error) {
	v := values{q.Merchant, q.Department, q.AfterPlace, q.AfterCode, q.Limit}
	for i := range MostWords {
		like := "%"
		if i < len(q.Words) {
			like = "%" + likely(q.Words[i]) + "%"
		}
		v = append(v, like)
	}
	return all(tx, `SELECT `+itemColumns+` FROM item WHERE merchant_id = $1 AND gone = 0 AND ($2 = '' OR department_id = $2)
		AND ($4 = '' OR place > $3 OR place = $3 AND code > $4)
		AND search LIKE $6 ESCAPE '\' AND search LIKE $7 ESCAPE '\' AND search LIKE $8 ESCAPE '\' AND search LIKE $9 ESCAPE '\'
		ORDER BY place, code LIMIT $5 + 0`, v, scanItem)
}

// likely takes the meaning from the signs of LIKE.
func likely(word string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
}

// ItemsIn counts the items of a department that are not gone.
func (tx *ReadTx) ItemsIn(m guitai.MerchantID, department string) (int, error) {
	var n int
	err := tx.row(`SELECT COUNT(*) FROM item WHERE merchant_id = $1 AND department_id = $2 AND gone = 0`, values{m, department}, &n)
	return n, err
}

// unsaid reads a number whose -1 says nothing.
type unsaid struct{ into **int64 }

// Scan is sql.Scanner's.
func (u unsaid) Scan(v any) error {
	*u.into = nil
	if n, ok := v.(int64); ok && n >= 0 {
		*u.into = &n
	}
	return nil
}

func said(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}

// yes reads a SMALLINT that is 0 or 1.
type yes struct{ into *bool }

// Scan is sql.Scanner's.
func (y yes) Scan(v any) error {
	n, ok := v.(int64)
	*y.into = ok && n != 0
	return nil
}

// limitsText is how limits are stored.
func limitsText(l *guitai.Limits) (string, error) {
	if l == nil {
		return "", nil
	}
	b, err := json.Marshal(l)
	return string(b), err
}

// limits reads what limitsText wrote.
type limits struct{ into **guitai.Limits }

// Scan is sql.Scanner's.
func (l limits) Scan(v any) error {
	*l.into = nil
	text, _ := v.(string)
	if text == "" {
		return nil
	}
	*l.into = new(guitai.Limits)
	return json.Unmarshal([]byte(text), *l.into)
}

// NextPlace is the place behind all items of a merchant.
func (tx *ReadTx) NextPlace(m guitai.MerchantID) (int, error) {
	var n int
	err := tx.row(`SELECT COALESCE(MAX(place), 0) + 1 FROM item WHERE merchant_id = $1 AND gone = 0`, values{m}, &n)
	return n, err
}
