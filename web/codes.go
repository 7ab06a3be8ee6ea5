package web

import (
	"context"
	"strings"

	"guitai"
	"guitai/office"
	"guitai/receipt"
	"guitai/sheet"
)

// CodeIn asks for one static code.
type CodeIn struct {
	ID     string `json:"id,omitempty" maxLength:"64" doc:"the client's own name for the request, unique per merchant: the same request under the same id issues one code" example:"door-2026"`
	Shop   string `json:"shop,omitempty" doc:"default: the till's, the person's, or the only one" example:"shp_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Till   string `json:"till,omitempty" doc:"a till of the shop that the money is counted for; empty: none" example:"til_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Name   string `json:"name" maxLength:"40" doc:"where it hangs; it stands on the paper" example:"门口右手边"`
	Amount *Money `json:"amount,omitempty" doc:"up to 50,000.00 CNY; left out or 0: the payer types it"`
}

// StaticCode is a code that hangs in a shop.
type StaticCode struct {
	ID        string `json:"id" example:"AEBAGBAFAYDQQCIK"`
	Name      string `json:"name" doc:"where it hangs"`
	Mark      string `json:"mark" doc:"stands on the paper beside the name" example:"QCIK"`
	State     string `json:"state" enum:"valid,revoked"`
	Amount    *Money `json:"amount,omitempty" doc:"left out: the payer types it"`
	Text      string `json:"text,omitempty" doc:"what its picture says; left out when it was revoked" example:"https://pay.example.com/p/AgECAwQFBgcICQoAAAAAq83vASNFZ4mrze8B"`
	Shop      Named  `json:"shop"`
	Till      *Named `json:"till,omitempty"`
	CreatedAt stamp  `json:"created_at"`
	RevokedAt stamp  `json:"revoked_at,omitempty"`
}

func (s *Server) staticCodeOf(h office.Hung) StaticCode {
	c := h.Code
	out := StaticCode{ID: string(c.Token), Name: c.Name, Mark: c.Mark(), State: "valid",
		Shop: Named{ID: string(c.Shop), Name: h.Shop.Name}, CreatedAt: stampOf(c.CreatedAt), RevokedAt: stampOf(c.RevokedAt)}
	if !c.Valid() {
		out.State = "revoked"
	}
	if !c.Open() {
		amount := moneyOf(c.Amount)
		out.Amount = &amount
	}
	if c.Till != "" {
		out.Till = &Named{string(c.Till), h.Till.Name, h.Till.Number}
	}
	if text, err := s.Office.CodeText(c); err == nil {
		out.Text = text
	}
	return out
}

type makeCode struct {
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the request when the body has no id"`
	Asked body[CodeIn]
}

// issueCode is POST /v1/codes. A person who names no shop means the own one.
func (s *Server) issueCode(ctx context.Context, c caller, in *makeCode) (*reply[StaticCode], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	id, err := nameOf(b.ID, in.Key, "code")
	if err != nil {
		return nil, err
	}
	n := office.NewCode{Merchant: c.merchant, Shop: guitai.ShopID(b.Shop), Till: guitai.TillID(b.Till), Name: b.Name,
		Request: id, Staff: c.session.Staff.ID}
	if b.Amount != nil {
		n.Amount = guitai.Money{Fen: b.Amount.Value, Currency: guitai.Currency(b.Amount.Currency)}
	}
	if n.Shop == "" && n.Till == "" {
		n.Shop = c.session.Shop.ID
	}
	issued, err := s.Office.IssueCode(ctx, n)
	if err != nil {
		return nil, err
	}
	return s.hung(ctx, c, issued.Token)
}

// hung answers with a code as it stands.
func (s *Server) hung(ctx context.Context, c caller, token guitai.CodeToken) (*reply[StaticCode], error) {
	h, err := s.Office.Hung(ctx, c.merchant, token)
	if err != nil {
		return nil, err
	}
	return ok(s.staticCodeOf(h[0])), nil
}

