package guitai

import "time"

// CodeToken names a static code: the random part of what its picture says, 16
// letters and digits.
type CodeToken string

// StaticCode is a code that hangs in a shop and is paid again and again. Its
// picture says no more than its token: what it stands for is kept here, so that
// it can be revoked while the paper still hangs.
type StaticCode struct {
	Token     CodeToken
	Merchant  MerchantID
	Shop      ShopID
	Till      TillID // empty: it belongs to no till
	Name      string // where it hangs, in the shop's words
	Amount    Money  // 0 fen: the payer types the amount
	Request   string // the client's name of the request that issued it
	CreatedAt time.Time
	Staff     StaffID // who issued it; empty: a program
	RevokedAt time.Time
	RevokedBy StaffID
}

// Open reports whether the payer types the amount.
func (c StaticCode) Open() bool { return c.Amount.Fen == 0 }

// Valid reports whether it may still be paid.
func (c StaticCode) Valid() bool { return c.RevokedAt.IsZero() }
