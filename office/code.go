package office

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"guitai"
	"guitai/qr"
	"guitai/store"
)

// OwnCodes is how our own codes are written: the public address of this
// server, and the key that seals them (qr.OwnKey).
type OwnCodes struct {
	Address string // such as "https://pay.example.com"
	Key     []byte
}

// payPath is where our own codes lead on our own address.
const payPath = "/p/"

// begin is what the text of each of our codes begins with; empty when no code
// can be made.
func (w OwnCodes) begin() string {
	if w.Address == "" || len(w.Key) == 0 {
		return ""
	}
	return strings.TrimSuffix(w.Address, "/") + payPath
}

// Limits of a static code.
const (
	longestName   = 40        // characters
	largestAmount = 5_000_000 // fen; what wallets let a payer pay at once is less
)

// NewCode is a static code to be issued.
type NewCode struct {
	Merchant guitai.MerchantID
	Shop     guitai.ShopID // empty: the till's, else the merchant's only one
	Till     guitai.TillID // empty: it belongs to no till
	Name     string        // where it will hang
	Amount   guitai.Money  // 0 fen: the payer types the amount
	Request  string        // the client's name of this request; empty: none
	Staff    guitai.StaffID
}

func (n *NewCode) check() error {
	n.Name = strings.TrimSpace(n.Name)
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case n.Name == "":
		return guitai.FailField(guitai.CodeFieldMissing, "name")
	case !utf8.ValidString(n.Name) || utf8.RuneCountInString(n.Name) > longestName || strings.ContainsFunc(n.Name, unprintable):
		return wrong("name")
	case n.Request != "" && guitai.ValidID(n.Request) != nil:
		return guitai.FailField(guitai.CodeIDMalformed, "id")
	case n.Amount.Fen < 0:
		return guitai.FailField(guitai.CodeAmountNegative, "amount.value")
	case n.Amount.Fen > largestAmount:
		return guitai.FailField(guitai.CodeAmountTooLarge, "amount.value")
	case n.Amount.Currency != guitai.CNY && (n.Amount != guitai.Money{}):
		return guitai.FailField(guitai.CodeCurrencyUnknown, "amount.currency")
	}
	n.Amount.Currency = guitai.CNY
	return nil
}

// IssueCode puts a code into the register. The same request again gets the
// code that it issued; another request under the same name is a conflict.
func (o *Office) IssueCode(ctx context.Context, n NewCode) (guitai.StaticCode, error) {
	var c guitai.StaticCode
	if err := n.check(); err != nil {
		return c, err
	}
	if o.Own.begin() == "" {
		return c, guitai.Fail(guitai.Unavailable, guitai.CodeStickerNoAddress)
	}
	var token qr.Token
	if _, err := io.ReadFull(o.rand, token[:]); err != nil {
		return c, err
	}
	issue := func() error {
		return o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
			c, err = issued(tx, n, guitai.CodeToken(token.String()))
			return err
		})
	}
	err := issue()
	if store.Violates(err, "static_code_by_request") {
		err = issue() // the same request was faster at another node: take what it issued
	}
	return c, err
}

// issued stores the code, or finds the one that the same request stored.
func issued(tx *store.Tx, n NewCode, token guitai.CodeToken) (guitai.StaticCode, error) {
	shop, err := placeOf(&tx.ReadTx, n)
	if err != nil {
		return guitai.StaticCode{}, err
	}
	c := guitai.StaticCode{Token: token, Merchant: n.Merchant, Shop: shop, Till: n.Till, Name: n.Name, Amount: n.Amount,
		Request: n.Request, CreatedAt: tx.Now(), Staff: n.Staff}
	if c.Request == "" {
		c.Request = string(token)
		return c, tx.InsertStaticCode(c)
	}
	had, err := tx.StaticCodeByRequest(n.Merchant, n.Request)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return c, tx.InsertStaticCode(c)
	case err != nil:
		return guitai.StaticCode{}, err
	case had.Shop != c.Shop || had.Till != c.Till || had.Name != c.Name || had.Amount != c.Amount:
		return guitai.StaticCode{}, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	}
	return had, nil
}

// placeOf finds the shop of a new code. A till brings its own.
func placeOf(tx *store.ReadTx, n NewCode) (guitai.ShopID, error) {
	if n.Till != "" {
		t, err := till(tx, n.Till)
		switch {
		case err != nil:
			return "", err
		case t.Merchant != n.Merchant:
			return "", noTill()
		case n.Shop != "" && n.Shop != t.Shop:
			return "", wrong("shop")
		}
		return t.Shop, nil
	}
	shops, err := tx.Shops(n.Merchant)
	switch {
	case err != nil:
		return "", err
	case n.Shop == "" && len(shops) == 1:
		return shops[0].ID, nil
	case n.Shop == "":
		return "", guitai.FailField(guitai.CodeFieldMissing, "shop")
	}
	for _, s := range shops {
		if s.ID == n.Shop {
			return s.ID, nil
		}
	}
	return "", wrong("shop")
}

