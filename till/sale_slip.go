package till

import (
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/receipt"
)

// Design is how a shop's receipts look: the receipt part of
// docs/till-bundle.md. On says what this one print is.
type Design struct {
	Paper     receipt.Paper
	Logo      string // a data URL, as receipt.MakeLogo makes it
	Header    []string
	Footer    []string
	Show      Show
	Copies    int
	Density   int
	Speed     int
	Language  guitai.Lang
	Raster    bool // the printer has no Chinese: everything goes as dots
	Signature bool

	On Occasion
}

// Show says which fields a receipt has.
type Show struct {
	Cashier, Member, Discount, WalletNo, Tax, InvoiceCode, ReceiptCode bool
}

// Occasion is what one print is, besides the sale.
type Occasion struct {
	Copy      receipt.CopyMark
	Mode      receipt.Mode
	Gift      bool             // goods and counts, no prices
	Zone      *time.Location   // the shop's; nil: UTC
	PrintedAt time.Time        // shown on copies
	Link      string           // the address of the digital receipt; empty: none
	TaxMilli  map[string]int64 // a department's tax in thousandths of a percent, held in its prices
}

// DefaultDesign is what a shop has that never opened the designer.
func DefaultDesign() Design {
	return Design{Paper: receipt.Paper80, Copies: 1, Language: guitai.ZhHans,
		Show: Show{Cashier: true, Member: true, Discount: true, WalletNo: true, InvoiceCode: true, ReceiptCode: true}}
}

// Options are the printer's part of a design.
func (d Design) Options() receipt.Options {
	o := receipt.Options{Density: min(max(d.Density, -6), 6), Speed: min(max(d.Speed, 0), 9)}
	if d.Raster {
		o.Draw = receipt.DrawPicture
	}
	return o
}

// SaleSlip words the receipt of a sale. A broken logo is left out: no receipt
// is withheld for its sake.
func SaleSlip(s guitai.Sale, w guitai.Where, d Design) receipt.Document {
	l := d.Language
	out := receipt.Document{
		Language: l, Kind: kindOf(s), Copy: d.On.Copy, Mode: d.On.Mode,
		Shop: w.Shop.Name, Merchant: w.Merchant.Name, Address: w.Shop.Address, Phone: w.Shop.Phone, Header: d.Header, Footer: d.Footer,
		Number: s.ReceiptNo, Barcode: barcodeOf(s.ReceiptNo), Till: w.Till.Number, At: s.At, Zone: d.On.Zone,
		OriginalNumber: original(s),
	}
	if logo, err := receipt.ReadLogo(d.Logo); err == nil {
		out.Logo = logo
	}
	if d.On.Copy == receipt.Copy {
		out.PrintedAt = d.On.PrintedAt
	}
	if d.Show.Cashier {
		out.Cashier = w.Staff.Number
	}
	if d.On.Gift {
		out.Kind = receipt.Gift
		for _, line := range s.Lines {
			out.Lines = append(out.Lines, receipt.Line{Name: line.Name, Quantity: count(line)})
		}
		return out
	}
	if d.Show.Member && s.Member != "" {
		out.Member = mask(string(s.Member))
	}
	for _, line := range s.Lines {
		out.Lines = append(out.Lines, slipLine(s, line, d))
	}
	out.Sums = slipSums(s, d)
	for _, t := range s.Tenders {
		out.Tenders = append(out.Tenders, slipTender(s, t, d))
	}
	if d.Signature && s.TotalFen != 0 {
		out.Signature = receipt.Signature
	}
	if d.On.Link != "" && (d.Show.ReceiptCode || d.Show.InvoiceCode) {
		out.Code, out.CodeText = d.On.Link, linkText(d)
	}
	return out
}

// kindOf tells a sale from a return, an exchange and what was undone.
func kindOf(s guitai.Sale) receipt.Kind {
	sold, back := false, false
	for _, line := range s.Lines {
		sold, back = sold || line.CountMilli >= 0, back || line.CountMilli < 0
	}
	switch {
	case s.State == guitai.SaleVoided:
		return receipt.Void
	case sold && back:
		return receipt.Exchange
	case back:
		return receipt.Return
	}
	return receipt.Sale
}

// original is the receipt that goods came back from, when it is one.
func original(s guitai.Sale) string {
	no := ""
	for _, line := range s.Lines {
		if n := line.Back.ReceiptNo; n != "" {
			if no != "" && no != n {
				return "" // more than one: each stands at its line
			}
			no = n
		}
	}
	return no
}

