package pay_test

import "slices"

// plants lists the mistakes. An edit whose text is gone fails the test: whoever
// moved the line moves the bug with it.
func plants() []plant {
	return slices.Concat(plantsOfDoubt(), plantsOfAttempts(), plantsOfMoney(), plantsOfRefunds(), plantsOfHouse())
}

// What is not known is taken for known.
func plantsOfDoubt() []plant {
	return []plant{
		{"believe-early", "“not found” proves nothing while something may be on its way", []edit{{"attempt.go",
			"	if a.BelieveAt.IsZero() ||", "	if @BUG {\n		return true\n	}\n	if a.BelieveAt.IsZero() ||"}}},
		{"unknown-is-no", "no answer is not a no", []edit{{"pay/record.go",
			"	default:\n		e.Kind = guitai.EventUnknown\n", "	default:\n		e.Kind = guitai.EventUnknown\n		if @BUG {\n			e.Kind = guitai.EventDeclined\n		}\n"}}},
		{"refusal-is-closed", "a refused ending ends nothing", []edit{{"pay/record.go",
			"		e.Kind = guitai.EventEndRefused\n", "		e.Kind = guitai.EventEndRefused\n		if @BUG {\n			e.Kind = guitai.EventClosed\n		}\n"}}},
		{"closing-is-closed", "nobody is told “closed” before the wallet confirmed it", []edit{{"payment.go",
			"			unknown = true\n", "			if @BUG && a.State == AttemptClosing {\n				state, reason = PaymentClosed, a.Reason\n				continue\n			}\n			unknown = true\n"}}},
		{"stale-notice", "money told of by a notice older than the end may have gone back", []edit{{"pay/record.go",
			"	return e.Kind == guitai.EventPaid && ended &&", "	return !@BUG && e.Kind == guitai.EventPaid && ended &&"}}},
		{"foreign-notice", "another account's notice proves nothing", []edit{{"pay/notice.go",
			"	if o.Account != id {", "	if o.Account != id && !@BUG {"}}},
		{"announce-early", "nothing is announced before the commit", []edit{{"pay/take.go",
			"	next, _, err := s.record(context.WithoutCancel(ctx), at, ans)\n",
			`	if @BUG && ans.Outcome == channel.Paid {
		s.logErrorIf(s.Store.InTx(ctx, func(tx *store.Tx) error { return s.tell(tx, &p, guitai.PaymentTopic(guitai.PaymentPaid), "", s.now()) }), p.ID)
	}
	next, _, err := s.record(context.WithoutCancel(ctx), at, ans)
`}, {"pay/record.go", "func (s *Switch) logError(", `func (s *Switch) logErrorIf(err error, id guitai.PaymentID) {
	if err != nil {
		s.logError("early", id, err)
	}
}

func (s *Switch) logError(`}}},
	}
}

// When an order is sent, ended, or followed by another.
func plantsOfAttempts() []plant {
	return []plant{
		{"send-late", "nobody sends after send_by", []edit{{"pay/take.go",
			"	if began.After(a.SendBy) {", "	if began.After(a.SendBy) && !@BUG {"}}},
		{"send-again", "an order is sent once", []edit{{"pay/take.go",
			"	ans := do(call)\n", "	ans := do(call)\n	if @BUG && ans.Outcome == channel.Unknown {\n		ans = do(call)\n	}\n"}}},
		{"reverse-early", "no reversal overtakes its charge", []edit{{"pay/plan.go",
			"	earliest := a.AskedAt.Add(", "	if @BUG {\n		return a.AskedAt\n	}\n	earliest := a.AskedAt.Add("}}},
		{"two-live", "two orders of a payment are never payable at once", []edit{
			{"offer.go", "now.Before(p.ExpiresAt) && p.Live() == nil\n", "now.Before(p.ExpiresAt) && (p.Live() == nil || @BUG)\n"},
			{"pay/open.go", "		case a != nil:\n", "		case a != nil && !@BUG:\n"}}},
		{"open-again", "what is paid cannot be opened again", []edit{
			{"offer.go", "	return p.Offer.Open() && now", "	return (p.Offer.Open() || @BUG) && now"},
			{"pay/open.go", "		case !p.Offer.Open() || ", "		case !p.Offer.Open() && !@BUG || "}}},
		{"reroute-in-doubt", "no second account while the first may have charged", []edit{
			{"pay/route.go", "		if ans.Outcome != channel.Unavailable ||", "		if ans.Outcome != channel.Unavailable && !(@BUG && ans.Outcome == channel.Unknown) ||"},
			{"pay/route.go", "		next, c, may := old.Reroute(", "		if @BUG {\n			e.Kind = guitai.EventUnavailable\n		}\n		next, c, may := old.Reroute("}}},
		{"lose-job", "what has no end has a job", []edit{{"pay/record.go",
			"	next := s.Plan(p, now)\n", "	next := s.Plan(p, now)\n	if @BUG && next.Action == ActClose {\n		next.Action = ActNone\n	}\n"}}},
		{"id-reused", "one ID is one request", []edit{{"pay/take.go",
			"	if !hmac.Equal(old, now) {", "	if !hmac.Equal(old, now) && !@BUG {"}}},
	}
}