// CodeText is what the picture of a code says. It is refused for a code that
// was revoked: nobody shall print it again.
func (o *Office) CodeText(c guitai.StaticCode) (string, error) {
	begin := o.Own.begin()
	token, err := qr.ParseToken(string(c.Token))
	switch {
	case err != nil:
		return "", guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	case begin == "":
		return "", guitai.Fail(guitai.Unavailable, guitai.CodeStickerNoAddress)
	case !c.Valid():
		return "", guitai.Fail(guitai.Conflict, guitai.CodeStickerRevoked)
	}
	return begin + qr.Own{Kind: qr.OwnStatic, Token: token}.Write(o.Own.Key), nil
}

// CodeFilter chooses codes; it is the store's.
type CodeFilter = store.CodeFilter

// The states by which codes are chosen; they are the store's.
const (
	CodesValid   = store.CodesValid
	CodesRevoked = store.CodesRevoked
)

// Hung is a code with the places that it names.
type Hung struct {
	Code guitai.StaticCode
	Shop guitai.Shop
	Till guitai.Till // empty: none
}

// Codes lists the codes of a merchant with their places, newest first.
func (o *Office) Codes(ctx context.Context, f CodeFilter) ([]Hung, error) {
	var list []Hung
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		codes, err := tx.StaticCodes(f)
		if err != nil {
			return err
		}
		list, err = atPlaces(tx, codes)
		return err
	})
	return list, err
}

// atPlaces finds the places of codes.
func atPlaces(tx *store.ReadTx, codes []guitai.StaticCode) ([]Hung, error) {
	p := newPlaces(tx)
	list := make([]Hung, 0, len(codes))
	for _, c := range codes {
		h, err := p.hung(c)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}

// places reads each place once.
type places struct {
	tx    *store.ReadTx
	shops map[guitai.ShopID]guitai.Shop
	tills map[guitai.TillID]guitai.Till
}

func newPlaces(tx *store.ReadTx) places {
	return places{tx, map[guitai.ShopID]guitai.Shop{}, map[guitai.TillID]guitai.Till{"": {}}}
}

func (p places) hung(c guitai.StaticCode) (Hung, error) {
	shop, ok := p.shops[c.Shop]
	if !ok {
		var err error
		if shop, err = p.tx.Shop(c.Merchant, c.Shop); err != nil {
			return Hung{}, err
		}
		p.shops[c.Shop] = shop
	}
	t, ok := p.tills[c.Till]
	if !ok {
		var err error
		if t, err = p.tx.Till(c.Till); err != nil {
			return Hung{}, err
		}
		p.tills[c.Till] = t
	}
	return Hung{c, shop, t}, nil
}

// Hung reads codes of a merchant with their places, in the order asked for.
// One that the merchant does not have fails all.
func (o *Office) Hung(ctx context.Context, m guitai.MerchantID, tokens ...guitai.CodeToken) ([]Hung, error) {
	var list []Hung
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		codes := make([]guitai.StaticCode, 0, len(tokens))
		for _, token := range tokens {
			c, err := sticker(tx, m, token)
			if err != nil {
				return err
			}
			codes = append(codes, c)
		}
		var err error
		list, err = atPlaces(tx, codes)
		return err
	})
	return list, err
}

// sticker reads a code of a merchant by a name from outside.
func sticker(tx *store.ReadTx, m guitai.MerchantID, token guitai.CodeToken) (guitai.StaticCode, error) {
	if guitai.ValidID(string(token)) != nil {
		return guitai.StaticCode{}, noSticker()
	}
	c, err := tx.StaticCodeOf(m, token)
	if errors.Is(err, store.ErrNoRow) {
		err = noSticker()
	}
	return c, err
}

func noSticker() error { return guitai.Fail(guitai.NotFound, guitai.CodeStickerNotFound) }

// RevokeCode takes a code of a merchant out of use for ever. One that is
// revoked already stays as it is.
func (o *Office) RevokeCode(ctx context.Context, m guitai.MerchantID, token guitai.CodeToken, by guitai.StaffID) error {
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		if _, err := sticker(&tx.ReadTx, m, token); err != nil {
			return err
		}
		return tx.RevokeStaticCode(m, token, by)
	})
}
