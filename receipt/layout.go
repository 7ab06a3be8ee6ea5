package receipt

import (
	"strings"
	"time"

	"guitai"
	"guitai/qr"
)

// kind, align and size say how a row is drawn.
type (
	kind  int
	align int
	size  int
)

const (
	rowText  kind = iota // left or right text, or both at the two edges
	rowCells             // name, quantity, price, amount (80 mm)
	rowRule              // a dashed line
	rowBlank
	rowCode // the QR code
	rowDots // a logo or a bar code
)

const (
	alignLeft align = iota
	alignCentre
	alignRight
)

const (
	normal size = iota
	tall        // twice as high
	big         // twice as high and wide
)

// row is one row of the slip, already cleaned and no wider than the paper.
type row struct {
	kind  kind
	align align // of a rowText without right
	size  size
	left  string
	right string
	cells [3]string // quantity, price and amount of rowCells; the name is left
	code  qr.Matrix
	image Bitmap // of rowDots
}

// cellColumns are the widths of quantity, price and amount on 80 mm paper; the
// name has what is left.
const (
	quantityColumns = 8
	priceColumns    = 9
	amountColumns   = 10
)

// indent stands before what belongs to the line above.
const indent = "  "

// Slip is a document laid out for one paper.
type Slip struct {
	paper    Paper
	language guitai.Lang
	title    string
	codeText string // what the QR code says
	rows     []row
}

// Paper is the paper that the slip was laid out for.
func (s Slip) Paper() Paper { return s.paper }

// Lay lays a document out for a paper. It fails as Invalid when the document is
// beyond its limits, or the text of its code is (qr.Encode).
func Lay(d Document, p Paper) (Slip, error) {
	if p != Paper58 && p != Paper80 {
		return Slip{}, guitai.FailField(guitai.CodeFieldInvalid, "paper")
	}
	if err := d.check(); err != nil {
		return Slip{}, err
	}
	if d.Language == "" {
		d.Language = guitai.ZhHans
	}
	l := layer{Document: d, paper: p}
	l.head()
	l.facts()
	l.goods()
	l.sums()
	for i, t := range d.Tenders {
		if i == 0 || d.Tenders[i-1].OrderNumber != "" || t.OrderNumber != "" {
			l.rule()
		}
		l.tender(t)
	}
	l.fields()
	l.end()
	if err := l.barcode(); err != nil {
		return Slip{}, err
	}
	if err := l.code(); err != nil {
		return Slip{}, err
	}
	for _, s := range d.Footer {
		l.centred(s, normal)
	}
	l.mode()
	title := kindWord(d.Kind).in(d.Language) + " " + clean(d.Number)
	return Slip{paper: p, language: d.Language, title: strings.TrimSpace(title), codeText: d.Code, rows: l.rows}, nil
}

// layer gathers the rows.
type layer struct {
	Document
	paper Paper
	rows  []row
}

func (l *layer) add(r row) { l.rows = append(l.rows, r) }

func (l *layer) rule() {
	if n := len(l.rows); n > 0 && l.rows[n-1].kind != rowRule {
		l.add(row{kind: rowRule})
	}
}

func (l *layer) word(c caption) string { return captionWord(c).in(l.Language) }

// width is how many columns a row of this size has.
func (l *layer) width(s size) int {
	if s == big {
		return l.paper.Columns() / 2
	}
	return l.paper.Columns()
}

// centred adds text in the middle, wrapped; a line end in it ends the row.
func (l *layer) centred(text string, s size) {
	for part := range strings.SplitSeq(text, "\n") {
		for _, t := range wrap(clean(part), l.width(s)) {
			l.add(row{align: alignCentre, size: s, left: t})
		}
	}
}

// large adds text in the middle, big when it fits one row so, else tall.
func (l *layer) large(text string) {
	s := big
	if columns(clean(text)) > l.width(big) {
		s = tall
	}
	l.centred(text, s)
}

