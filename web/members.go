package web

import (
	"context"

	"guitai"
	"guitai/till"
)

// clubRoutes are those of members, points and vouchers.
func (s *Server) clubRoutes(d *desk) {
	add(d, members, "GET /v1/members", "Find a member by phone or card; managers also by text", s.findMembers)
	add(d, members, "POST /v1/members", "Register a member", s.addMember)
	add(d, members, "GET /v1/members/{id}", "A member with the points", s.getMember)
	add(d, managers, "PUT /v1/members/{id}", "Change a member", s.changeMember)
	add(d, members, "GET /v1/members/{id}/points", "What came and went in the member's points, newest first", s.pointHistory)
	add(d, managers, "POST /v1/members/{id}/points", "Give or take points by hand, with a reason", s.adjustPoints)
	add(d, members, "POST /v1/members/{id}/points/preview", "What a bill would earn", s.previewPoints)
	add(d, members, "POST /v1/members/{id}/gifts", "Exchange points for a gift", s.giveGift)
	add(d, members, "GET /v1/points/rules", "How points are earned and what they are worth", s.pointRules)
	add(d, managers, "PUT /v1/points/rules", "Put these points rules in the place of the earlier ones", s.setPointRules)
}

// MemberIn is a member to be registered or changed.
type MemberIn struct {
	ID         string `json:"id,omitempty" maxLength:"64" doc:"the client's own name for it; the same again registers once" example:"mem-1"`
	Code       string `json:"code,omitempty" maxLength:"32" doc:"on the card; left out: one is made" example:"80010001"`
	Phone      string `json:"phone,omitempty" maxLength:"24" example:"13800138000"`
	Name       string `json:"name" maxLength:"60" example:"王芳"`
	Segment    string `json:"segment,omitempty" maxLength:"32" doc:"whose prices"`
	BirthMonth int    `json:"birth_month,omitempty" minimum:"0" maximum:"12"`
	BirthDay   int    `json:"birth_day,omitempty" minimum:"0" maximum:"31"`
	Pool       string `json:"pool,omitempty" maxLength:"64" doc:"whose points are shared; a new one needs pool_name too"`
	PoolName   string `json:"pool_name,omitempty" maxLength:"60"`
}

func (in MemberIn) member(m guitai.MerchantID) (guitai.Member, till.Pool) {
	return guitai.Member{ID: guitai.MemberID(in.ID), Merchant: m, Code: in.Code, Phone: in.Phone, Name: in.Name, Segment: in.Segment,
		BirthMonth: in.BirthMonth, BirthDay: in.BirthDay}, till.Pool{ID: in.Pool, Name: in.PoolName}
}

// Member is a member with the points.
type Member struct {
	ID         string   `json:"id"`
	Code       string   `json:"code"`
	Phone      string   `json:"phone,omitempty" doc:"its middle is hidden in lists, and from cashiers"`
	Name       string   `json:"name"`
	Segment    string   `json:"segment,omitempty"`
	BirthMonth int      `json:"birth_month,omitempty"`
	BirthDay   int      `json:"birth_day,omitempty"`
	Pool       string   `json:"pool,omitempty"`
	PoolName   string   `json:"pool_name,omitempty"`
	Sharing    []Member `json:"sharing,omitempty" doc:"who shares the points, to managers"`
	Points     int64    `json:"points" doc:"below zero: owed, because a return took back what was spent"`
	Free       int64    `json:"free" doc:"of them not put aside for a bill under way"`
	WorthFen   int64    `json:"worth_fen" doc:"what the free ones are worth; 0: points cannot be paid with"`
	Since      stamp    `json:"since"`
}

// shown says how much of a phone is shown.
type shown int

const (
	phoneMasked shown = iota
	phoneWhole
)

func memberOf(k till.Known, how shown) Member {
	out := Member{ID: string(k.ID), Code: k.Code, Phone: guitai.MaskPhone(k.Phone), Name: k.Name, Segment: k.Segment,
		BirthMonth: k.BirthMonth, BirthDay: k.BirthDay, Points: k.Points, Free: k.Free, Since: stampOf(k.MadeAt)}
	if how == phoneWhole {
		out.Phone = k.Phone
	}
	if k.Pooled() {
		out.Pool, out.PoolName = k.Purse, k.PoolName
	}
	return out
}

// sees says how much of personal data a caller sees: a cashier never all of it.
func sees(c caller) shown {
	if c.person() && !c.session.Staff.Role.AtLeast(guitai.Manager) {
		return phoneMasked
	}
	return phoneWhole
}