func barcodeOf(receiptNo string) string {
	if len(receiptNo) > 24 || strings.ContainsFunc(receiptNo, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return receiptNo
}

func slipLine(s guitai.Sale, n guitai.SaleLine, d Design) receipt.Line {
	money := func(fen int64) guitai.Money { return guitai.Money{Fen: fen, Currency: s.Currency} }
	out := receipt.Line{Name: n.Name, Quantity: count(n), Price: money(n.PriceFen), Amount: money(n.TotalFen)}
	if n.CountMilli < 0 {
		out.Name = saleWord(wordBack, d.Language) + " " + n.Name
		if n.Back.ReceiptNo != "" && original(s) == "" {
			out.Note = saleWord(wordFrom, d.Language) + " " + n.Back.ReceiptNo
		}
	}
	if d.Show.Discount {
		out.Discount = money(n.Discount.OffFen)
	}
	return out
}

// count writes thousandths without the noughts: "2", "0.358kg". Units of
// pieces are left out: everybody counts them.
func count(n guitai.SaleLine) string {
	whole, part := n.CountMilli/1000, n.CountMilli%1000
	sign := ""
	if n.CountMilli < 0 {
		sign, whole, part = "-", -whole, -part
	}
	out := sign + strconv.FormatInt(whole, 10)
	if part != 0 {
		digits := strconv.FormatInt(1000+part, 10)[1:]
		out += "." + strings.TrimRight(digits, "0")
	}
	if part != 0 || weighs(n.Unit) {
		out += n.Unit
	}
	return out
}

func weighs(unit string) bool {
	switch strings.ToLower(unit) {
	case "kg", "g", "公斤", "千克", "斤", "克", "两", "l", "升", "m", "米":
		return true
	}
	return false
}

func slipSums(s guitai.Sale, d Design) []receipt.Sum {
	money := func(fen int64) guitai.Money { return guitai.Money{Fen: fen, Currency: s.Currency} }
	var out []receipt.Sum
	if off := s.Discount.OffFen; off != 0 {
		if d.Show.Discount {
			out = append(out, receipt.Sum{Name: receipt.SumSubtotal, Amount: money(s.TotalFen + off)},
				receipt.Sum{Name: receipt.SumDiscount, Amount: money(-off)})
		}
	}
	out = append(out, receipt.Sum{Name: receipt.SumTotal, Amount: money(s.TotalFen)})
	if tax := taxOf(s, d.On.TaxMilli); d.Show.Tax && tax != 0 {
		out = append(out, receipt.Sum{Name: receipt.SumTax, Amount: money(tax)})
	}
	return out
}

// taxOf is the tax that the prices hold, after the bill's discount.
func taxOf(s guitai.Sale, milli map[string]int64) int64 {
	var before, tax int64
	for _, line := range s.Lines {
		before += line.TotalFen
		if rate := milli[line.Department]; rate > 0 {
			tax += roundDiv(line.TotalFen*rate, 100_000+rate)
		}
	}
	if before != 0 && before != s.TotalFen {
		tax = roundDiv(tax*s.TotalFen, before)
	}
	return tax
}

// roundDiv rounds half away from zero.
func roundDiv(a, b int64) int64 {
	if b < 0 {
		a, b = -a, -b
	}
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}

func slipTender(s guitai.Sale, t guitai.SaleTender, d Design) receipt.Tender {
	money := func(fen int64) guitai.Money { return guitai.Money{Fen: fen, Currency: s.Currency} }
	l := d.Language
	out := receipt.Tender{Wallet: t.Wallet, Amount: money(t.AmountFen)}
	if t.Kind != guitai.TenderWallet || t.Wallet == "" {
		out.Wallet, out.Name = "", tenderWord(t.Kind, l)
	}
	fact := func(w saleWording, value string) {
		if value != "" {
			out.Facts = append(out.Facts, receipt.Fact{Name: saleWord(w, l), Value: value})
		}
	}
	if t.Kind == guitai.TenderCash && t.GivenFen != t.AmountFen && t.GivenFen != 0 {
		fact(wordGiven, money(t.GivenFen).Decimal())
		fact(wordChange, money(t.ChangeFen).Decimal())
	}
	if t.Points != 0 {
		fact(wordPoints, strconv.FormatInt(t.Points, 10))
	}
	if t.Kind == guitai.TenderCheque {
		fact(wordNumber, mask(t.ChequeNo))
	}
	if t.Kind == guitai.TenderVoucher {
		fact(wordNumber, mask(t.Voucher))
	}
	if d.Show.WalletNo {
		switch {
		case t.Refund != "":
			fact(wordNumber, mask(string(t.Refund)))
		case t.Payment != "":
			fact(wordNumber, mask(string(t.Payment)))
		case t.Offline != "":
			fact(wordOffline, mask(t.Offline))
		}
	}
	return out
}

// mask leaves what is needed to find a number again, and not enough to use it.
func mask(s string) string {
	r := []rune(s)
	switch {
	case len(r) <= 4:
		return strings.Repeat("*", len(r))
	case len(r) <= 8:
		return "****" + string(r[len(r)-2:])
	}
	return string(r[:4]) + "****" + string(r[len(r)-4:])
}