// field adds a caption at the left edge and its value at the right one; a value
// that does not fit beside its caption gets rows of its own.
func (l *layer) field(name, value string, s size) {
	if value = clean(value); value != "" {
		l.pair(clean(name), value, s)
	}
}

// pair is field for texts that are clean, and may be indented.
func (l *layer) pair(name, value string, s size) {
	if columns(name)+1+columns(value) <= l.width(s) {
		l.add(row{size: s, left: name, right: value})
		return
	}
	for _, t := range wrap(name, l.width(s)) {
		l.add(row{size: s, left: t})
	}
	for _, t := range wrap(value, l.width(s)) {
		l.add(row{size: s, align: alignRight, left: t})
	}
}

// largeField is a field that stands out: big when it fits one row so, else tall.
func (l *layer) largeField(name, value string) {
	s := big
	if columns(name)+1+columns(clean(value)) > l.width(big) {
		s = tall
	}
	l.field(name, value, s)
}

func (l *layer) head() {
	l.mode()
	if l.Copy == Copy {
		l.large(l.word(capCopy))
	}
	if l.Logo.High > 0 && l.Logo.Wide <= l.paper.Dots() {
		l.add(row{kind: rowDots, align: alignCentre, image: l.Logo})
	}
	name := l.Shop
	if name == "" {
		name = l.Merchant
	}
	l.large(name)
	if l.Merchant != name {
		l.centred(l.Merchant, normal)
	}
	l.centred(l.Address, normal)
	if l.Phone != "" {
		l.centred(l.word(capPhone)+" "+l.Phone, normal)
	}
	for _, s := range l.Header {
		l.centred(s, normal)
	}
	l.rule()
	l.large(kindWord(l.Kind).in(l.Language))
}

func (l *layer) facts() {
	l.largeField(l.word(capMerchantNumber), l.MerchantNumber)
	l.field(l.word(capNumber), l.Number, normal)
	l.field(l.word(capOriginalNumber), l.OriginalNumber, normal)
	l.field(l.word(capTill), l.Till, normal)
	l.field(l.word(capCashier), l.Cashier, normal)
	l.field(l.word(capMember), l.Member, normal)
	l.field(l.word(capAt), l.clock(l.At), normal)
	l.field(l.word(capPrintedAt), l.clock(l.PrintedAt), normal)
}

// clock writes a time in the shop's zone.
func (l *layer) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format(time.DateTime)
}

func (l *layer) goods() {
	if len(l.Lines) == 0 {
		return
	}
	l.rule()
	if l.Kind == Gift {
		for _, n := range l.Lines {
			l.field(n.Name, n.Quantity, normal)
		}
		return
	}
	if l.paper == Paper80 {
		l.add(row{kind: rowCells, left: l.word(capName), cells: [3]string{l.word(capQuantity), l.word(capPrice), l.word(capAmount)}})
	} else {
		l.field(l.word(capName), l.word(capAmount), normal)
	}
	for _, n := range l.Lines {
		l.line(n)
	}
}

// line adds one line of the bill: one row of cells where the paper is wide and
// all fits, else the name above quantity, price and amount.
func (l *layer) line(n Line) {
	name, quantity := clean(n.Name), clean(n.Quantity)
	price, amount := n.Price.Decimal(), n.Amount.Decimal()
	switch {
	case quantity == "":
		l.field(name, amount, normal)
	case l.paper == Paper80 && columns(quantity) < quantityColumns && len(price) < priceColumns && len(amount) < amountColumns:
		rows := wrap(name, l.paper.Columns()-quantityColumns-priceColumns-amountColumns)
		if len(rows) == 0 {
			rows = []string{""}
		}
		l.add(row{kind: rowCells, left: rows[0], cells: [3]string{quantity, price, amount}})
		for _, t := range rows[1:] { // the figures stand beside the first row of a long name
			l.add(row{left: t})
		}
	default:
		for _, t := range wrap(name, l.width(normal)) {
			l.add(row{left: t})
		}
		l.pair(indent+quantity+" x "+price, amount, normal)
	}
	if n.Discount.Fen != 0 {
		l.pair(indent+l.word(capLineDiscount), "-"+n.Discount.Decimal(), normal)
	}
	for _, t := range wrap(clean(n.Note), l.width(normal)-len(indent)) {
		l.add(row{left: indent + t})
	}
}

