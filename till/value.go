package till

import (
	"errors"

	"guitai"
	"guitai/store"
)

// What the entry of a sale does to vouchers and points. Each of these runs in
// the transaction that books the sale, once for each sale; whatever was booked
// for a tender already is not booked again. A query says that the tender stays
// unbooked, because what it was to be taken from has not as much: goods and
// money have changed hands all the same.

// spend takes a tender's value from its voucher or from the member's points.
func spend(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (query guitai.Code, err error) {
	switch t.Kind {
	case guitai.TenderVoucher:
		return spendVoucher(tx, s, t)
	case guitai.TenderPoints:
		return spendPoints(tx, s, t)
	}
	return "", nil
}

// giveBackValue gives a negative tender's value back to the voucher or the
// points that it came from.
func giveBackValue(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (query guitai.Code, err error) {
	switch t.Kind {
	case guitai.TenderVoucher:
		return giveBackVoucher(tx, s, t)
	case guitai.TenderPoints:
		return giveBackPoints(tx, s, t)
	}
	return "", nil
}

func tenderRef(s guitai.Sale, t guitai.SaleTender) string { return string(s.ID) + "/" + t.N }

func spendVoucher(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	code, ref := guitai.ReadVoucherCode(t.Voucher), tenderRef(s, t)
	if had, err := tx.HasVoucherEntry(s.Merchant, "spend", ref); err != nil || had {
		return "", err
	}
	reserved, err := settle(tx, s, t)
	if err != nil {
		return "", err
	}
	if code == "" || t.AmountFen <= 0 {
		return guitai.CodeVoucherRefused, nil
	}
	v, err := voucherNow(tx, s.Merchant, code)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.CodeVoucherRefused, nil
	}
	if err != nil {
		return "", err
	}
	// What was put aside for this very tender was judged then.
	if reserved.Voucher != code && v.Refusal(s.Till, s.At, s.TotalFen) != "" || !v.CancelledAt.IsZero() {
		return guitai.CodeVoucherRefused, nil
	}
	err = tx.MoveVoucher(s.Merchant, code, -t.AmountFen)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.CodeVoucherRefused, nil
	}
	if err != nil {
		return "", err
	}
	e := store.VoucherEntry{Merchant: s.Merchant, Kind: "spend", Ref: ref, Code: code, Fen: -t.AmountFen, Sale: s.ID}
	if err := tx.AddVoucherEntry(e); err != nil {
		return "", err
	}
	if rest := v.LeftFen - t.AmountFen; v.Batch.Kind == guitai.VoucherSingle && rest > 0 {
		e.Kind, e.Fen = "lapse", -rest
		err = errors.Join(tx.MoveVoucher(s.Merchant, code, -rest), tx.AddVoucherEntry(e))
	}
	return "", err
}

// settle ends what was put aside for a tender, as spent, so that the tender can
// be taken from what is there altogether. Nothing put aside is an empty one.
func settle(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (guitai.Redemption, error) {
	r, err := tx.RedemptionOf(s.Merchant, s.ID, t.N)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Redemption{}, nil
	}
	if err != nil || r.State != guitai.RedemptionHeld {
		return guitai.Redemption{}, err
	}
	return r, letGo(tx, r, guitai.RedemptionSpent)
}

func giveBackVoucher(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	code, ref := guitai.ReadVoucherCode(t.Voucher), tenderRef(s, t)
	if had, err := tx.HasVoucherEntry(s.Merchant, "give_back", ref); err != nil || had {
		return "", err
	}
	if code == "" || t.AmountFen >= 0 {
		return guitai.CodeVoucherRefused, nil
	}
	if _, err := voucherNow(tx, s.Merchant, code); err != nil {
		if errors.Is(err, store.ErrNoRow) {
			return guitai.CodeVoucherRefused, nil
		}
		return "", err
	}
	did, err := tx.VoucherEntries(s.Merchant, code)
	if err != nil {
		return "", err
	}
	var spent int64
	for _, e := range did {
		if e.Kind != "lapse" {
			spent -= e.Fen
		}
	}
	if -t.AmountFen > spent {
		return guitai.CodeVoucherRefused, nil
	}
	err = tx.MoveVoucher(s.Merchant, code, -t.AmountFen)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.CodeVoucherRefused, nil
	}
	if err != nil {
		return "", err
	}
	return "", tx.AddVoucherEntry(store.VoucherEntry{Merchant: s.Merchant, Kind: "give_back", Ref: ref, Code: code, Fen: -t.AmountFen, Sale: s.ID})
}

// pointsOf finds whose points a tender means, and how many they are.
func pointsOf(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (m guitai.Member, r guitai.PointRules, points int64, err error) {
	id := t.Member
	if id == "" {
		id = s.Member
	}
	if m, err = tx.Member(s.Merchant, id); err != nil {
		return m, r, 0, err
	}
	if r, err = rulesOf(&tx.ReadTx, s.Merchant); err != nil {
		return m, r, 0, err
	}
	amount := max(t.AmountFen, -t.AmountFen)
	if points = max(t.Points, -t.Points); points == 0 {
		points = r.PointsFor(amount)
	}
	return m, r, points, tx.LockPurse(s.Merchant, m.Purse)
}

func spendPoints(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	ref := tenderRef(s, t)
	if _, err := tx.PointEntry(s.Merchant, guitai.PointsRedeem, ref); !errors.Is(err, store.ErrNoRow) {
		return "", err
	}
	reserved, err := settle(tx, s, t)
	if err != nil {
		return "", err
	}
	m, r, points, err := pointsOf(tx, s, t)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.CodePointsRefused, nil
	}
	if err != nil {
		return "", err
	}
	agreed := reserved.Points == points && reserved.AmountFen >= t.AmountFen
	if points <= 0 || t.AmountFen <= 0 || !agreed && r.Worth(points) < t.AmountFen {
		return guitai.CodePointsRefused, nil
	}
	err = tx.TakePoints(guitai.PointEntry{Merchant: s.Merchant, Purse: m.Purse, Member: m.ID, Kind: guitai.PointsRedeem, Ref: ref,
		Points: -points, Sale: s.ID, Staff: s.Staff, At: tx.Now()})
	if errors.Is(err, store.ErrNoRow) {
		return guitai.CodePointsRefused, nil
	}
	return "", err
}