// wordMember answers with a member in full.
func (s *Server) wordMember(ctx context.Context, c caller, k till.Known, err error) (*reply[Member], error) {
	if err != nil {
		return nil, err
	}
	out := memberOf(k, sees(c))
	rules, err := s.Club.PointRules(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	out.WorthFen = rules.Worth(k.Free - k.Free%max(rules.Step, 1))
	if sees(c) == phoneWhole {
		others, err := s.Club.Sharing(ctx, k.Member)
		if err != nil {
			return nil, err
		}
		for _, o := range others {
			out.Sharing = append(out.Sharing, memberOf(o, phoneMasked))
		}
	}
	return ok(out), nil
}

// mayGuess bounds how fast a person can try phones, cards and vouchers.
func (s *Server) mayGuess(c caller) error {
	if c.person() && !s.guesses.allow(c.ip, s.Now()) {
		return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	return nil
}

type findMembers struct {
	Phone string `query:"phone" maxLength:"24" doc:"exactly this phone"`
	Code  string `query:"code" maxLength:"64" doc:"exactly this card"`
	Q     string `query:"q" maxLength:"60" doc:"managers: a part of the name, or the end of a card or phone"`
	After string `query:"after" maxLength:"64" doc:"the code after which to go on"`
}

// findMembers is GET /v1/members. Nobody found is an empty list: a till that
// scanned something asks whether it is a member.
func (s *Server) findMembers(ctx context.Context, c caller, in *findMembers) (*reply[list[Member]], error) {
	var found []till.Known
	var err error
	switch {
	case in.Phone != "" || in.Code != "":
		if err := s.mayGuess(c); err != nil {
			return nil, err
		}
		one, err := s.Club.ByPhone(ctx, c.merchant, in.Phone)
		if in.Phone == "" {
			one, err = s.Club.ByCode(ctx, c.merchant, in.Code)
		}
		if guitai.NotFound.Is(err) {
			return listOf([]till.Known{}, func(till.Known) Member { return Member{} }), nil
		}
		if err != nil {
			return nil, err
		}
		whole, err := s.wordMember(ctx, c, one, nil)
		if err != nil {
			return nil, err
		}
		return listOf([]Member{whole.Body}, func(m Member) Member { return m }), nil
	case sees(c) != phoneWhole:
		return nil, guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	found, err = s.Club.Search(ctx, c.merchant, in.Q, in.After)
	if err != nil {
		return nil, err
	}
	return listOf(found, func(k till.Known) Member { return memberOf(k, phoneMasked) }), nil
}

type memberRequest struct {
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the member when the body has no id"`
	Asked body[MemberIn]
}

// addMember is POST /v1/members. A cashier may register, and nothing more.
func (s *Server) addMember(ctx context.Context, c caller, in *memberRequest) (*reply[Member], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	if b.ID, err = nameOf(b.ID, in.Key, "mem"); err != nil {
		return nil, err
	}
	m, pool := b.member(c.merchant)
	had, err := s.Club.Member(ctx, c.merchant, m.ID)
	if err == nil {
		// The same request again, or another member's name: a till changes nobody.
		if n, err := guitai.NormalPhone(m.Phone); err != nil || n != had.Phone || m.Name != had.Name {
			return nil, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
		}
		return s.wordMember(ctx, c, had, nil)
	}
	if !guitai.NotFound.Is(err) {
		return nil, err
	}
	if pool.ID != "" && sees(c) != phoneWhole {
		return nil, guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	k, err := s.Club.Register(ctx, m, pool)
	return s.wordMember(ctx, c, k, err)
}

// MemberPath names a member in the path.
type MemberPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *MemberPath) check() error { return named(in.ID, guitai.CodeMemberNotFound) }

func (in *MemberPath) id() guitai.MemberID { return guitai.MemberID(in.ID) }

// getMember is GET /v1/members/{id}.
func (s *Server) getMember(ctx context.Context, c caller, in *MemberPath) (*reply[Member], error) {
	k, err := s.Club.Member(ctx, c.merchant, in.id())
	return s.wordMember(ctx, c, k, err)
}

type changeMember struct {
	MemberPath
	Asked body[MemberIn]
}

// changeMember is PUT /v1/members/{id}.
func (s *Server) changeMember(ctx context.Context, c caller, in *changeMember) (*reply[Member], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	b.ID = in.ID
	if _, err := s.Club.Member(ctx, c.merchant, in.id()); err != nil {
		return nil, err
	}
	m, pool := b.member(c.merchant)
	k, err := s.Club.Register(ctx, m, pool)
	return s.wordMember(ctx, c, k, err)
}

// PointEntry is one coming or going of points.
type PointEntry struct {
	Kind   string `json:"kind" enum:"earn,redeem,give_back,take_back,expire,adjust,gift"`
	Points int64  `json:"points"`
	Member string `json:"member" doc:"whose sale it was, where points are shared"`
	Sale   string `json:"sale,omitempty"`
	Staff  string `json:"staff,omitempty"`
	Note   string `json:"note,omitempty"`
	At     stamp  `json:"at"`
}

// pointHistory is GET /v1/members/{id}/points.
func (s *Server) pointHistory(ctx context.Context, c caller, in *MemberPath) (*reply[list[PointEntry]], error) {
	found, err := s.Club.History(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return listOf(found, func(e guitai.PointEntry) PointEntry {
		return PointEntry{string(e.Kind), e.Points, string(e.Member), string(e.Sale), string(e.Staff), e.Note, stampOf(e.At)}
	}), nil
}

// PointsIn gives or takes points by hand.
type PointsIn struct {
	ID     string `json:"id" maxLength:"64" doc:"the client's own name for it: the same is booked once" example:"adj-1"`
	Points int64  `json:"points" doc:"below zero takes them; never more than there are"`
	Note   string `json:"note" maxLength:"200" doc:"why"`
}

type adjustPoints struct {
	MemberPath
	Asked body[PointsIn]
}

// adjustPoints is POST /v1/members/{id}/points.
func (s *Server) adjustPoints(ctx context.Context, c caller, in *adjustPoints) (*reply[Member], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	k, err := s.Club.Adjust(ctx, c.merchant, till.Adjustment{ID: b.ID, Member: in.id(), Points: b.Points, Note: b.Note, Staff: c.session.Staff.ID})
	return s.wordMember(ctx, c, k, err)
}

// BillIn is a bill under way.
type BillIn struct {
	Lines    []HeldLine    `json:"lines"`
	Discount *HeldDiscount `json:"discount,omitempty"`
	Tenders  []BillTender  `json:"tenders,omitempty" doc:"left out: as if all were paid in cash"`
	Shop     string        `json:"shop,omitempty" maxLength:"64" doc:"keys only"`
}

// BillTender is what a part of a bill is paid with.
type BillTender struct {
	Kind      string `json:"kind" enum:"cash,wallet,cheque,voucher,points,card,account"`
	AmountFen int64  `json:"amount_fen"`
}

// Forecast is what a bill would earn.
type Forecast struct {
	Earns    int64 `json:"earns"`
	Points   int64 `json:"points" doc:"as they stand"`
	After    int64 `json:"after"`
	Birthday bool  `json:"birthday" doc:"today counts as the birthday"`
}

type previewPoints struct {
	MemberPath
	Asked body[BillIn]
}

// previewPoints is POST /v1/members/{id}/points/preview.
func (s *Server) previewPoints(ctx context.Context, c caller, in *previewPoints) (*reply[Forecast], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	if len(b.Lines) > mostLines || len(b.Tenders) > mostLines {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "lines")
	}
	sale := guitai.Sale{Merchant: c.merchant, Shop: c.session.Shop.ID}
	if !c.person() {
		sale.Shop = guitai.ShopID(b.Shop)
	}
	for _, l := range b.Lines {
		line := guitai.SaleLine{N: l.N, Item: l.Item, Department: l.Department, CountMilli: l.CountMilli, TotalFen: l.TotalFen}
		if l.Back != nil {
			line.Back = guitai.BackOf{Sale: guitai.SaleID(l.Back.Sale), N: l.Back.N}
		}
		sale.Lines = append(sale.Lines, line)
	}
	if b.Discount != nil {
		sale.Discount.OffFen = b.Discount.OffFen
	}
	for _, t := range b.Tenders {
		sale.Tenders = append(sale.Tenders, guitai.SaleTender{Kind: guitai.TenderKind(t.Kind), AmountFen: t.AmountFen})
	}
	f, err := s.Club.Preview(ctx, in.id(), sale)
	if err != nil {
		return nil, err
	}
	return ok(Forecast{Earns: f.Earns, Points: f.Points, After: f.Points + f.Earns, Birthday: f.Birthday}), nil
}

// GiftIn asks for a gift.
type GiftIn struct {
	ID   string `json:"id" maxLength:"64" doc:"the client's own name for it: the same is given once" example:"gft-1"`
	Gift string `json:"gift" maxLength:"64" doc:"one of the gifts of the points rules"`
}

type giveGift struct {
	MemberPath
	Asked body[GiftIn]
}

// GiftOut is a gift that was handed over.
type GiftOut struct {
	Gift    till.GiftDoc `json:"gift"`
	Voucher string       `json:"voucher,omitempty" doc:"the code of the voucher that it is"`
	Points  int64        `json:"points" doc:"that are left"`
}

// giveGift is POST /v1/members/{id}/gifts.
func (s *Server) giveGift(ctx context.Context, c caller, in *giveGift) (*reply[GiftOut], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	g, err := s.Club.Give(ctx, c.merchant, in.id(), till.Adjustment{ID: b.ID, Staff: c.session.Staff.ID}, b.Gift)
	if err != nil {
		return nil, err
	}
	return ok(GiftOut{till.GiftDoc(g.Gift), g.Voucher, g.Points}), nil
}

// pointRules is GET /v1/points/rules.
func (s *Server) pointRules(ctx context.Context, c caller, _ *nothing) (*reply[till.PointRulesDoc], error) {
	r, err := s.Club.PointRules(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return ok(till.DocOf(r)), nil
}

type setPointRules struct{ Asked body[till.PointRulesDoc] }

// setPointRules is PUT /v1/points/rules.
func (s *Server) setPointRules(ctx context.Context, c caller, in *setPointRules) (*reply[till.PointRulesDoc], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	if err := s.Club.SetPointRules(ctx, c.merchant, b.Rules(), c.session.Staff.ID); err != nil {
		return nil, err
	}
	return s.pointRules(ctx, c, nil)
}