func (l *layer) sums() {
	if len(l.Sums) > 0 {
		l.rule()
	}
	for _, s := range l.Sums {
		name := sumWord(s.Name).in(l.Language)
		if s.Name == SumTotal || s.Name == SumRefund {
			l.largeField(name, money(s.Amount))
		} else {
			l.field(name, money(s.Amount), normal)
		}
	}
}

func (l *layer) tender(t Tender) {
	name := t.Name
	if t.Wallet != "" {
		name = walletWord(t.Wallet).in(l.Language)
	}
	l.field(name, money(t.Amount), normal)
	if t.State != "" {
		if w, settled := stateWord(t.State); settled {
			l.field(l.word(capState), w.in(l.Language), normal)
		} else {
			l.largeField(l.word(capState), w.in(l.Language))
		}
	}
	l.field(l.word(capPayer), t.Payer, normal)
	l.field(l.word(capOrderNumber), t.OrderNumber, normal)
	l.field(l.word(capWalletNumber), t.WalletNumber, normal)
	l.field(l.word(capPaymentID), string(t.PaymentID), normal)
	for _, f := range t.Facts {
		if value := clean(f.Value); value != "" {
			l.pair(indent+clean(f.Name), value, normal)
		}
	}
}

// fields are the rows of a report.
func (l *layer) fields() {
	for _, f := range l.Fields {
		if !f.Head {
			l.field(f.Name, f.Value, normal)
			continue
		}
		l.rule()
		if f.Value == "" {
			l.centred(f.Name, normal)
		} else {
			l.largeField(clean(f.Name), f.Value)
		}
	}
}

// mode says what does not count, large.
func (l *layer) mode() {
	if l.Mode == Training {
		l.large(l.word(capTraining))
	}
}

// barcode adds the receipt's number as bars, with the number below.
func (l *layer) barcode() error {
	if l.Barcode == "" {
		return nil
	}
	bars, err := code128Bars(l.Barcode, l.paper.Dots())
	if err != nil {
		return err
	}
	l.add(row{kind: rowDots, align: alignCentre, image: bars})
	l.centred(l.Barcode, normal)
	return nil
}

func (l *layer) end() {
	if l.Reason != "" {
		l.rule()
		l.field(l.word(capReason), l.Reason, normal)
	}
	if l.Signature == Signature {
		l.rule()
		l.add(row{left: l.word(capSignature)})
		l.add(row{kind: rowBlank})
		l.add(row{kind: rowBlank})
	}
	l.rule()
}

func (l *layer) code() error {
	if l.Code == "" {
		return nil
	}
	// Medium: thermal paper fades and creases.
	m, err := qr.Encode(l.Code, qr.Medium)
	if err != nil {
		return err
	}
	l.add(row{kind: rowCode, code: m})
	text := l.CodeText
	if text == "" {
		text = l.word(capScan)
	}
	l.centred(text, normal)
	return nil
}

// money writes an amount with its sign: "￥12.50", "-￥12.50", "HKD 12.50". The
// full-width ￥ (U+FFE5) is the one that GB18030 printers have.
func money(m guitai.Money) string {
	digits, negative := strings.CutPrefix(m.Decimal(), "-")
	sign := ""
	if negative {
		sign = "-"
	}
	if m.Currency == guitai.CNY {
		return sign + "￥" + digits
	}
	return strings.TrimSpace(string(m.Currency) + " " + sign + digits)
}