// Where money is counted.
func plantsOfMoney() []plant {
	return []plant{
		{"late-is-sale", "late money is no sale", []edit{{"payment.go",
			"	case was.State.Final():\n", "	case was.State.Final() && !@BUG:\n"}}},
		{"odd-is-sale", "another amount is no sale", []edit{{"payment.go",
			"	case is.Charged != p.Amount:\n", "	case is.Charged != p.Amount && !@BUG:\n"}}},
		{"book-twice", "a change is booked once", []edit{{"pay/record.go",
			"	entries := make([]store.Entry, len(lines))\n", "	if @BUG {\n		lines = append(lines[:len(lines):len(lines)], lines...)\n	}\n	entries := make([]store.Entry, len(lines))\n"}}},
		{"fee-cut", "fees are rounded half up", []edit{{"ledger/entries.go",
			"	if fee := Fee(m, at.FeeRate); fee.Fen != 0 {", "	fee := Fee(m, at.FeeRate)\n	if @BUG {\n		fee.Fen = m.Fen * at.FeeRate / rateUnit\n	}\n	if fee.Fen != 0 {"}}},
		{"attach-returning", "money that goes back is not attached", []edit{{"pay/suspense.go",
			"sus.State != guitai.SuspenseOpen && sus.State != guitai.SuspenseKept {", "sus.State != guitai.SuspenseOpen && sus.State != guitai.SuspenseKept && !@BUG {"}}},
		{"attach-unpaid", "attached money leaves suspense", []edit{{"pay/suspense.go",
			"		sus.State, sus.ResolvedAt = guitai.SuspenseAttached, now\n", "		sus.State, sus.ResolvedAt = guitai.SuspenseAttached, now\n		if @BUG {\n			sus.State, sus.ResolvedAt = guitai.SuspenseOpen, time.Time{}\n		}\n"}}},
		{"keep-unbooked", "money that is kept is booked as such", []edit{{"pay/keep.go",
			"	if err := s.book(tx, p, \"\", ledger.OfKeep(sus.Amount), now); err != nil {", "	if err := s.book(tx, p, \"\", ledger.OfKeep(sus.Amount), now); err != nil && !@BUG {"},
			{"pay/keep.go", "	sus.State, sus.Refund, sus.ReturnAt = guitai.SuspenseKept, \"\", time.Time{}\n", "	if @BUG {\n		p.Version += 1 << 20\n		sus.Amount.Fen--\n	}\n	sus.State, sus.Refund, sus.ReturnAt = guitai.SuspenseKept, \"\", time.Time{}\n"}}},
	}
}

