package guitai

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// InvoiceRequestID names a buyer's request for an invoice. Prefix "inv".
type InvoiceRequestID string

// InvoiceState is where a request for an invoice stands.
type InvoiceState string

// The states of a request. A sale has at most one that is open.
const (
	InvoiceOpen    InvoiceState = "open"
	InvoiceDone    InvoiceState = "done"
	InvoiceRefused InvoiceState = "refused"
)

// InvoiceRequest is what a buyer asked for on the digital receipt.
type InvoiceRequest struct {
	ID        InvoiceRequestID
	Merchant  MerchantID
	Shop      ShopID
	Sale      SaleID
	ReceiptNo string
	Amount    Money
	Title     string // whom the invoice is for
	TaxNumber string // empty: a person
	Contact   string // a mail address or a telephone number
	State     InvoiceState
	AskedAt   time.Time
	ClosedAt  time.Time
	ClosedBy  StaffID
	Note      string
}

// Limits of what a buyer may write.
const (
	longestTitle   = 100
	longestContact = 100
)

// Check cleans what a buyer wrote, and names the field that is wrong.
func (r *InvoiceRequest) Check() error {
	r.Title, r.Contact = strings.TrimSpace(r.Title), strings.TrimSpace(r.Contact)
	r.TaxNumber = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(r.TaxNumber), " ", ""))
	wild := func(s string, most int) bool {
		return !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) })
	}
	switch {
	case r.Title == "":
		return FailField(CodeFieldMissing, "title")
	case wild(r.Title, longestTitle):
		return FailField(CodeFieldInvalid, "title")
	case r.TaxNumber != "" && !ValidTaxNumber(r.TaxNumber):
		return Fail(Invalid, CodeInvoiceTaxWrong)
	case r.Contact == "":
		return FailField(CodeFieldMissing, "contact")
	case wild(r.Contact, longestContact) || !reachable(r.Contact):
		return FailField(CodeFieldInvalid, "contact")
	}
	return nil
}

// reachable takes a mail address or a telephone number by its form.
func reachable(s string) bool {
	if name, host, ok := strings.Cut(s, "@"); ok {
		return name != "" && strings.Contains(strings.Trim(host, "."), ".") && !strings.ContainsAny(s, " ,;<>\"") && strings.Count(s, "@") == 1
	}
	digits := 0
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '+' && i == 0, c == '-', c == ' ':
		default:
			return false
		}
	}
	return digits >= 7 && digits <= 15
}

// taxLetters is the alphabet of the unified social credit code: no I, O, S, V, Z
// (GB 32100-2015).
const taxLetters = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidTaxNumber checks a Chinese taxpayer's number: 18 characters with the check
// character of GB 32100, or of GB 11643 for a person; else the older forms of
// 15 or 20 digits and letters, which have none.
func ValidTaxNumber(s string) bool {
	for _, c := range s {
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	switch len(s) {
	case 15, 20:
		return true
	case 18:
		return creditCode(s) || personCode(s)
	}
	return false
}

func creditCode(s string) bool {
	sum, weight := 0, 1 // 3^(i−1) modulo 31
	for _, c := range s[:17] {
		v := strings.IndexRune(taxLetters, c)
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return s[17] == taxLetters[(31-sum%31)%31]
}

func personCode(s string) bool {
	sum := 0
	for i, c := range s[:17] {
		if c < '0' || c > '9' {
			return false
		}
		weight := 1 // 2^(17−i) modulo 11
		for range 17 - i {
			weight = weight * 2 % 11
		}
		sum += int(c-'0') * weight
	}
	return s[17] == "10X98765432"[sum%11]
}
