package store

import (
	"time"

	"guitai"
)

const priceColumns = `p.id, p.item_code, p.price_fen, p.from_us, p.until_us, p.segment, p.gone, p.changed`

func scanPrice(r scanner) (guitai.Price, error) {
	var p guitai.Price
	var from, until int64
	err := r.Scan(&p.ID, &p.Item, &p.Fen, &from, &until, &p.Segment, yes{&p.Gone}, &p.Changed)
	p.From, p.Until = timeOf(from), timeOf(until)
	return p, err
}

// SavePrice stores a price for a time, new or changed.
func (tx *Tx) SavePrice(m guitai.MerchantID, p guitai.Price) error {
	_, err := tx.exec(`INSERT INTO price (merchant_id, id, item_code, price_fen, from_us, until_us, segment, gone, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (merchant_id, id) DO UPDATE SET item_code = excluded.item_code, price_fen = excluded.price_fen,
			from_us = excluded.from_us, until_us = excluded.until_us, segment = excluded.segment, gone = excluded.gone,
			changed = excluded.changed`,
		values{m, p.ID, p.Item, p.Fen, us(p.From), us(p.Until), p.Segment, flag(p.Gone), p.Changed})
	return err
}

// Price reads one price, gone or not; ErrNoRow when there is none.
func (tx *ReadTx) Price(m guitai.MerchantID, id guitai.PriceID) (guitai.Price, error) {
	return one(tx, `SELECT `+priceColumns+` FROM price p WHERE p.merchant_id = $1 AND p.id = $2`, values{m, id}, scanPrice)
}

// PricesChanged lists prices that had not ended at now, by their changes.
func (tx *ReadTx) PricesChanged(w Rows, now time.Time) ([]guitai.Price, error) {
	return all(tx, `SELECT `+priceColumns+` FROM price p WHERE p.merchant_id = $1 AND p.changed > $2 AND (p.gone = 0 OR $3 = 1)
		AND (p.until_us = 0 OR p.until_us > $4 OR p.gone = 1) ORDER BY p.changed LIMIT $5 + 0`,
		values{w.Merchant, w.After, w.Gone, us(now), w.Limit}, scanPrice)
}

// PriceQuery is which prices are looked for.
type PriceQuery struct {
	Merchant guitai.MerchantID
	Item     string // empty: of all items
	EndsFrom time.Time
	Before   PricePlace // where the last page ended
	Limit    int
}

// PricePlace is where a page of prices ended.
type PricePlace struct {
	From time.Time
	ID   guitai.PriceID
}

// PricedItem is a price with what it is the price of.
type PricedItem struct {
	Price guitai.Price
	Name  string
	Own   int64 // the item's own price
	Unit  string
}

// FindPrices lists prices that are not gone, those that begin last first.
func (tx *ReadTx) FindPrices(q PriceQuery) ([]PricedItem, error) {
	at := int64(1) << 62
	if !q.Before.From.IsZero() {
		at = us(q.Before.From)
	}
	return all(tx, `SELECT `+priceColumns+`, i.name, i.price_fen, i.unit FROM price p
			JOIN item i ON i.merchant_id = p.merchant_id AND i.code = p.item_code
		WHERE p.merchant_id = $1 AND p.gone = 0 AND ($2 = '' OR p.item_code = $2) AND (p.until_us = 0 OR p.until_us > $3)
			AND (p.from_us < $4 OR p.from_us = $4 AND p.id < $5)
		ORDER BY p.from_us DESC, p.id DESC LIMIT $6 + 0`,
		values{q.Merchant, q.Item, us(q.EndsFrom), at, q.Before.ID, q.Limit},
		func(r scanner) (PricedItem, error) {
			var p PricedItem
			var err error
			p.Price, err = scanPrice(more{r, []any{&p.Name, &p.Own, &p.Unit}})
			return p, err
		})
}

// PricesOf lists the prices of an item that are not gone and had not ended.
func (tx *ReadTx) PricesOf(m guitai.MerchantID, item string, now time.Time) ([]guitai.Price, error) {
	return all(tx, `SELECT `+priceColumns+` FROM price p WHERE p.merchant_id = $1 AND p.item_code = $2 AND p.gone = 0
		AND (p.until_us = 0 OR p.until_us > $3) ORDER BY p.from_us, p.id`, values{m, item, us(now)}, scanPrice)
}
