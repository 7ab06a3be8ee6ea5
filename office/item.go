package office

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guitai"
	"guitai/store"
)

// Limits of what is sold.
const (
	mostPriceFen = 100_000_000 // a million yuan
	mostBarcodes = 20
	mostPlace    = 1_000_000
	longestGoods = 100 // characters of an item's name
	longestUnit  = 20
	longestGroup = 60    // characters of a department's or person's name
	mostScaled   = 5     // digits of the code of an item that is weighed
	pricesOfItem = 1_000 // that have not ended
)

// printed reports whether s is one line of so many characters.
func printed(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && s == strings.TrimSpace(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// checkItem refuses an item that cannot be sold, with the field at fault.
func checkItem(i guitai.Item) error {
	switch {
	case guitai.ValidID(i.Code) != nil:
		return wrong("code")
	case i.Name == "":
		return guitai.FailField(guitai.CodeFieldMissing, "name")
	case !printed(i.Name, 1, longestGoods):
		return wrong("name")
	case !printed(i.NameEn, 0, longestGoods):
		return wrong("name_en")
	case !printed(i.Unit, 1, longestUnit):
		return wrong("unit")
	case i.Price.Fen < 0:
		return guitai.FailField(guitai.CodeAmountNegative, "price_fen")
	case i.Price.Fen > mostPriceFen:
		return guitai.FailField(guitai.CodeAmountTooLarge, "price_fen")
	case !i.Weighed.Known() || i.Weighed != "" && !digits(i.Code, 1, mostScaled):
		return wrong("weighed")
	case i.PointsMilli != nil && (*i.PointsMilli < 0 || *i.PointsMilli > guitai.MostPointMilli):
		return wrong("points_milli")
	case i.Place < 0 || i.Place > mostPlace:
		return wrong("place")
	case len(i.Barcodes) > mostBarcodes:
		return wrong("barcodes")
	}
	for at, b := range i.Barcodes {
		if !guitai.ValidBarcode(b) || slices.Contains(i.Barcodes[:at], b) {
			return guitai.FailField(guitai.CodeBarcodeWrong, "barcodes")
		}
	}
	return nil
}

// PutItem stores an item. seen is the number of the change that the editor saw,
// 0 for an item that is new. The same item again is no change.
func (o *Office) PutItem(ctx context.Context, by By, i guitai.Item, seen int64) (guitai.Item, error) {
	if i.Price.Currency == "" {
		i.Price.Currency = guitai.CNY
	}
	if err := checkItem(i); err != nil {
		return i, err
	}
	var kept guitai.Item
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		kept, err = putItem(tx, by, i, seen)
		return err
	})
	if store.Violates(err, "item_barcode_pkey") {
		err = guitai.FailField(guitai.CodeBarcodeTaken, "barcodes")
	}
	return kept, err
}

func putItem(tx *store.Tx, by By, i guitai.Item, seen int64) (guitai.Item, error) {
	had, was, err := hadItem(tx, by.Merchant, i.Code)
	if err != nil {
		return i, err
	}
	if i.Place == 0 {
		if i.Place = had.Place; was == nil {
			if i.Place, err = tx.NextPlace(by.Merchant); err != nil {
				return i, err
			}
		}
	}
	e := edit{kindItem, i.Code, was, itemFields(i)}
	if same, err := e.same(); err != nil || same {
		return had, err
	}
	if err := mayPut(was, had.Changed, seen, guitai.CodeItemTaken, guitai.CodeItemNotFound); err != nil {
		return i, err
	}
	d, err := tx.Department(by.Merchant, i.Department)
	if errors.Is(err, store.ErrNoRow) || err == nil && d.Gone {
		err = guitai.FailField(guitai.CodeDepartmentNotFound, "department")
	}
	if err != nil {
		return i, err
	}
	for _, b := range i.Barcodes {
		owner, err := tx.ItemOfBarcode(by.Merchant, b)
		if err == nil && owner != i.Code {
			return i, guitai.FailField(guitai.CodeBarcodeTaken, "barcodes")
		}
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return i, err
		}
	}
	if i.Changed, err = by.keep(tx, e); err != nil {
		return i, err
	}
	i.Pinyin = spell(i.Name)
	return i, saveItem(tx, by.Merchant, i)
}

// hadItem is an item as it stands, with its fields; none when there is none or
// it is gone.
func hadItem(tx *store.Tx, m guitai.MerchantID, code string) (guitai.Item, fields, error) {
	had, err := tx.Item(m, code)
	switch {
	case errors.Is(err, store.ErrNoRow) || err == nil && had.Gone:
		return guitai.Item{}, nil, nil
	case err != nil:
		return had, nil, err
	}
	return had, itemFields(had), nil
}

