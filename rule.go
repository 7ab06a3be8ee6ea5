package guitai

import "time"

// Deed is what somebody is about to do with money.
type Deed string

// The deeds that rules speak of.
const (
	DeedPayment Deed = "payment"
	DeedRefund  Deed = "refund" // voids too
)

// Answer is what a rule says to a deed.
type Answer string

// The answers, the mildest first.
const (
	Allow      Answer = "allow"
	AskManager Answer = "ask_manager" // a manager's approval of this deed and amount lets it pass
	Refuse     Answer = "refuse"
)

// Span says over whose deeds a rule counts.
type Span string

// The spans.
const (
	PerTill     Span = "till"
	PerShop     Span = "shop"
	PerMerchant Span = "merchant"
)

// Rule is one thing that a merchant does not want to happen without being
// asked, or at all. It applies to the deeds that its scope names (an empty part
// names all), and speaks when one of its limits is passed. A limit of 0 is none.
type Rule struct {
	ID   string // the merchant's own name for it
	Name string // what people read when it speaks

	Deed   Deed
	Kind   PaymentKind
	Wallet Wallet
	Shop   ShopID
	Till   TillID

	Above    Money         // one deed above this amount
	DayMost  Money         // the sum of a shop's day above this amount
	DayCount int64         // more than so many in a shop's day
	Within   time.Duration // with InCount: more than so many within this time
	InCount  int64
	SameFen  bool // InCount counts only deeds of the same amount
	Per      Span // over whose deeds sums and counts go; empty: the till's

	Then Answer // AskManager or Refuse
}

// Act is one deed as rules see it.
type Act struct {
	Deed     Deed
	Merchant MerchantID
	Shop     ShopID
	Till     TillID
	Kind     PaymentKind
	Wallet   Wallet
	Amount   Money
}

// Tally is what was done before, in the span of a rule, by deeds that it is
// about.
type Tally struct {
	DayFen   int64
	DayCount int64
	Recent   int64 // within Rule.Within
}

// Longest windows and most counts that a rule may speak of: what is recent is
// kept in memory.
const (
	LongestWithin = 24 * time.Hour
	MostInCount   = 1000
)

// Check says whether the rule can be applied; the field at fault is named by
// its name in the API.
func (r Rule) Check() error {
	limits := 0
	for _, set := range []bool{r.Above.Fen != 0, r.DayMost.Fen != 0, r.DayCount != 0, r.InCount != 0} {
		if set {
			limits++
		}
	}
	switch {
	case ValidID(r.ID) != nil:
		return FailField(CodeIDMalformed, "id")
	case r.Name == "" || len(r.Name) > 200:
		return FailField(CodeFieldInvalid, "name")
	case r.Deed != DeedPayment && r.Deed != DeedRefund:
		return FailField(CodeFieldInvalid, "deed")
	case r.Kind != "" && r.Kind != Scan && r.Kind != Show:
		return FailField(CodeKindUnknown, "kind")
	case r.Wallet != "" && !r.Wallet.Known():
		return FailField(CodeWalletUnknown, "wallet")
	case limits != 1:
		return FailField(CodeFieldInvalid, "limit")
	case r.Above.Fen < 0 || r.DayMost.Fen < 0 || r.DayCount < 0 || r.InCount < 0 || r.InCount > MostInCount:
		return FailField(CodeFieldInvalid, "limit")
	case r.Above.Fen != 0 && r.Above.Currency != CNY || r.DayMost.Fen != 0 && r.DayMost.Currency != CNY:
		return FailField(CodeCurrencyUnknown, "limit")
	case (r.InCount != 0) != (r.Within != 0) || r.Within < 0 || r.Within > LongestWithin || r.SameFen && r.InCount == 0:
		return FailField(CodeFieldInvalid, "within_seconds")
	case r.Per != "" && r.Per != PerTill && r.Per != PerShop && r.Per != PerMerchant:
		return FailField(CodeFieldInvalid, "per")
	case r.Then != AskManager && r.Then != Refuse:
		return FailField(CodeFieldInvalid, "then")
	}
	return nil
}

// Covers reports whether the rule is about a deed.
func (r Rule) Covers(a Act) bool {
	return r.Deed == a.Deed && (r.Kind == "" || r.Kind == a.Kind) && (r.Wallet == "" || r.Wallet == a.Wallet) &&
		(r.Shop == "" || r.Shop == a.Shop) && (r.Till == "" || r.Till == a.Till)
}

// Judge says what the rule says to a deed, after what was done before.
func (r Rule) Judge(a Act, before Tally) Answer {
	passed := r.Above.Fen != 0 && a.Amount.Fen > r.Above.Fen ||
		r.DayMost.Fen != 0 && a.Amount.Fen > r.DayMost.Fen-before.DayFen ||
		r.DayCount != 0 && before.DayCount >= r.DayCount ||
		r.InCount != 0 && before.Recent >= r.InCount
	if r.Covers(a) && passed {
		return r.Then
	}
	return Allow
}

// Stricter reports whether a says more against a deed than b.
func (a Answer) Stricter(b Answer) bool { return a.rank() > b.rank() }

func (a Answer) rank() int {
	switch a {
	case AskManager:
		return 1
	case Refuse:
		return 2
	}
	return 0
}
