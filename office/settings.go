package office

import (
	"encoding/json"
	"slices"

	"guitai"
)

// Settings is what a till asks about how it is to work (docs/till-bundle.md).
// What is nil is not said: a shop's settings lie over the usual ones, and a
// till's own over its shop's.
type Settings struct {
	BlindCount *bool             `json:"blind_count,omitempty" doc:"the cashier counts without seeing what should be there"`
	FloatFen   *int64            `json:"float_fen,omitempty" minimum:"0" maximum:"100000000"`
	LockAfter  *int              `json:"lock_after_s,omitempty" minimum:"0" maximum:"86400" doc:"seconds; 0: never"`
	NumberPad  *string           `json:"number_pad,omitempty" enum:"phone,calculator" doc:"phone: 1 2 3 on top"`
	Language   *string           `json:"language,omitempty" enum:"zh-CN,zh-TW,en"`
	Voice      *Voice            `json:"voice,omitempty"`
	Sounds     *bool             `json:"sounds,omitempty"`
	Approvals  map[string]string `json:"approvals,omitempty" doc:"act: free, limit (free up to the person's limits, above them a manager) or manager"`
	Tenders    []string          `json:"tenders,omitzero"`
	Weighed    []ScalePrefix     `json:"weighed,omitzero" doc:"which in-store codes hold what"`
	Shortcuts  map[string]string `json:"shortcuts,omitempty" doc:"what a key does: its name, such as F9"`
	Receipt    *ReceiptDesign    `json:"receipt,omitempty"`
	Printers   []Printer         `json:"printers,omitzero"`
}

// Voice says whether amounts are spoken.
type Voice struct {
	On       bool   `json:"on"`
	Language string `json:"language" enum:"zh-CN,zh-HK,en"`
}

// ScalePrefix is what an in-store code with two first digits holds.
type ScalePrefix struct {
	Prefix string `json:"prefix" example:"21" doc:"20 to 29"`
	Holds  string `json:"holds" enum:"weight,price"`
}

// ReceiptDesign is how a receipt looks.
type ReceiptDesign struct {
	Paper     int          `json:"paper" enum:"58,80"`
	Logo      string       `json:"logo" maxLength:"49152"`
	Header    []string     `json:"header"`
	Footer    []string     `json:"footer"`
	Show      ReceiptShows `json:"show"`
	Copies    int          `json:"copies" minimum:"0" maximum:"5"`
	Density   int          `json:"density" minimum:"0" maximum:"100"`
	Speed     int          `json:"speed" minimum:"0" maximum:"100"`
	Language  string       `json:"language"`
	Raster    bool         `json:"raster"`
	Signature bool         `json:"signature"`
}

// ReceiptShows is what stands on a receipt.
type ReceiptShows struct {
	Cashier     bool `json:"cashier"`
	Member      bool `json:"member"`
	Discount    bool `json:"discount"`
	WalletNo    bool `json:"wallet_no"`
	Tax         bool `json:"tax"`
	InvoiceCode bool `json:"invoice_code"`
	ReceiptCode bool `json:"receipt_code"`
}

// Printer is one printer of a till.
type Printer struct {
	ID       string `json:"id" maxLength:"64"`
	Name     string `json:"name" maxLength:"60"`
	Kind     string `json:"kind" enum:"network,device,browser,system"`
	Address  string `json:"address,omitempty" maxLength:"255"`
	Paper    int    `json:"paper" enum:"58,80"`
	Codepage string `json:"codepage" enum:"gb18030,raster"`
	Drawer   bool   `json:"drawer"`
	BackupOf string `json:"backup_of,omitempty" maxLength:"64"`
}

// acts are what can be put under approval at a till.
func acts() []string {
	return []string{"void", "return", "return_without_receipt", "discount", "price_change", "drawer", "cancel_line", "cancel_bill", "pay_out", "reprint"}
}

func tenders() []string { return []string{"cash", "wallet", "cheque", "voucher", "points", "account"} }

// usualSettings are those of a till where nobody has said anything else.
func usualSettings(t guitai.Till) Settings {
	s := Settings{BlindCount: new(bool), FloatFen: new(int64(50_000)), LockAfter: new(300), NumberPad: new("calculator"),
		Language: new("zh-CN"), Voice: &Voice{true, "zh-CN"}, Sounds: new(true),
		Approvals: map[string]string{"void": "limit", "return": "limit", "return_without_receipt": "manager", "discount": "limit",
			"price_change": "limit", "drawer": "limit", "cancel_line": "free", "cancel_bill": "free", "pay_out": "manager", "reprint": "free"},
		Tenders: []string{"cash", "wallet", "cheque", "voucher", "points"},
		Weighed: []ScalePrefix{{"21", "weight"}, {"22", "price"}},
		Shortcuts: map[string]string{"help": "F1", "price": "F2", "hold": "F3", "search": "F4", "member": "F6", "discount": "F7",
			"back": "F8", "pay": "F9", "drawer": "F10", "lock": "F12"},
		Receipt: &ReceiptDesign{Paper: t.Paper, Header: []string{}, Footer: []string{},
			Show: ReceiptShows{Cashier: true, Member: true, Discount: true, WalletNo: true, ReceiptCode: true}, Copies: 1, Language: "zh-CN"},
		Printers: []Printer{}}
	if t.Printer != "" {
		s.Printers = append(s.Printers, Printer{ID: "main", Name: t.Name, Kind: "network", Address: t.Printer, Paper: t.Paper,
			Codepage: "gb18030", Drawer: true})
	}
	return s
}

// over lays what is said in s over lower.
func (s Settings) over(lower Settings) Settings {
	out := lower
	lay(&out.BlindCount, s.BlindCount)
	lay(&out.FloatFen, s.FloatFen)
	lay(&out.LockAfter, s.LockAfter)
	lay(&out.NumberPad, s.NumberPad)
	lay(&out.Language, s.Language)
	lay(&out.Voice, s.Voice)
	lay(&out.Sounds, s.Sounds)
	lay(&out.Receipt, s.Receipt)
	out.Approvals, out.Shortcuts = layMap(lower.Approvals, s.Approvals), layMap(lower.Shortcuts, s.Shortcuts)
	if s.Tenders != nil {
		out.Tenders = s.Tenders
	}
	if s.Weighed != nil {
		out.Weighed = s.Weighed
	}
	if s.Printers != nil {
		out.Printers = s.Printers
	}
	return out
}

func lay[T any](into **T, from *T) {
	if from != nil {
		*into = from
	}
}

func layMap(lower, upper map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{lower, upper} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// says lists what is said: the names of fields, and of an approval or shortcut
// as "approvals.void".
func (s Settings) says() ([]string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return nil, err
	}
	var names []string
	for name := range parts {
		if name != "approvals" && name != "shortcuts" {
			names = append(names, name)
		}
	}
	for k := range s.Approvals {
		names = append(names, "approvals."+k)
	}
	for k := range s.Shortcuts {
		names = append(names, "shortcuts."+k)
	}
	slices.Sort(names)
	return names, nil
}

func settingsOf(text string) (Settings, error) {
	var s Settings
	if text == "" {
		return s, nil
	}
	return s, json.Unmarshal([]byte(text), &s)
}
