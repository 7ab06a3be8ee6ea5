package receipt

import (
	"time"

	"guitai"
)

// Kind is the kind of transaction, printed large so that nobody takes a refund
// slip for a sale.
type Kind string

// The kinds of slip.
const (
	Sale       Kind = "sale"       // 消费
	Refund     Kind = "refund"     // 退款
	Void       Kind = "void"       // 撤销
	PreAuth    Kind = "pre_auth"   // 预授权
	Completion Kind = "completion" // 预授权完成
	Test       Kind = "test"       // 打印测试
	Collect    Kind = "collect"    // 收款码: no slip of a payment, but a code to be paid
	Return     Kind = "return"     // 退货
	Exchange   Kind = "exchange"   // 换货
	Gift       Kind = "gift"       // 礼品小票: goods and counts, no prices
	Interim    Kind = "x_report"   // X: the shift so far
	Final      Kind = "z_report"   // Z: the shift's end
)

// CopyMark says whether this slip was printed before.
type CopyMark string

// The two marks.
const (
	Original CopyMark = ""     // the first print
	Copy     CopyMark = "copy" // printed again: the slip says 副本/COPY, large
)

// Mode says whether a slip counts.
type Mode string

// The two modes.
const (
	Live     Mode = ""
	Training Mode = "training" // the slip says 培训, large, above and below: nobody takes it for a proof
)

// SignatureLine says whether the slip has a line to sign on.
type SignatureLine string

// The two ways.
const (
	NoSignature SignatureLine = ""
	Signature   SignatureLine = "signature"
)

// Document is what a slip says. Empty fields are left out. Texts may come from
// anybody: they are cleaned when the slip is laid out, and cut at 200
// characters.
type Document struct {
	Language guitai.Lang // of the captions; empty: ZhHans. Names and texts from outside stay as they are
	Kind     Kind
	Copy     CopyMark
	Mode     Mode
	Logo     Bitmap // above the shop's name; zero: none

	Shop           string // the name above the door, printed large
	Merchant       string // the name on the licence
	Address        string
	Phone          string
	MerchantNumber string // as the bank or wallet knows the merchant; printed large
	Header         []string

	Number         string // of this receipt
	OriginalNumber string // of the receipt that a refund or void belongs to
	Till           string
	Cashier        string
	Member         string
	At             time.Time      // when the money moved
	PrintedAt      time.Time      // of this print, if it is to be shown
	Zone           *time.Location // the shop's; nil: UTC

	Lines   []Line
	Sums    []Sum
	Tenders []Tender
	Fields  []Field // of reports
	Reason  string  // of a refund or void

	Signature SignatureLine
	Barcode   string // Code 128, ASCII, at most 24 characters: the receipt's number, to be scanned back
	Code      string // text of the QR code, such as the receipt's address
	CodeText  string // below the code; empty: a caption that says to scan it
	Footer    []string
}

// Line is one line of the bill. Quantity is worded by the till ("2", "0.350kg");
// with no Quantity only name and amount are printed.
type Line struct {
	Name     string
	Quantity string
	Price    guitai.Money // of one
	Amount   guitai.Money // of the line, after Discount
	Discount guitai.Money // taken off this line, shown when not zero; positive
	Note     string       // below the line
}

// Field is one row of a report: a name and what it is worth. With Head it
// begins a part of the report, and Value may be empty.
type Field struct {
	Name  string
	Value string
	Head  bool
}

// SumName names a sum below the lines.
type SumName string

// The sums. SumTotal and SumRefund are printed large.
const (
	SumSubtotal SumName = "subtotal" // 小计
	SumDiscount SumName = "discount" // 优惠
	SumTotal    SumName = "total"    // 合计
	SumPaid     SumName = "paid"     // 实收
	SumRefund   SumName = "refund"   // 退款金额
	SumRefunded SumName = "refunded" // 累计已退
	SumTendered SumName = "tendered" // 收款 (cash handed over)
	SumChange   SumName = "change"   // 找零
	SumTax      SumName = "tax"      // 其中税额: held in the prices
)

// Sum is one sum below the lines.
type Sum struct {
	Name   SumName
	Amount guitai.Money
}

// Tender is one way the bill was paid with.
type Tender struct {
	Wallet       guitai.Wallet // named in the slip's language
	Name         string        // for tenders without a wallet, worded by the till ("现金")
	Amount       guitai.Money
	State        string // a guitai.PaymentState or refund state; large unless the money is settled
	PaymentID    guitai.PaymentID
	OrderNumber  string // our number at the wallet
	WalletNumber string // the wallet's own number
	Payer        string // as the wallet masks it
	Facts        []Fact // given, change, a voucher's number
}

// Fact is one row below a tender, worded by the till.
type Fact struct{ Name, Value string }

// Limits on a document. A longer one is refused as Invalid field_invalid.
const (
	maxLines   = 500
	maxTexts   = 40 // headers, footers, sums and tenders, each
	maxTextLen = 200
	maxFields  = 300
	maxFacts   = 8 // of one tender
)

func (d Document) check() error {
	for _, c := range []struct {
		field   string
		n, most int
	}{
		{"lines", len(d.Lines), maxLines},
		{"header", len(d.Header), maxTexts},
		{"footer", len(d.Footer), maxTexts},
		{"sums", len(d.Sums), maxTexts},
		{"tenders", len(d.Tenders), maxTexts},
		{"fields", len(d.Fields), maxFields},
		{"barcode", len(d.Barcode), barcodeMost},
	} {
		if c.n > c.most {
			return guitai.FailField(guitai.CodeFieldInvalid, c.field)
		}
	}
	for _, t := range d.Tenders {
		if len(t.Facts) > maxFacts {
			return guitai.FailField(guitai.CodeFieldInvalid, "tenders")
		}
	}
	if err := d.Logo.check(); err != nil {
		return err
	}
	switch d.Language {
	case "", guitai.ZhHans, guitai.ZhHant, guitai.En:
	default:
		return guitai.FailField(guitai.CodeFieldInvalid, "language")
	}
	if kindWord(d.Kind) == (word{}) {
		return guitai.FailField(guitai.CodeFieldInvalid, "kind")
	}
	return nil
}

// Paper is the width of the roll.
type Paper int

// The two widths that receipt printers take.
const (
	Paper58 Paper = 58 // mm; 48 mm printed: 32 columns, 384 dots
	Paper80 Paper = 80 // mm; 72 mm printed: 48 columns, 576 dots
)

// Columns is how many narrow characters stand on a row; a Chinese character
// takes two.
func (p Paper) Columns() int {
	if p == Paper80 {
		return 48
	}
	return 32
}

// Dots is how many dots a printer of 203 dpi sets on a row.
func (p Paper) Dots() int { return p.Columns() * cellDots }

// cellDots is the width of a narrow character in dots: font A of every receipt
// printer is 12 × 24, its Chinese font 24 × 24.
const cellDots = 12
