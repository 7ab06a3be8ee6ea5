package till

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"guitai"
)

// The bodies of entries as the till writes them, see docs/till-journal.md. They
// come from outside: each is read strictly, and what they name is checked by
// whoever judges the entry.
type (
	noBody struct{}

	notesBody struct {
		Fen int64 `json:"fen"`
		N   int64 `json:"n"`
	}

	shiftOpenBody struct {
		Shift    guitai.ShiftID `json:"shift"`
		FloatFen int64          `json:"float_fen"`
		Notes    []notesBody    `json:"notes"`
	}

	cashBody struct {
		Move      string          `json:"move"`
		Shift     guitai.ShiftID  `json:"shift"`
		What      guitai.CashKind `json:"what"`
		AmountFen int64           `json:"amount_fen"`
		Reason    string          `json:"reason"`
		Approval  string          `json:"approval"`
	}

	discountBody struct {
		PercentMilli int64  `json:"percent_milli"`
		OffFen       int64  `json:"off_fen"`
		Reason       string `json:"reason"`
		Approval     string `json:"approval"`
	}

	backBody struct {
		Sale      guitai.SaleID `json:"sale"`
		N         int           `json:"n"`
		ReceiptNo string        `json:"receipt_no"`
	}

	lineBody struct {
		N           int          `json:"n"`
		Item        string       `json:"item"`
		Barcode     string       `json:"barcode"`
		Name        string       `json:"name"`
		Department  string       `json:"department"`
		Unit        string       `json:"unit"`
		CountMilli  int64        `json:"count_milli"`
		ListFen     int64        `json:"list_fen"`
		PriceFen    int64        `json:"price_fen"`
		Discount    discountBody `json:"discount"`
		TotalFen    int64        `json:"total_fen"`
		PriceReason string       `json:"price_reason"`
		Approval    string       `json:"approval"`
		Back        *backBody    `json:"back"`
	}

	tenderBody struct {
		N         string            `json:"n"`
		Kind      guitai.TenderKind `json:"kind"`
		AmountFen int64             `json:"amount_fen"`
		GivenFen  int64             `json:"given_fen"`
		ChangeFen int64             `json:"change_fen"`
		Payment   guitai.PaymentID  `json:"payment"`
		Refund    guitai.RefundID   `json:"refund"`
		Wallet    guitai.Wallet     `json:"wallet"`
		Offline   string            `json:"offline"`
		ChequeNo  string            `json:"cheque_no"`
		Voucher   string            `json:"voucher"`
		Points    int64             `json:"points"`
		Member    guitai.MemberID   `json:"member"`
		Approval  string            `json:"approval"`
	}

	saleBody struct {
		Sale      guitai.SaleID   `json:"sale"`
		ReceiptNo string          `json:"receipt_no"`
		Shift     guitai.ShiftID  `json:"shift"`
		Began     string          `json:"began"`
		Lines     []lineBody      `json:"lines"`
		Discount  discountBody    `json:"discount"`
		TotalFen  int64           `json:"total_fen"`
		Tenders   []tenderBody    `json:"tenders"`
		Member    guitai.MemberID `json:"member"`
		Cancelled []lineBody      `json:"cancelled"`
		Approvals []string        `json:"approvals"`
	}

	cancelledBody struct {
		Sale     guitai.SaleID  `json:"sale"`
		Shift    guitai.ShiftID `json:"shift"`
		Began    string         `json:"began"`
		Lines    []lineBody     `json:"lines"`
		TotalFen int64          `json:"total_fen"`
		Reason   string         `json:"reason"`
		Approval string         `json:"approval"`
	}

	voidedBody struct {
		Void      string         `json:"void"`
		Sale      guitai.SaleID  `json:"sale"`
		ReceiptNo string         `json:"receipt_no"`
		Shift     guitai.ShiftID `json:"shift"`
		Reason    string         `json:"reason"`
		Approval  string         `json:"approval"`
		Tenders   []tenderBody   `json:"tenders"`
	}

	heldBody struct {
		Hold     guitai.HoldID `json:"hold"`
		Sale     guitai.SaleID `json:"sale"`
		TotalFen int64         `json:"total_fen"`
		Lines    []lineBody    `json:"lines"`
	}

	resumedBody struct {
		Hold guitai.HoldID `json:"hold"`
		Sale guitai.SaleID `json:"sale"`
	}

	printedBody struct {
		Sale    string `json:"sale"` // of a Z: its shift
		What    string `json:"what"`
		Printer string `json:"printer"`
		OK      bool   `json:"ok"`
		Problem string `json:"problem"`
	}

	countedBody struct {
		Tender guitai.TenderKind `json:"tender"`
		Fen    int64             `json:"fen"`
		Notes  []notesBody       `json:"notes"`
	}

	expectedBody struct {
		Tender guitai.TenderKind `json:"tender"`
		Fen    int64             `json:"fen"`
	}

	shiftCloseBody struct {
		Shift    guitai.ShiftID `json:"shift"`
		Counted  []countedBody  `json:"counted"`
		Expected []expectedBody `json:"expected"`
		Wallets  struct {
			AskedAt string `json:"asked_at"`
			Agreed  int64  `json:"agreed"`
			Open    int64  `json:"open"`
			Differ  int64  `json:"differ"`
		} `json:"wallets"`
		Note     string `json:"note"`
		Approval string `json:"approval"`
	}
)

