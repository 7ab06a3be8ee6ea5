package till

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"guitai"
	"guitai/store"
)

// PointRulesDoc is the document in which a merchant's points rules are kept and
// shown. Rates and times are thousandths.
type PointRulesDoc struct {
	On            bool             `json:"on" doc:"points are earned"`
	PerYuanMilli  map[string]int64 `json:"per_yuan_milli" doc:"by kind of tender, thousandths of a point a yuan; a kind that is left out earns nothing"`
	NoItems       []string         `json:"no_items" doc:"codes of items that earn nothing"`
	NoDepartments []string         `json:"no_departments" doc:"departments that earn nothing"`
	Rounding      string           `json:"rounding" enum:"half_up,down" doc:"of a sale's points, once"`
	Birthday      string           `json:"birthday" enum:"never,day,month"`
	BirthdayMilli int64            `json:"birthday_milli" doc:"2000: double" example:"2000"`
	Departments   []DepartmentDoc  `json:"departments" doc:"departments whose goods earn more or less"`
	Stack         string           `json:"stack" enum:"add,highest,multiply" doc:"how birthday and department work together"`
	WorthPoints   int64            `json:"worth_points" doc:"so many points …" example:"100"`
	WorthFen      int64            `json:"worth_fen" doc:"… are worth so much; both 0: points cannot be paid with" example:"100"`
	Step          int64            `json:"step" doc:"points are spent in multiples of it" example:"100"`
	Gifts         []GiftDoc        `json:"gifts"`
}

// DepartmentDoc multiplies the points of a department's goods.
type DepartmentDoc struct {
	Department string `json:"department" maxLength:"64"`
	TimesMilli int64  `json:"times_milli" doc:"2000: double"`
}

// GiftDoc is something that points are exchanged for.
type GiftDoc struct {
	ID         string `json:"id" maxLength:"64" example:"mug"`
	Name       string `json:"name" maxLength:"60"`
	Points     int64  `json:"points"`
	Item       string `json:"item,omitempty" maxLength:"64" doc:"the code of the thing that is handed over"`
	VoucherFen int64  `json:"voucher_fen,omitempty" doc:"a voucher of this amount is issued"`
	Days       int64  `json:"days,omitempty" doc:"that the voucher lives"`
}

// DocOf writes rules as a document.
func DocOf(r guitai.PointRules) PointRulesDoc {
	d := PointRulesDoc{On: r.On, PerYuanMilli: map[string]int64{}, NoItems: append([]string{}, r.NoItems...),
		NoDepartments: append([]string{}, r.NoDepartments...), Rounding: string(r.Rounding), Birthday: string(r.Birthday),
		BirthdayMilli: r.BirthdayMilli, Departments: []DepartmentDoc{}, Stack: string(r.Stack), WorthPoints: r.WorthPoints,
		WorthFen: r.WorthFen, Step: r.Step, Gifts: []GiftDoc{}}
	for k, n := range r.PerYuanMilli {
		d.PerYuanMilli[string(k)] = n
	}
	for _, t := range r.Departments {
		d.Departments = append(d.Departments, DepartmentDoc{t.Department, t.Milli})
	}
	for _, g := range r.Gifts {
		d.Gifts = append(d.Gifts, GiftDoc(g))
	}
	return d
}

// Rules reads the document.
func (d PointRulesDoc) Rules() guitai.PointRules {
	r := guitai.PointRules{On: d.On, PerYuanMilli: map[guitai.TenderKind]int64{}, NoItems: d.NoItems, NoDepartments: d.NoDepartments,
		Rounding: guitai.Rounding(d.Rounding), Birthday: guitai.Span(d.Birthday), BirthdayMilli: d.BirthdayMilli,
		Stack: guitai.Stack(d.Stack), WorthPoints: d.WorthPoints, WorthFen: d.WorthFen, Step: d.Step}
	for k, n := range d.PerYuanMilli {
		r.PerYuanMilli[guitai.TenderKind(k)] = n
	}
	for _, t := range d.Departments {
		r.Departments = append(r.Departments, guitai.PointTimes{Department: t.Department, Milli: t.TimesMilli})
	}
	for _, g := range d.Gifts {
		r.Gifts = append(r.Gifts, guitai.Gift(g))
	}
	return r
}

// rulesOf reads a merchant's points rules: the usual ones when none were set.
func rulesOf(tx *store.ReadTx, m guitai.MerchantID) (guitai.PointRules, error) {
	body, err := tx.PointRules(m)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.UsualPointRules(), nil
	}
	if err != nil {
		return guitai.PointRules{}, err
	}
	var d PointRulesDoc
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		return guitai.PointRules{}, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return d.Rules(), nil
}

// PointRules are the rules of a merchant.
func (c *Club) PointRules(ctx context.Context, m guitai.MerchantID) (guitai.PointRules, error) {
	var r guitai.PointRules
	err := c.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		r, err = rulesOf(tx, m)
		return err
	})
	return r, err
}

// SetPointRules puts rules in the place of the earlier ones. What was earned by
// those stays.
func (c *Club) SetPointRules(ctx context.Context, m guitai.MerchantID, r guitai.PointRules, by guitai.StaffID) error {
	if err := r.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(DocOf(r))
	if err != nil {
		return guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return c.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SetPointRules(m, string(body), by) })
}

