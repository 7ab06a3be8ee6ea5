package qr

import (
	"log/slog"
	"strings"
	"unicode"

	"guitai"
)

// maxScanned bounds what a scanner may hand in, in bytes. The longest payer
// code, EMV CPM, has at most 512 characters (EMV QRCPS consumer-presented mode,
// section 4.1); a full-width character takes three bytes.
const maxScanned = 3 * maxCPM

// Form says how a payer code is written.
type Form string

// The two forms of payer codes.
const (
	Digits Form = "digits"  // a run of decimal digits, also shown as a bar code
	EMVCPM Form = "emv_cpm" // EMV consumer-presented mode: base64 of BER-TLV
)

// Payer is a payer code whose wallet is known. Code is the cleaned text to send
// to the wallet; whoever holds it can take money, so printing or logging a
// Payer shows it masked.
type Payer struct {
	Wallet guitai.Wallet
	Form   Form
	Code   string
}

// String names the wallet and the masked code.
func (p Payer) String() string { return string(p.Wallet) + " " + Mask(p.Code) }

// GoString is String, so that %#v does not show the code either.
func (p Payer) GoString() string { return p.String() }

// LogValue is String for structured logs.
func (p Payer) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Recognise tells whose payer code text is. White space (scanners end a code
// with a line feed, people type it in groups) is dropped and full-width
// characters, which a scanner types when a Chinese input method is on, are
// folded. The rules are:
//
//	18 digits, first two 10–15           WeChat Pay   (PROTOCOLS 1.10)
//	16–24 digits, first two 25–30        Alipay       (PROTOCOLS 2.4)
//	19 digits, first two 62              UnionPay     (PROTOCOLS 3.1)
//	base64 beginning hQVDUFYwM           EMV CPM: the AID names the network (PROTOCOLS 4.2)
//
// The errors are Invalid: code_malformed when this cannot be a payer code, or
// has a known wallet's first digits but not its length; code_unknown_wallet
// when it looks like a payer code of somebody we do not know. Neither holds the
// code.
func Recognise(text string) (Payer, error) {
	code, ok := clean(text)
	switch {
	case !ok:
		return Payer{}, malformed()
	case strings.HasPrefix(code, cpmStart):
		wallet, err := cpmWallet(code)
		if err != nil {
			return Payer{}, err
		}
		return Payer{Wallet: wallet, Form: EMVCPM, Code: code}, nil
	case !allDigits(code) || len(code) < 16 || len(code) > 24:
		return Payer{}, malformed()
	}
	wallet, fits := byDigits(code)
	switch {
	case wallet == "":
		return Payer{}, guitai.Fail(guitai.Invalid, guitai.CodeCodeNoWallet)
	case !fits:
		return Payer{}, malformed()
	}
	return Payer{Wallet: wallet, Form: Digits, Code: code}, nil
}

// byDigits finds the wallet by the first two digits, and whether the length is
// one that this wallet uses.
func byDigits(code string) (wallet guitai.Wallet, fits bool) {
	switch first := code[:2]; {
	case first >= "10" && first <= "15":
		return guitai.WeChat, len(code) == 18
	case first >= "25" && first <= "30":
		return guitai.Alipay, true // 16 to 24, which the caller has checked
	case first == "62":
		return guitai.UnionPay, len(code) == 19
	}
	return "", false
}

// clean drops white space and invisible characters and folds full-width forms.
// It fails when there is nothing, too much, or something outside printable ASCII.
func clean(text string) (string, bool) {
	if len(text) > maxScanned {
		return "", false
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsSpace(r), r == 0, r == '\uFEFF', r == '\u200B':
			continue
		case r >= '！' && r <= '～': // U+FF01–U+FF5E mirror U+0021–U+007E
			r -= '！' - '!'
		case r <= ' ' || r > '~':
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() > 0
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func malformed() error { return guitai.FailField(guitai.CodeCodeMalformed, "auth_code") }

// Mask shows the first two and the last two characters of a code, enough for a
// cashier to compare with the payer's phone and too little to be paid with.
// Codes shorter than eight characters show nothing.
func Mask(code string) string {
	r := []rune(code)
	if len(r) < 8 {
		return "…"
	}
	return string(r[:2]) + "…" + string(r[len(r)-2:])
}
