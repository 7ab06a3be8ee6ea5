package pay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"time"
	"unicode/utf8"

	"guitai"
	"guitai/channel"
	"guitai/qr"
)

// Request asks for one payment. ID may be empty: then one is made, and a
// repeat cannot be recognised.
type Request struct {
	ID          guitai.PaymentID
	Merchant    guitai.MerchantID
	Shop        guitai.ShopID
	Till        guitai.TillID
	Staff       guitai.StaffID
	Amount      guitai.Money
	Kind        guitai.PaymentKind
	AuthCode    string // Scan: the payer's code; it is not stored
	Wallet      guitai.Wallet
	Sale        string
	Tender      string
	Description string
	ExpiresIn   time.Duration // Show: how long the code lives; 0: the policy's
	Metadata    map[string]string
	Place       channel.Place
	Source      string `json:",omitempty"` // Show: the static code that the payer scanned
	PayerMAC    string `json:",omitempty"` // Show: the only payer who may open it

	day time.Time // Source: when the shop's present day began
}

// Limits of what a request may carry.
const (
	maxDescription = 127
	maxMetadata    = 20
	maxMetaText    = 500
	maxRef         = 64
)

// check refuses what is wrong before anything is stored, and fills in what can
// be told: the wallet from the code.
func (s *Switch) check(r *Request) error {
	if err := s.checkAmount(r.Amount); err != nil {
		return err
	}
	if r.ID != "" && guitai.ValidID(string(r.ID)) != nil {
		return guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	if r.Wallet != "" && !r.Wallet.Known() {
		return guitai.FailField(guitai.CodeWalletUnknown, "wallet")
	}
	if err := s.checkTexts(r); err != nil {
		return err
	}
	switch r.Kind {
	case guitai.Scan:
		return checkScan(r)
	case guitai.Show:
		return s.checkShow(r)
	}
	return guitai.FailField(guitai.CodeKindUnknown, "kind")
}

func (s *Switch) checkAmount(m guitai.Money) error {
	switch {
	case !m.Currency.Known() || m.Currency != guitai.CNY:
		return guitai.FailField(guitai.CodeCurrencyUnknown, "amount.currency")
	case m.Fen == 0:
		return guitai.FailField(guitai.CodeAmountZero, "amount.value")
	case m.Fen < 0:
		return guitai.FailField(guitai.CodeAmountNegative, "amount.value")
	case m.Fen > s.Policy.MaxFen:
		return guitai.FailField(guitai.CodeAmountTooLarge, "amount.value")
	}
	return nil
}

func checkScan(r *Request) error {
	if r.ExpiresIn != 0 {
		return guitai.FailField(guitai.CodeExpiryInvalid, "expires_in")
	}
	if r.AuthCode == "" {
		return guitai.FailField(guitai.CodeCodeMissing, "auth_code")
	}
	payer, err := qr.Recognise(r.AuthCode)
	if err != nil {
		return err
	}
	if r.Wallet != "" && r.Wallet != payer.Wallet {
		return guitai.FailField(guitai.CodeCodeNoWallet, "auth_code")
	}
	r.Wallet, r.AuthCode = payer.Wallet, payer.Code
	return nil
}

func (s *Switch) checkShow(r *Request) error {
	if r.AuthCode != "" {
		return guitai.FailField(guitai.CodeFieldInvalid, "auth_code")
	}
	if r.ExpiresIn == 0 {
		r.ExpiresIn = s.Policy.ShowFor
	}
	if r.ExpiresIn < s.Policy.ShowMin || r.ExpiresIn > s.Policy.ShowMax {
		return guitai.FailField(guitai.CodeExpiryInvalid, "expires_in")
	}
	return nil
}

func (s *Switch) checkTexts(r *Request) error {
	if !plain(r.Description, maxDescription) {
		return guitai.FailField(guitai.CodeFieldInvalid, "description")
	}
	for field, v := range map[string]string{"sale": r.Sale, "tender": r.Tender} {
		if v != "" && guitai.ValidID(v) != nil {
			return guitai.FailField(guitai.CodeIDMalformed, field)
		}
	}
	if len(r.Metadata) > maxMetadata {
		return guitai.FailField(guitai.CodeFieldInvalid, "metadata")
	}
	for k, v := range r.Metadata {
		if k == "" || !plain(k, maxRef) || !plain(v, maxMetaText) {
			return guitai.FailField(guitai.CodeFieldInvalid, "metadata")
		}
	}
	return nil
}

// plain reports whether s is valid text of at most limit characters without
// control characters: it will stand in other people's forms, XML and paper.
func plain(s string, limit int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, c := range s {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// mac is the keyed print of a request, by which a repeat is recognised without
// keeping the payer's code. JSON writes map keys sorted, so it is stable.
func (s *Switch) mac(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		// Only plain strings, numbers and maps of strings come here.
		b = nil
	}
	h := hmac.New(sha256.New, s.Secret)
	h.Write(b)
	return h.Sum(nil)
}

// same compares a stored print with that of a new request in constant time.
// What the switch filled in by itself (place, person) is not part of it.
func (s *Switch) requestMAC(r Request) []byte {
	r.Place, r.Staff = channel.Place{}, ""
	return s.mac(r)
}
