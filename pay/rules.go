package pay

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"guitai"
	"guitai/store"
)

// ruleBody is how a rule is stored.
type ruleBody struct {
	Name     string `json:"name"`
	Deed     string `json:"deed"`
	Kind     string `json:"kind,omitempty"`
	Wallet   string `json:"wallet,omitempty"`
	Shop     string `json:"shop,omitempty"`
	Till     string `json:"till,omitempty"`
	Above    int64  `json:"above_fen,omitempty"`
	DayMost  int64  `json:"day_most_fen,omitempty"`
	DayCount int64  `json:"day_count,omitempty"`
	WithinMS int64  `json:"within_ms,omitempty"`
	InCount  int64  `json:"in_count,omitempty"`
	SameFen  bool   `json:"same_amount,omitempty"`
	Per      string `json:"per,omitempty"`
	Then     string `json:"then"`
}

func bodyOf(r guitai.Rule) ruleBody {
	return ruleBody{Name: r.Name, Deed: string(r.Deed), Kind: string(r.Kind), Wallet: string(r.Wallet), Shop: string(r.Shop),
		Till: string(r.Till), Above: r.Above.Fen, DayMost: r.DayMost.Fen, DayCount: r.DayCount, WithinMS: r.Within.Milliseconds(),
		InCount: r.InCount, SameFen: r.SameFen, Per: string(r.Per), Then: string(r.Then)}
}

func (b ruleBody) rule(id string) guitai.Rule {
	fen := func(n int64) guitai.Money {
		if n == 0 {
			return guitai.Money{}
		}
		return guitai.Fen(n)
	}
	return guitai.Rule{ID: id, Name: b.Name, Deed: guitai.Deed(b.Deed), Kind: guitai.PaymentKind(b.Kind),
		Wallet: guitai.Wallet(b.Wallet), Shop: guitai.ShopID(b.Shop), Till: guitai.TillID(b.Till), Above: fen(b.Above),
		DayMost: fen(b.DayMost), DayCount: b.DayCount, Within: time.Duration(b.WithinMS) * time.Millisecond, InCount: b.InCount,
		SameFen: b.SameFen, Per: guitai.Span(b.Per), Then: guitai.Answer(b.Then)}
}

func rulesOf(rows []store.RuleRow) (map[guitai.MerchantID][]guitai.Rule, error) {
	out := map[guitai.MerchantID][]guitai.Rule{}
	for _, row := range rows {
		var b ruleBody
		if err := json.Unmarshal([]byte(row.Body), &b); err != nil {
			return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
		}
		out[row.Merchant] = append(out[row.Merchant], b.rule(row.ID))
	}
	return out, nil
}

func (s *Switch) loadRules(ctx context.Context) (map[guitai.MerchantID][]guitai.Rule, error) {
	var rows []store.RuleRow
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		rows, err = tx.Rules("")
		return err
	})
	if err != nil {
		return nil, err
	}
	return rulesOf(rows)
}

// Rules lists the rules of a merchant in their order.
func (s *Switch) Rules(ctx context.Context, m guitai.MerchantID) ([]guitai.Rule, error) {
	var rows []store.RuleRow
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		rows, err = tx.Rules(m)
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := rulesOf(rows)
	return out[m], err
}

// mostRules bounds how many rules a merchant may have: each is asked for each
// payment.
const mostRules = 100

// SetRules puts the rules of a merchant in the place of all earlier ones. They
// apply at once on this node, on others at their next refresh.
func (s *Switch) SetRules(ctx context.Context, m guitai.MerchantID, rules []guitai.Rule) error {
	if len(rules) > mostRules {
		return guitai.FailField(guitai.CodeFieldInvalid, "rules")
	}
	rows, seen := make([]store.RuleRow, 0, len(rules)), map[string]bool{}
	for i, r := range rules {
		if err := r.Check(); err != nil {
			return err
		}
		if seen[r.ID] {
			return guitai.FailField(guitai.CodeIDMalformed, "id")
		}
		seen[r.ID] = true
		b, err := json.Marshal(bodyOf(r))
		if err != nil {
			return guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
		}
		rows = append(rows, store.RuleRow{Merchant: m, ID: r.ID, Place: i, Body: string(b)})
	}
	if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SetRules(m, rows) }); err != nil {
		return err
	}
	return s.RefreshLimits(ctx)
}

// RuleError says which rule spoke against a deed. It wraps a Limited or a
// Forbidden error.
type RuleError struct {
	Rule guitai.Rule
	err  error
}

func (e *RuleError) Error() string { return e.err.Error() }
func (e *RuleError) Unwrap() error { return e.err }

// leave turns a verdict into an error, unless the deed may pass: because no rule
// speaks against it, or because a manager is there or gave leave. It runs in the
// transaction that stores the intention, so that an approval is used up exactly
// when its deed is stored.
func (s *Switch) leave(tx *store.Tx, v verdict, a guitai.Act, l Leave) error {
	switch {
	case v.Answer == guitai.Allow, v.Answer == guitai.AskManager && l.Manager:
		return nil
	case v.Answer == guitai.Refuse:
		return &RuleError{v.rule, guitai.Fail(guitai.Limited, guitai.CodeRuleRefused)}
	case l.Token == "":
		return &RuleError{v.rule, guitai.Fail(guitai.Forbidden, guitai.CodeManagerNeeded)}
	}
	at := l.Till
	if at == "" {
		at = a.Till
	}
	_, err := tx.UseApproval(l.Token, store.Approval{Merchant: a.Merchant, Till: at, Deed: a.Deed, Amount: a.Amount}, l.use)
	if errors.Is(err, store.ErrNoRow) {
		return &RuleError{v.rule, guitai.Fail(guitai.Forbidden, guitai.CodeApprovalInvalid)}
	}
	return err
}

// Leave is why a deed that a rule puts under a manager may pass.
type Leave struct {
	Manager bool          // whoever asks is a manager
	Token   string        // hash of the token of a manager's approval
	Till    guitai.TillID // where the approval was given; empty: where the deed is
	use     string        // what it is used for
}
