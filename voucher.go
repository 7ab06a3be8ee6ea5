package guitai

import (
	"strings"
	"time"
)

// VoucherKind says whether what is left of a voucher can be spent later.
type VoucherKind string

// The kinds of vouchers.
const (
	VoucherSingle  VoucherKind = "single"  // once; what is left lapses
	VoucherBalance VoucherKind = "balance" // until nothing is left
)

// VoucherBatch is vouchers that were issued together and are alike.
type VoucherBatch struct {
	ID        string
	Merchant  MerchantID
	Name      string
	Kind      VoucherKind
	AmountFen int64
	MinFen    int64 // of the bill; 0: any
	From      time.Time
	Until     time.Time // from then on it is expired
	Till      TillID    // the only till that takes them, also without a line; empty: any
	Pieces    int
	Member    MemberID // whose they are; empty: whoever has them
	Staff     StaffID
	MadeAt    time.Time
}

// Voucher is one piece of a batch.
type Voucher struct {
	Code        string
	Batch       VoucherBatch
	LeftFen     int64 // what can be spent now
	HeldFen     int64 // put aside for bills under way
	CancelledAt time.Time
}

// Refusal says why a voucher cannot be spent at a till at a time for a bill; ""
// when it can. billFen below zero: the bill is not known.
func (v Voucher) Refusal(at TillID, now time.Time, billFen int64) Code {
	switch b := v.Batch; {
	case !v.CancelledAt.IsZero():
		return CodeVoucherSpent
	case now.Before(b.From):
		return CodeVoucherEarly
	case !now.Before(b.Until):
		return CodeVoucherExpired
	case b.Till != "" && b.Till != at:
		return CodeVoucherOtherTill
	case b.MinFen > 0 && billFen >= 0 && billFen < b.MinFen:
		return CodeVoucherMinimum
	}
	return ""
}

// voucherDigits: a 9, fourteen random digits (46 bits) and a check digit.
const voucherDigits = 16

// VoucherCode makes the code of a voucher from a random number.
func VoucherCode(random uint64) string {
	b := []byte("9")
	digits := random % 100_000_000_000_000
	for place := uint64(10_000_000_000_000); place > 0; place /= 10 {
		b = append(b, byte('0'+digits/place%10))
	}
	return string(append(b, luhn(b)))
}

// ReadVoucherCode reads a code as people type it, and checks its last digit. ""
// is no voucher of ours.
func ReadVoucherCode(s string) string {
	if len(s) > 64 {
		return ""
	}
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	if len(s) != voucherDigits || s[0] != '9' {
		return ""
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return ""
		}
	}
	if luhn([]byte(s[:voucherDigits-1])) != s[voucherDigits-1] {
		return ""
	}
	return s
}

// luhn is the check digit after these digits (ISO/IEC 7812-1, annex B).
func luhn(digits []byte) byte {
	sum := 0
	for i := range digits {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return byte('0' + (10-sum%10)%10)
}

// RedemptionKind says what is put aside for a tender.
type RedemptionKind string

// The kinds of redemptions.
const (
	RedeemVoucher RedemptionKind = "voucher"
	RedeemPoints  RedemptionKind = "points"
)

// RedemptionState says what became of what was put aside.
type RedemptionState string

// The states of a redemption.
const (
	RedemptionHeld     RedemptionState = "held"
	RedemptionSpent    RedemptionState = "spent"
	RedemptionReleased RedemptionState = "released"
)

// Redemption is a voucher's money, or points, put aside for one tender of one
// bill. It is spent by the entry of its sale, and let go by the till or by time.
type Redemption struct {
	ID        string
	Merchant  MerchantID
	Shop      ShopID
	Till      TillID
	Staff     StaffID
	Sale      SaleID
	Tender    string
	Kind      RedemptionKind
	Voucher   string
	Member    MemberID
	Purse     string
	AmountFen int64
	Points    int64
	HeldFen   int64 // what the voucher cannot spend meanwhile
	State     RedemptionState
	MadeAt    time.Time
	ExpiresAt time.Time
	EndedAt   time.Time
}

// Same reports whether two redemptions ask for the same.
func (r Redemption) Same(o Redemption) bool {
	return r.Sale == o.Sale && r.Tender == o.Tender && r.Kind == o.Kind && r.Voucher == o.Voucher && r.Member == o.Member
}

// Stale reports whether what was put aside is free again.
func (r Redemption) Stale(now time.Time) bool {
	return r.State == RedemptionHeld && !now.Before(r.ExpiresAt)
}

// PointKind says why points came or went.
type PointKind string

// The kinds of point entries.
const (
	PointsEarn     PointKind = "earn"
	PointsRedeem   PointKind = "redeem"
	PointsGiveBack PointKind = "give_back" // redeemed points that came back with a return
	PointsTakeBack PointKind = "take_back" // earned points that a return took back
	PointsExpire   PointKind = "expire"
	PointsAdjust   PointKind = "adjust"
	PointsGift     PointKind = "gift"
)

// PointEntry is one coming or going of points.
type PointEntry struct {
	Merchant MerchantID
	Purse    string
	Member   MemberID
	Kind     PointKind
	Ref      string // what it is for: unique within its kind
	Points   int64
	Sale     SaleID
	Staff    StaffID
	Note     string
	At       time.Time
}