// mayPut refuses a new thing where one stands, a change of what is not there,
// and a change of what was changed since it was read.
func mayPut(was fields, stored, seen int64, taken, missing guitai.Code) error {
	switch {
	case was == nil && seen != 0:
		return guitai.Fail(guitai.NotFound, missing)
	case was != nil && seen == 0:
		return guitai.Fail(guitai.Conflict, taken)
	case was != nil && stored != seen:
		return guitai.Fail(guitai.Conflict, guitai.CodeChangedMeanwhile)
	}
	return nil
}

// RemoveItem takes an item off the shelf, its barcodes and its prices with it.
// What is gone already is no error.
func (o *Office) RemoveItem(ctx context.Context, by By, code string, seen int64) error {
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		had, err := tx.Item(by.Merchant, code)
		switch {
		case errors.Is(err, store.ErrNoRow):
			return guitai.Fail(guitai.NotFound, guitai.CodeItemNotFound)
		case err != nil || had.Gone:
			return err
		}
		if err := fresh(had.Changed, seen); err != nil {
			return err
		}
		prices, err := tx.PricesOf(by.Merchant, code, tx.Now())
		if err != nil {
			return err
		}
		for _, p := range prices {
			if err := dropPrice(tx, by, p); err != nil {
				return err
			}
		}
		gone := had
		gone.Gone, gone.Barcodes = true, nil
		if gone.Changed, err = by.keep(tx, edit{kindItem, code, itemFields(had), itemFields(gone)}); err != nil {
			return err
		}
		return saveItem(tx, by.Merchant, gone)
	})
}

// Item reads an item that is not gone, and its prices that have not ended.
func (o *Office) Item(ctx context.Context, m guitai.MerchantID, code string) (guitai.Item, []guitai.Price, error) {
	var i guitai.Item
	var prices []guitai.Price
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if i, err = tx.Item(m, code); err != nil {
			return err
		}
		prices, err = tx.PricesOf(m, code, tx.Now())
		return err
	})
	if errors.Is(err, store.ErrNoRow) || err == nil && i.Gone {
		err = guitai.Fail(guitai.NotFound, guitai.CodeItemNotFound)
	}
	return i, prices, err
}

// ItemQuery is which items are looked for.
type ItemQuery = store.ItemQuery

// FindItems lists items in their order: those whose code, name, pinyin,
// initials or barcodes hold each word of text.
func (o *Office) FindItems(ctx context.Context, q ItemQuery, text string) ([]guitai.Item, error) {
	q.Words = strings.Fields(strings.ToLower(text))
	if len(q.Words) > store.MostWords || utf8.RuneCountInString(text) > longestGoods {
		return nil, wrong("q")
	}
	var list []guitai.Item
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.FindItems(q)
		return err
	})
	return list, err
}

// saveItem stores an item with what it is found by.
func saveItem(tx *store.Tx, m guitai.MerchantID, i guitai.Item) error {
	i.Pinyin = spell(i.Name)
	return tx.SaveItem(m, i, searchText(i))
}

// searchText is all that an item is found by, in small letters.
func searchText(i guitai.Item) string {
	parts := append([]string{i.Code, i.Name, i.NameEn, strings.ReplaceAll(i.Pinyin, " ", ""), initials(i.Pinyin)}, i.Barcodes...)
	return strings.ToLower(strings.Join(parts, "\n"))
}

// atOnce is how many items are spelt in one transaction.
const atOnce = 500

// SpellItems makes searchable what was stored before items were.
func (o *Office) SpellItems(ctx context.Context) error {
	merchants, err := o.Merchants(ctx)
	if err != nil {
		return err
	}
	for _, m := range merchants {
		for done := false; !done; {
			err := o.store.InSerialTx(ctx, func(tx *store.Tx) error {
				items, err := tx.ItemsUnspelt(m.ID, atOnce)
				if done = len(items) < atOnce; err != nil {
					return err
				}
				return spellThese(tx, m.ID, items)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func spellThese(tx *store.Tx, m guitai.MerchantID, items []guitai.Item) error {
	for _, i := range items {
		text, err := itemFields(i).text()
		if err != nil {
			return err
		}
		if i.Changed, err = tx.InsertChange(store.Change{Merchant: m, Kind: kindItem, Thing: i.Code, Was: text, Became: text}); err != nil {
			return err
		}
		if err := saveItem(tx, m, i); err != nil {
			return err
		}
	}
	return nil
}