func giveBackPoints(tx *store.Tx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	ref := tenderRef(s, t)
	if _, err := tx.PointEntry(s.Merchant, guitai.PointsGiveBack, ref); !errors.Is(err, store.ErrNoRow) {
		return "", err
	}
	m, r, points, err := pointsOf(tx, s, t)
	if errors.Is(err, store.ErrNoRow) || err == nil && (points <= 0 || t.AmountFen >= 0) {
		return guitai.CodePointsRefused, nil
	}
	if err != nil {
		return "", err
	}
	if most := r.PointsFor(-t.AmountFen); most > 0 {
		points = min(points, most)
	}
	return "", tx.AddPoints(guitai.PointEntry{Merchant: s.Merchant, Purse: m.Purse, Member: m.ID, Kind: guitai.PointsGiveBack, Ref: ref,
		Points: points, Sale: s.ID, Staff: s.Staff, At: tx.Now()})
}

// earn books what a sale's goods earn its member, and takes back what goods that
// come back had earned, in whatever order the sales arrive. A sale that is void
// undoes both.
func earn(tx *store.Tx, s guitai.Sale) error {
	for _, l := range s.Lines {
		if l.Back.Sale == "" {
			continue
		}
		back := -l.TotalFen
		if s.State == guitai.SaleVoided {
			back = l.TotalFen
		}
		if err := cameBack(tx, s, l, back); err != nil {
			return err
		}
	}
	if s.State == guitai.SaleVoided {
		return unearn(tx, s)
	}
	if s.Member == "" {
		return nil
	}
	m, err := tx.Member(s.Merchant, s.Member)
	if errors.Is(err, store.ErrNoRow) {
		return nil // the sale stands; nobody is there to earn
	}
	if err != nil {
		return err
	}
	lines, err := earnedBy(&tx.ReadTx, s, m)
	if err != nil || len(lines) == 0 {
		return err
	}
	err = tx.AddPoints(guitai.PointEntry{Merchant: s.Merchant, Purse: m.Purse, Member: m.ID, Kind: guitai.PointsEarn, Ref: string(s.ID),
		Points: guitai.Earned(lines), Sale: s.ID, Staff: s.Staff, At: tx.Now()})
	if errors.Is(err, store.ErrNoRow) {
		return nil // earned already
	}
	if err != nil {
		return err
	}
	had, err := pointLinesOf(tx, s.Merchant, s.ID)
	for _, l := range lines {
		if err != nil {
			return err
		}
		p := had[l.N] // what came back before the sale itself arrived
		p.Merchant, p.Sale, p.N, p.Purse, p.Member, p.Fen, p.Points = s.Merchant, s.ID, l.N, m.Purse, m.ID, l.Fen, l.Points
		err = takeBack(tx, s, p, lineRef(s.ID, l.N, guitai.BackOf{}))
	}
	return err
}

func pointLinesOf(tx *store.Tx, m guitai.MerchantID, sale guitai.SaleID) (map[int]store.PointLine, error) {
	list, err := tx.PointLines(m, sale)
	out := map[int]store.PointLine{}
	for _, l := range list {
		out[l.N] = l
	}
	return out, err
}

// cameBack notes that so much of an older sale's line came back.
func cameBack(tx *store.Tx, s guitai.Sale, l guitai.SaleLine, fen int64) error {
	had, err := pointLinesOf(tx, s.Merchant, l.Back.Sale)
	if err != nil {
		return err
	}
	p, known := had[l.Back.N]
	if !known {
		p = store.PointLine{Merchant: s.Merchant, Sale: l.Back.Sale, N: l.Back.N}
	}
	p.BackFen = max(0, p.BackFen+fen)
	ref := lineRef(s.ID, l.N, l.Back)
	if s.State == guitai.SaleVoided {
		ref = "void/" + ref
	}
	return takeBack(tx, s, p, ref)
}

// takeBack brings what was taken back of a line's points to what is due.
func takeBack(tx *store.Tx, s guitai.Sale, p store.PointLine, ref string) error {
	due := guitai.PointsBack(p.Points, p.Fen, p.BackFen)
	if p.Purse != "" && due != p.Taken {
		err := tx.AddPoints(guitai.PointEntry{Merchant: s.Merchant, Purse: p.Purse, Member: p.Member, Kind: guitai.PointsTakeBack, Ref: ref,
			Points: p.Taken - due, Sale: s.ID, Staff: s.Staff, At: tx.Now()})
		if errors.Is(err, store.ErrNoRow) {
			return nil // taken back already
		}
		if err != nil {
			return err
		}
		p.Taken = due
	}
	return tx.SavePointLine(p)
}

// unearn takes back all that a sale had earned.
func unearn(tx *store.Tx, s guitai.Sale) error {
	lines, err := tx.PointLines(s.Merchant, s.ID)
	for _, p := range lines {
		if err != nil {
			return err
		}
		p.BackFen = max(p.BackFen, p.Fen)
		err = takeBack(tx, s, p, "void/"+lineRef(s.ID, p.N, guitai.BackOf{}))
	}
	return err
}
