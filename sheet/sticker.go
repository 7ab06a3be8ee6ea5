package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"guitai"
	"guitai/qr"
)

// Sticker is one static code as it is to be read by people and phones.
type Sticker struct {
	Text     string       // what the code says
	Shop     string       // the name above the door
	Name     string       // where the sticker hangs
	Mark     string       // the end of its token, by which staff tell stickers apart
	Amount   guitai.Money // 0 fen: the payer types it
	Language guitai.Lang  // of the words; empty: ZhHans
}

// longest is how many characters of a name are looked at.
const longest = 60

// ready cleans a sticker's texts and encodes its code. Names come from people:
// nothing invisible and no line end gets onto paper.
func (s Sticker) ready() (Sticker, qr.Matrix, error) {
	for _, text := range []*string{&s.Shop, &s.Name, &s.Mark} {
		*text = clean(*text)
	}
	// Quartile: a sticker is scratched and gets dirty, and is read from an arm's
	// length.
	m, err := qr.Encode(s.Text, qr.Quartile)
	return s, m, err
}

func clean(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "□")
	}
	n := 0
	text = strings.Map(func(r rune) rune {
		n++
		switch {
		case n > longest:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		case r == '¥':
			return '￥' // the sign that both typefaces draw alike
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// word is one text in the three languages.
type word struct{ hans, hant, en string }

func (w word) in(l guitai.Lang) string {
	switch l {
	case guitai.ZhHant:
		return w.hant
	case guitai.En:
		return w.en
	}
	return w.hans
}

func (s Sticker) wallets() string {
	return word{"支持 微信支付 / 支付宝 / 云闪付 扫码付款", "支援 微信支付 / 支付寶 / 雲閃付 掃碼付款",
		"Scan with WeChat Pay / Alipay / UnionPay"}.in(s.Language)
}

func (s Sticker) scan() string {
	return word{"扫码付款", "掃碼付款", "Scan to pay"}.in(s.Language)
}

// amount is the amount with its sign, or what the payer is to do.
func (s Sticker) amount() string {
	switch {
	case s.Amount.Fen == 0:
		return word{"扫码后输入金额", "掃碼後輸入金額", "Enter the amount"}.in(s.Language)
	case s.Amount.Currency == guitai.CNY:
		return "￥" + s.Amount.Decimal()
	}
	return string(s.Amount.Currency) + " " + s.Amount.Decimal()
}

// foot tells stickers apart.
func (s Sticker) foot() string {
	if s.Mark == "" {
		return s.Name
	}
	return strings.TrimSpace(s.Name + " · " + s.Mark)
}