// deepest is how far the objects and lists of a body may lie in each other.
const deepest = 8

var errBody = errors.New("till: the body of an entry cannot be read")

// readBody reads one JSON object of exactly the shape of T: no key that is
// unknown, doubled or spelt otherwise, and nothing after it.
func readBody[T any](text string) (T, error) {
	var v, none T
	if len(text) > guitai.MostEntryBody || !utf8.ValidString(text) {
		return none, errBody
	}
	k := keys{json.NewDecoder(bytes.NewReader([]byte(text)))}
	k.UseNumber()
	if tok, err := k.Token(); err != nil || tok != json.Delim('{') || !k.object(1) {
		return none, errBody
	}
	if _, err := k.Token(); !errors.Is(err, io.EOF) {
		return none, errBody
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return none, errBody
	}
	return v, nil
}

// keys walks over a JSON text and looks at its keys. All of ours are small
// letters, digits and underscores: with that, encoding/json takes no key for
// another.
type keys struct{ *json.Decoder }

func (k keys) value(depth int) bool {
	tok, err := k.Token()
	switch {
	case err != nil || depth > deepest:
		return false
	case tok == json.Delim('{'):
		return k.object(depth + 1)
	case tok == json.Delim('['):
		for k.More() {
			if !k.value(depth + 1) {
				return false
			}
		}
		_, err = k.Token()
		return err == nil
	}
	return tok != nil // what is left out is left out, never null
}

func (k keys) object(depth int) bool {
	seen := map[string]bool{}
	for k.More() {
		tok, err := k.Token()
		key, ok := tok.(string)
		if err != nil || !ok || seen[key] || !plainKey(key) || !k.value(depth) {
			return false
		}
		seen[key] = true
	}
	_, err := k.Token()
	return err == nil
}

func plainKey(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != ""
}

func (d discountBody) discount() guitai.Discount {
	return guitai.Discount{PercentMilli: d.PercentMilli, OffFen: d.OffFen, Reason: d.Reason, Approval: d.Approval}
}

func saleLines(list []lineBody) []guitai.SaleLine {
	var out []guitai.SaleLine
	for _, l := range list {
		line := guitai.SaleLine{N: l.N, Item: l.Item, Barcode: l.Barcode, Name: l.Name, Department: l.Department, Unit: l.Unit,
			CountMilli: l.CountMilli, ListFen: l.ListFen, PriceFen: l.PriceFen, Discount: l.Discount.discount(), TotalFen: l.TotalFen,
			PriceReason: l.PriceReason, Approval: l.Approval}
		if l.Back != nil {
			line.Back = guitai.BackOf{Sale: l.Back.Sale, N: l.Back.N, ReceiptNo: l.Back.ReceiptNo}
		}
		out = append(out, line)
	}
	return out
}

func saleTenders(list []tenderBody) []guitai.SaleTender {
	var out []guitai.SaleTender
	for _, t := range list {
		out = append(out, guitai.SaleTender{N: t.N, Kind: t.Kind, AmountFen: t.AmountFen, GivenFen: t.GivenFen, ChangeFen: t.ChangeFen,
			Payment: t.Payment, Refund: t.Refund, Wallet: t.Wallet, Offline: t.Offline, ChequeNo: t.ChequeNo, Voucher: t.Voucher,
			Points: t.Points, Member: t.Member, Approval: t.Approval})
	}
	return out
}

func notesIn(list []notesBody) []guitai.Notes {
	var out []guitai.Notes
	for _, n := range list {
		out = append(out, guitai.Notes{Fen: n.Fen, N: n.N})
	}
	return out
}

// longestWord bounds every text of a body that is no ID: reasons, names,
// numbers of cheques.
const longestWord = 500

// words reports whether texts from outside may be kept: not too long, and
// without the control characters that would spoil a report.
func words(list ...string) bool {
	for _, s := range list {
		if len(s) > longestWord {
			return false
		}
		for _, r := range s {
			if r < ' ' && r != '\n' || r == 0x7f {
				return false
			}
		}
	}
	return true
}

// ids reports whether names from outside may be kept; empty ones may not.
func ids(list ...string) bool {
	for _, s := range list {
		if guitai.ValidID(s) != nil {
			return false
		}
	}
	return true
}

// maybeIDs is ids, where empty says none.
func maybeIDs(list ...string) bool {
	for _, s := range list {
		if s != "" && guitai.ValidID(s) != nil {
			return false
		}
	}
	return true
}

// possible reports whether a line names what can be.
func possible(l guitai.SaleLine) bool {
	back := l.Back == guitai.BackOf{} || l.CountMilli < 0 && ids(string(l.Back.Sale)) && l.Back.N > 0
	return l.Within() && back && maybeIDs(l.Approval, l.Discount.Approval) &&
		words(l.Item, l.Barcode, l.Name, l.Department, l.Unit, l.PriceReason, l.Discount.Reason, l.Back.ReceiptNo)
}

// possibleTender reports whether a tender names what can be.
func possibleTender(t guitai.SaleTender) bool {
	return t.Within() && maybeIDs(string(t.Payment), string(t.Refund), string(t.Member), t.Approval) &&
		(t.Wallet == "" || t.Wallet.Known()) && words(t.Offline, t.ChequeNo, t.Voucher)
}
