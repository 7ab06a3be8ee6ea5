package guitai

import "time"

// What tills keep: goods, prices, limits. Every row carries the number of its
// last change, one counter per merchant; a row that is gone is told as gone.

// Department is a group of goods.
type Department struct {
	ID       string
	Name     string
	NameEn   string
	Colour   string // #rrggbb, or empty
	Place    int    // its order on the till
	TaxMilli *int64 // thousandths of a percent; nil: not said
	Gone     bool
	Changed  int64
}

// Weighed says what a scale's in-store code of an item holds.
type Weighed string

// What such a code holds.
const (
	ByWeight Weighed = "weight" // grams; the item's price is for 1,000
	ByPrice  Weighed = "price"  // fen
)

// Known reports whether w is one of them, or nothing.
func (w Weighed) Known() bool { return w == "" || w == ByWeight || w == ByPrice }

// Item is something that is sold.
type Item struct {
	Code        string
	Barcodes    []string // EAN-13, EAN-8 or UPC-A, each of no other item
	Name        string
	NameEn      string
	Pinyin      string // the name's syllables without tones; made by the office
	Department  string
	Price       Money
	Unit        string
	Weighed     Weighed
	PointsMilli *int64 // thousandths of the usual points; nil: not said
	NoDiscount  bool
	Tile        bool // it has a tile on the till
	Place       int
	Gone        bool
	Changed     int64
}

// Barcode is the first of the item's barcodes, or empty.
func (i Item) Barcode() string {
	if len(i.Barcodes) == 0 {
		return ""
	}
	return i.Barcodes[0]
}

// PriceID names a price for a time.
type PriceID string

// Price is a price for a time. Of those in force the one that began last wins
// over the item's own.
type Price struct {
	ID      PriceID
	Item    string
	Fen     int64
	From    time.Time
	Until   time.Time // zero: without an end
	Segment string    // of members; empty: everybody
	Gone    bool
	Changed int64
}

// Limits is what a person may do at a till without another's approval.
type Limits struct {
	DiscountMilli int64 // thousandths of a percent, up to 100,000
	RefundFen     int64
	PriceChange   bool
	Drawer        bool
	Void          bool
}

// Most that limits may say.
const (
	WholeMilli     = 100_000       // all of it, in thousandths of a percent
	MostRefundFen  = 1_000_000_000 // ten million yuan
	MostPointMilli = 1_000_000     // a thousand times the usual points
)

// Check says whether the limits can be applied.
func (l Limits) Check() error {
	switch {
	case l.DiscountMilli < 0 || l.DiscountMilli > WholeMilli:
		return FailField(CodeFieldInvalid, "limits.discount_milli")
	case l.RefundFen < 0 || l.RefundFen > MostRefundFen:
		return FailField(CodeFieldInvalid, "limits.refund_fen")
	}
	return nil
}

// UsualLimits are those of a role where the merchant has said nothing else.
func UsualLimits(r Role) Limits {
	switch r {
	case Owner:
		return Limits{WholeMilli, MostRefundFen, true, true, true}
	case Manager:
		return Limits{50_000, 500_000, true, true, true}
	}
	return Limits{DiscountMilli: 5_000, RefundFen: 5_000}
}

// ValidBarcode reports whether s is an EAN-8, UPC-A or EAN-13 with the right
// check digit (GS1 General Specifications, section 7.9).
func ValidBarcode(s string) bool {
	if len(s) != 8 && len(s) != 12 && len(s) != 13 {
		return false
	}
	sum, weight := 0, 1
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * weight
		weight = 4 - weight
	}
	return sum%10 == 0
}
