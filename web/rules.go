package web

import (
	"context"
	"time"

	"guitai"
	"guitai/office"
	"guitai/pay"
)

// Rule is one thing that is limited or put under a manager. Exactly one limit is
// given.
type Rule struct {
	ID     string `json:"id" maxLength:"64" example:"large"`
	Name   string `json:"name" maxLength:"200" doc:"what people read when it speaks" example:"more than 1,000 yuan"`
	Deed   string `json:"deed" enum:"payment,refund"`
	Kind   string `json:"kind,omitempty" enum:"scan,show"`
	Wallet string `json:"wallet,omitempty" enum:"wechat,alipay,unionpay"`
	Shop   string `json:"shop,omitempty" maxLength:"64"`
	Till   string `json:"till,omitempty" maxLength:"64"`

	Above    *Money `json:"above,omitempty" doc:"one deed above this amount"`
	DayMost  *Money `json:"day_most,omitempty" doc:"the sum of a shop's day above this amount"`
	DayCount int64  `json:"day_count,omitempty" minimum:"0" doc:"more than so many in a shop's day"`
	InCount  int64  `json:"in_count,omitempty" minimum:"0" maximum:"1000" doc:"more than so many within within_seconds"`
	Within   int64  `json:"within_seconds,omitempty" minimum:"0" maximum:"86400"`
	Same     bool   `json:"same_amount,omitempty" doc:"in_count counts only deeds of the same amount"`
	Per      string `json:"per,omitempty" enum:"till,shop,merchant" doc:"over whose deeds sums and counts go; the till's when left out"`

	Then string `json:"then" enum:"ask_manager,refuse"`
}

// RulesIn are all rules of a merchant.
type RulesIn struct {
	Rules []Rule `json:"rules"`
}

func ruleOf(r guitai.Rule) Rule {
	out := Rule{ID: r.ID, Name: r.Name, Deed: string(r.Deed), Kind: string(r.Kind), Wallet: string(r.Wallet), Shop: string(r.Shop),
		Till: string(r.Till), DayCount: r.DayCount, InCount: r.InCount, Within: int64(r.Within / time.Second), Same: r.SameFen,
		Per: string(r.Per), Then: string(r.Then)}
	if r.Above.Fen != 0 {
		out.Above = new(moneyOf(r.Above))
	}
	if r.DayMost.Fen != 0 {
		out.DayMost = new(moneyOf(r.DayMost))
	}
	return out
}

func (r Rule) rule() (guitai.Rule, error) {
	out := guitai.Rule{ID: r.ID, Name: r.Name, Deed: guitai.Deed(r.Deed), Kind: guitai.PaymentKind(r.Kind),
		Wallet: guitai.Wallet(r.Wallet), Shop: guitai.ShopID(r.Shop), Till: guitai.TillID(r.Till), DayCount: r.DayCount,
		InCount: r.InCount, SameFen: r.Same, Per: guitai.Span(r.Per), Then: guitai.Answer(r.Then)}
	if r.Within < 0 || r.Within > int64(guitai.LongestWithin/time.Second) {
		return out, guitai.FailField(guitai.CodeFieldInvalid, "within_seconds")
	}
	out.Within = time.Duration(r.Within) * time.Second
	for _, set := range []struct {
		from *Money
		into *guitai.Money
	}{{r.Above, &out.Above}, {r.DayMost, &out.DayMost}} {
		if set.from == nil {
			continue
		}
		var err error
		if *set.into, err = set.from.money(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// rules is GET /v1/rules.
func (s *Server) rules(ctx context.Context, c caller, _ *nothing) (*reply[list[Rule]], error) {
	rules, err := s.Pay.Rules(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(rules, ruleOf), nil
}

type setRules struct{ Asked body[RulesIn] }

// setRules is PUT /v1/rules.
func (s *Server) setRules(ctx context.Context, c caller, in *setRules) (*reply[list[Rule]], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	rules := make([]guitai.Rule, 0, len(b.Rules))
	for _, r := range b.Rules {
		rule, err := r.rule()
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	if err := s.Pay.SetRules(ctx, c.merchant, rules); err != nil {
		return nil, err
	}
	return listOf(rules, ruleOf), nil
}

// maxApproval bounds the header Guitai-Approval.
const maxApproval = 100

// leave is why a deed of this caller may pass though a rule puts it under a
// manager. A program with a key acts for the merchant, but not for a manager:
// it needs an approval as a cashier does.
func leave(c caller, token string) pay.Leave {
	l := pay.Leave{Till: c.session.Till.ID, Manager: c.person() && c.session.Staff.Role.AtLeast(guitai.Manager)}
	if token != "" && len(token) <= maxApproval {
		l.Token = office.ApprovalHash(token)
	}
	return l
}
