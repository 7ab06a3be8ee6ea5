package guitai

import "time"

// Merchant is who sells and is paid.
type Merchant struct {
	ID        MerchantID
	Name      string
	CreatedAt time.Time
}

// Shop is one place where a merchant sells.
type Shop struct {
	ID        ShopID
	Merchant  MerchantID
	Name      string
	Address   string
	Phone     string
	Zone      string // IANA name of its time zone, such as "Asia/Shanghai"
	CreatedAt time.Time
}

// Till is one counter in a shop.
type Till struct {
	ID        TillID
	Merchant  MerchantID
	Shop      ShopID
	Number    string
	Name      string
	Printer   string // host:port of its receipt printer; empty: none
	Paper     int    // width of its paper in millimetres: 58 or 80
	CreatedAt time.Time
}

// Role is what a person may do.
type Role string

// The roles, each allowed all that the one before is.
const (
	Cashier Role = "cashier"
	Manager Role = "manager"
	Owner   Role = "owner"
)

// rank orders the roles.
func (r Role) rank() int {
	switch r {
	case Cashier:
		return 1
	case Manager:
		return 2
	case Owner:
		return 3
	}
	return 0
}

// AtLeast reports whether r may do what least may. An unknown role may nothing.
func (r Role) AtLeast(least Role) bool { return r.rank() > 0 && r.rank() >= least.rank() }

// Staff is a person who works in a shop.
type Staff struct {
	ID        StaffID
	Merchant  MerchantID
	Shop      ShopID
	Number    string // what is typed to sign in, 3 to 8 digits
	Name      string
	Role      Role
	PINHash   string  // argon2id, in PHC string form
	Limits    *Limits // nil: those of the role
	Gone      bool    // works here no more
	Changed   int64
	CreatedAt time.Time
}

// Session is a person signed in at a till, or away from it: at the office, where
// the till only says which shop.
type Session struct {
	ID        SessionID
	Away      bool
	Merchant  Merchant
	Shop      Shop
	Till      Till
	Staff     Staff
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Where is the place at which something was done, and who did it. What is not
// known is empty.
type Where struct {
	Merchant Merchant
	Shop     Shop
	Till     Till
	Staff    Staff
}