// Forecast is what a bill would earn a member now.
type Forecast struct {
	Known
	Earns    int64
	Birthday bool // today counts as the birthday
}

// Preview reckons what a bill would earn a member. It is a forecast: the rules
// when the sale arrives decide.
func (c *Club) Preview(ctx context.Context, id guitai.MemberID, s guitai.Sale) (Forecast, error) {
	var f Forecast
	err := c.Store.Read(ctx, func(tx *store.ReadTx) error {
		m, err := memberOf(tx, s.Merchant, id)
		if err != nil {
			return err
		}
		if f.Known, err = known(tx, m, nil); err != nil {
			return err
		}
		s.At = tx.Now()
		var r guitai.PointRules
		lines, err := earnedBy(tx, s, m)
		if err == nil {
			r, err = rulesOf(tx, s.Merchant)
		}
		if err != nil {
			return err
		}
		f.Earns = guitai.Earned(lines)
		month, day, err := dayAt(tx, s)
		f.Birthday = m.BirthMonth == month && (r.Birthday == guitai.BirthdayMonth || r.Birthday == guitai.BirthdayDay && m.BirthDay == day)
		return err
	})
	return f, err
}

// earnedBy reckons what the lines of a sale earn a member.
func earnedBy(tx *store.ReadTx, s guitai.Sale, m guitai.Member) ([]guitai.LinePoints, error) {
	r, err := rulesOf(tx, s.Merchant)
	if err != nil {
		return nil, err
	}
	month, day, err := dayAt(tx, s)
	return r.Earn(s, m, month, day), err
}

// dayAt is the day of a sale in its shop's calendar.
func dayAt(tx *store.ReadTx, s guitai.Sale) (month, day int, err error) {
	zone := time.UTC
	shop, err := tx.Shop(s.Merchant, s.Shop)
	if err == nil {
		if z, err := time.LoadLocation(shop.Zone); err == nil {
			zone = z
		}
	}
	at := s.At.In(zone)
	if errors.Is(err, store.ErrNoRow) {
		err = nil
	}
	return int(at.Month()), at.Day(), err
}

// Adjustment gives or takes points by hand.
type Adjustment struct {
	ID     string // the client's name for it: the same is booked once
	Member guitai.MemberID
	Points int64
	Note   string // why; it must be said
	Staff  guitai.StaffID
}

const mostNote = 200 // characters

// Adjust books points by hand. It never takes more than there is.
func (c *Club) Adjust(ctx context.Context, m guitai.MerchantID, a Adjustment) (Known, error) {
	switch n := utf8.RuneCountInString(a.Note); {
	case guitai.ValidID(a.ID) != nil:
		return Known{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	case n == 0 || n > mostNote:
		return Known{}, guitai.FailField(guitai.CodeFieldInvalid, "note")
	case a.Points == 0 || a.Points > 1_000_000_000 || a.Points < -1_000_000_000:
		return Known{}, guitai.FailField(guitai.CodeFieldInvalid, "points")
	}
	var k Known
	err := c.Store.InTx(ctx, func(tx *store.Tx) error {
		who, err := memberOf(&tx.ReadTx, m, a.Member)
		if err == nil {
			err = book(tx, guitai.PointEntry{Merchant: m, Purse: who.Purse, Member: who.ID, Kind: guitai.PointsAdjust, Ref: a.ID,
				Points: a.Points, Staff: a.Staff, Note: a.Note, At: tx.Now()})
		}
		if err == nil {
			k, err = known(&tx.ReadTx, who, nil)
		}
		return err
	})
	return k, err
}

// book books points once. What goes is capped by what is there.
func book(tx *store.Tx, e guitai.PointEntry) error {
	had, err := tx.PointEntry(e.Merchant, e.Kind, e.Ref)
	switch {
	case err == nil && (had.Purse != e.Purse || had.Points != e.Points):
		return guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	case err == nil || !errors.Is(err, store.ErrNoRow):
		return err
	}
	if err := tx.LockPurse(e.Merchant, e.Purse); err != nil {
		return err
	}
	if e.Points >= 0 {
		return tx.AddPoints(e)
	}
	err = tx.TakePoints(e)
	if errors.Is(err, store.ErrNoRow) {
		err = guitai.Fail(guitai.Conflict, guitai.CodePointsShort)
	}
	return err
}

// History lists what came and went in a member's purse, newest first.
func (c *Club) History(ctx context.Context, m guitai.MerchantID, id guitai.MemberID) ([]guitai.PointEntry, error) {
	var list []guitai.PointEntry
	err := c.Store.Read(ctx, func(tx *store.ReadTx) error {
		who, err := memberOf(tx, m, id)
		if err == nil {
			list, err = tx.PointEntries(m, who.Purse, mostFound)
		}
		return err
	})
	return list, err
}

// lineRef names what a line of a sale did to points.
func lineRef(sale guitai.SaleID, n int, of guitai.BackOf) string {
	return string(sale) + "/" + strconv.Itoa(n) + "/" + string(of.Sale) + "/" + strconv.Itoa(of.N)
}