type listCodes struct {
	Shop   string  `query:"shop" maxLength:"64"`
	State  string  `query:"state" enum:"valid,revoked"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// codes is GET /v1/codes.
func (s *Server) codes(ctx context.Context, c caller, in *listCodes) (*reply[list[StaticCode]], error) {
	f, err := in.filter(c.merchant)
	if err != nil {
		return nil, err
	}
	page := f.Limit
	f.Limit++ // one more, to see whether there is a next page
	found, err := s.Office.Codes(ctx, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		next = cursorAt(found[page-1].Code.CreatedAt, string(found[page-1].Code.Token))
	}
	out := listOf(found, s.staticCodeOf)
	out.Body.NextCursor = next
	return out, nil
}

func (in *listCodes) filter(m guitai.MerchantID) (office.CodeFilter, error) {
	f := office.CodeFilter{Merchant: m, Shop: guitai.ShopID(in.Shop)}
	var err error
	if f.Limit, err = in.Limit.number("limit", pageSize); err != nil || f.Limit < 1 || f.Limit > largestPage {
		return f, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	switch in.State {
	case "":
	case "valid":
		f.State = office.CodesValid
	case "revoked":
		f.State = office.CodesRevoked
	default:
		return f, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	if in.Shop != "" && guitai.ValidID(in.Shop) != nil {
		return f, guitai.FailField(guitai.CodeFieldInvalid, "shop")
	}
	at, id, err := readCursor(in.Cursor)
	f.Before.CreatedAt, f.Before.Token = at, guitai.CodeToken(id)
	return f, err
}

// CodePath names a static code in the path.
type CodePath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *CodePath) token() guitai.CodeToken { return guitai.CodeToken(in.ID) }

func (in *CodePath) check() error { return named(in.ID, guitai.CodeStickerNotFound) }

// getCode is GET /v1/codes/{id}.
func (s *Server) getCode(ctx context.Context, c caller, in *CodePath) (*reply[StaticCode], error) {
	return s.hung(ctx, c, in.token())
}

// revokeCode is POST /v1/codes/{id}/revoke.
func (s *Server) revokeCode(ctx context.Context, c caller, in *CodePath) (*reply[StaticCode], error) {
	if err := s.Office.RevokeCode(ctx, c.merchant, in.token(), c.session.Staff.ID); err != nil {
		return nil, err
	}
	return s.hung(ctx, c, in.token())
}

// codePaper is a sticker, a tent or a sheet as a file.
type codePaper struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Policy      string `header:"Content-Security-Policy" hidden:"true"`
	Name        string `header:"Content-Disposition" hidden:"true"`
	Body        []byte
}

func (*codePaper) media() []string { return []string{"image/png", "image/svg+xml", "application/pdf"} }

// sheetPaper is a codePaper that is always a PDF.
type sheetPaper struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Name        string `header:"Content-Disposition" hidden:"true"`
	Body        []byte
}

func (*sheetPaper) media() []string { return []string{"application/pdf"} }

// wordsOn is the language of a paper: payers read it, not the one who prints it.
func wordsOn(lang string) (guitai.Lang, error) {
	if lang == "" {
		return guitai.ZhHans, nil
	}
	if l := guitai.Lang(lang); l.Known() {
		return l, nil
	}
	return "", guitai.FailField(guitai.CodeFieldInvalid, "lang")
}

// stickers reads codes as they are to be printed. One that was revoked fails
// all of them.
func (s *Server) stickers(ctx context.Context, c caller, lang string, tokens ...guitai.CodeToken) ([]sheet.Sticker, error) {
	l, err := wordsOn(lang)
	if err != nil {
		return nil, err
	}
	found, err := s.Office.Hung(ctx, c.merchant, tokens...)
	if err != nil {
		return nil, err
	}
	out := make([]sheet.Sticker, 0, len(found))
	for _, h := range found {
		text, err := s.Office.CodeText(h.Code)
		if err != nil {
			return nil, err
		}
		out = append(out, sheet.Sticker{Text: text, Shop: h.Shop.Name, Name: h.Code.Name, Mark: h.Code.Mark(),
			Amount: h.Code.Amount, Language: l})
	}
	return out, nil
}

type codePictureRequest struct {
	CodePath
	Format string `query:"format" enum:"png,svg,pdf,tent" doc:"png, svg and pdf: one sticker; tent: a PDF to fold for the table; default png"`
	Lang   string `query:"lang" enum:"zh-Hans,zh-Hant,en" doc:"of the words on the paper; default zh-Hans"`
}

// codePicture is GET /v1/codes/{id}/picture.
func (s *Server) codePicture(ctx context.Context, c caller, in *codePictureRequest) (*codePaper, error) {
	draw, kind, end := sheet.PNG, "image/png", ".png"
	switch in.Format {
	case "", "png":
	case "svg":
		draw, kind, end = sheet.SVG, "image/svg+xml", ".svg"
	case "pdf":
		draw, kind, end = sheet.PDF, "application/pdf", ".pdf"
	case "tent":
		draw, kind, end = sheet.TentPDF, "application/pdf", "-tent.pdf"
	default:
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "format")
	}
	list, err := s.stickers(ctx, c, in.Lang, in.token())
	if err != nil {
		return nil, err
	}
	b, err := draw(list[0])
	if err != nil {
		return nil, err
	}
	return &codePaper{ContentType: kind, Policy: codePolicy, Name: inline("code-" + list[0].Mark + end), Body: b}, nil
}

// inline lets a browser show a file, and names it for saving.
func inline(name string) string { return `inline; filename="` + name + `"` }

type codeSheetRequest struct {
	IDs    string  `query:"ids" doc:"ids of codes, with commas between" example:"AEBAGBAFAYDQQCIK"`
	Copies integer `query:"copies" doc:"of each, 1 to 12; default 1"`
	Lang   string  `query:"lang" enum:"zh-Hans,zh-Hant,en" doc:"of the words on the paper; default zh-Hans"`
}

// codeSheet is GET /v1/codes/sheet.pdf.
func (s *Server) codeSheet(ctx context.Context, c caller, in *codeSheetRequest) (*sheetPaper, error) {
	copies, err := in.Copies.number("copies", 1)
	if err != nil || copies < 1 || copies > sheet.PerSheet {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "copies")
	}
	if in.IDs == "" {
		return nil, guitai.FailField(guitai.CodeFieldMissing, "ids")
	}
	ids := strings.Split(in.IDs, ",")
	if len(ids)*copies > sheet.MostStickers {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "ids")
	}
	tokens := make([]guitai.CodeToken, 0, len(ids))
	for _, id := range ids {
		tokens = append(tokens, guitai.CodeToken(id))
	}
	list, err := s.stickers(ctx, c, in.Lang, tokens...)
	if err != nil {
		return nil, err
	}
	all := make([]sheet.Sticker, 0, len(list)*copies)
	for _, one := range list {
		for range copies {
			all = append(all, one)
		}
	}
	b, err := sheet.SheetPDF(all)
	if err != nil {
		return nil, err
	}
	return &sheetPaper{ContentType: "application/pdf", Name: inline("codes.pdf"), Body: b}, nil
}

// printCode is POST /v1/codes/{id}/print. A person prints where the person
// stands, a program at the code's till.
func (s *Server) printCode(ctx context.Context, c caller, in *CodePath) (*reply[Printed], error) {
	found, err := s.Office.Hung(ctx, c.merchant, in.token())
	if err != nil {
		return nil, err
	}
	h := found[0]
	text, err := s.Office.CodeText(h.Code)
	if err != nil {
		return nil, err
	}
	d := receipt.Document{Language: guitai.ZhHans, Kind: receipt.Collect, Shop: h.Shop.Name, Code: text,
		CodeText: h.Code.Name + " · " + h.Code.Mark()}
	if !h.Code.Open() {
		d.Sums = []receipt.Sum{{Name: receipt.SumTotal, Amount: h.Code.Amount}}
	}
	t := h.Till
	if c.person() {
		t = c.session.Till
	}
	if err := s.Counter.Print(context.WithoutCancel(ctx), t, d); err != nil {
		return nil, err
	}
	return ok(Printed{"printed"}), nil
}