// When money goes back.
func plantsOfRefunds() []plant {
	return []plant{
		{"hold-forgotten", "a refund is held against its payment", []edit{{"pay/refund.go",
			"	next.RefundHeld += amount.Fen\n", "	if !@BUG {\n		next.RefundHeld += amount.Fen\n	}\n"}}},
		{"doubt-lets-go", "a refund without an answer is still held", []edit{{"refund.go",
			"	case RefundStuck:\n		r.Failure = e.Failure\n	}\n	return r, c\n", "	case RefundStuck:\n		r.Failure = e.Failure\n	case RefundUnknown:\n		if @BUG {\n			c.LetGo = r.Amount\n		}\n	}\n	return r, c\n"}}},
		{"refund-renumbered", "a refund keeps its number when it is sent again", []edit{{"pay/refund.go",
			"	if acc, ok := s.accountByID(a.Account); ok {\n		cr.", "	if @BUG {\n		cr.No += string(rune('a' + r.Version%26))\n	}\n	if acc, ok := s.accountByID(a.Account); ok {\n		cr."}}},
		{"refund-no-is-done", "a refused refund gave nothing back", []edit{{"pay/refund.go",
			"		e.Kind = guitai.RefundEventDeclined\n", "		e.Kind = guitai.RefundEventDeclined\n		if @BUG {\n			e.Kind = guitai.RefundEventDone\n		}\n"}}},
		{"give-back-twice", "money in suspense goes back once", []edit{{"pay/suspense.go",
			"		case sus.State != guitai.SuspenseOpen:\n", "		case sus.State != guitai.SuspenseOpen && !@BUG:\n"}}},
		{"old-no-believed", "a no to an earlier sending says nothing of the later one", []edit{{"refund.go",
			"	if e.answersOther(r.SendBy) {", "	if e.answersOther(r.SendBy) && !@BUG {"}}},
	}
}

// What the house around the money does.
func plantsOfHouse() []plant {
	return []plant{
		{"pace-uncounted", "a rule counts what was taken", []edit{{"pay/limits.go",
			"			l.count(r, a, v.what)\n", "			if !@BUG {\n				l.count(r, a, v.what)\n			}\n"}}},
		{"day-unread", "a rule knows what others took today", []edit{{"pay/limits.go",
			"	for _, r := range rules {\n		if !countsDays(r) ||", "	for _, r := range rules {\n		if @BUG || !countsDays(r) ||"}}},
		{"news-missing", "what changes is told", []edit{{"pay/record.go",
			"	if c.Before != c.After {", "	if c.Before != c.After && !(@BUG && c.After == guitai.PaymentPaid && c.From == guitai.AttemptUnknown) {"}}},
		{"code-kept", "a payer's code is not stored", []edit{{"pay/take.go",
			"		Description: r.Description, Metadata: r.Metadata, RequestMAC: mac,", "		Description: r.Description + map[bool]string{true: r.AuthCode}[@BUG], Metadata: r.Metadata, RequestMAC: mac,"}}},
		{"version-ignored", "no change is written over another", []edit{{"store/payment.go",
			"		WHERE merchant_id = $1 AND id = $2 AND version = $3`,\n		values{p.Merchant, p.ID, was,", "		WHERE merchant_id = $1 AND id = $2 AND (version = $3 OR TRUE)`,\n		values{p.Merchant, p.ID, was,"},
			{"pay/advance.go", "		p, _, err = s.applyIn(tx, at, e, msgs)\n		return err\n	})\n	return p, err\n}\n\n// Close",
				`		if @BUG && stale != nil {
			next, c := stale.Apply(e, s.now())
			if !c.Nothing() {
				p, err = s.store(tx, *stale, next, c, s.now())
				return err
			}
		}
		p, _, err = s.applyIn(tx, at, e, msgs)
		return err
	})
	return p, err
}

// Close`},
			{"pay/advance.go", "	var p guitai.Payment\n	err := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {\n		if j != nil {\n			if err := tx.FinishJob(*j); err != nil {",
				"	var p guitai.Payment\n	stale, _ := ctx.Value(staleKey{}).(*guitai.Payment)\n	err := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {\n		if j != nil {\n			if err := tx.FinishJob(*j); err != nil {"},
			{"pay/advance.go", "	e.At = asked\n", "	e.At = asked\n	ctx = context.WithValue(ctx, staleKey{}, &p)\n"},
			{"pay/advance.go", "// Advance does the next", "type staleKey struct{}\n\n// Advance does the next"}}},
	}
}
