package till

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"guitai"
	"guitai/store"
)

// Batch is a batch of vouchers with how they went; it is the store's.
type Batch = store.Batch

// VoucherEntry is what a voucher's money did; it is the store's.
type VoucherEntry = store.VoucherEntry

// Limits of vouchers.
const (
	mostPieces     = 1000 // of one batch
	mostAmountFen  = 1_000_000_00
	longestVoucher = 10 * 366 * 24 * time.Hour
	redemptionLife = 10 * time.Minute
)

// Issue makes a batch of vouchers. The same again is answered with what was
// made.
func (c *Club) Issue(ctx context.Context, b guitai.VoucherBatch) (Batch, error) {
	if err := checkBatch(b); err != nil {
		return Batch{}, err
	}
	var out Batch
	err := c.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		out, err = c.issue(tx, b)
		return err
	})
	return out, err
}

func checkBatch(b guitai.VoucherBatch) error {
	n := utf8.RuneCountInString(b.Name)
	switch {
	case guitai.ValidID(b.ID) != nil:
		return guitai.FailField(guitai.CodeIDMalformed, "id")
	case n == 0 || n > mostSearch:
		return guitai.FailField(guitai.CodeFieldInvalid, "name")
	case b.Kind != guitai.VoucherSingle && b.Kind != guitai.VoucherBalance:
		return guitai.FailField(guitai.CodeFieldInvalid, "kind")
	case b.AmountFen <= 0 || b.AmountFen > mostAmountFen:
		return guitai.FailField(guitai.CodeFieldInvalid, "amount_fen")
	case b.MinFen < 0 || b.MinFen > mostAmountFen:
		return guitai.FailField(guitai.CodeFieldInvalid, "min_fen")
	case !b.Until.After(b.From) || b.Until.Sub(b.From) > longestVoucher:
		return guitai.FailField(guitai.CodeFieldInvalid, "until")
	case b.Pieces < 1 || b.Pieces > mostPieces:
		return guitai.FailField(guitai.CodeFieldInvalid, "pieces")
	}
	return nil
}

func (c *Club) issue(tx *store.Tx, b guitai.VoucherBatch) (Batch, error) {
	had, err := tx.VoucherBatch(b.Merchant, b.ID)
	b.MadeAt = had.MadeAt
	switch {
	case err == nil && had.Pieces == b.Pieces && had.AmountFen == b.AmountFen && had.Kind == b.Kind && had.Name == b.Name && had.Till == b.Till:
		return had, nil
	case err == nil:
		return had, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	case !errors.Is(err, store.ErrNoRow):
		return had, err
	}
	if b.Till != "" {
		t, err := tx.Till(b.Till)
		if errors.Is(err, store.ErrNoRow) || err == nil && t.Merchant != b.Merchant {
			err = guitai.Fail(guitai.NotFound, guitai.CodeTillNotFound)
		}
		if err != nil {
			return Batch{}, err
		}
	}
	codes := make([]string, b.Pieces)
	for i := range codes {
		var r [8]byte
		if _, err := io.ReadFull(c.Rand, r[:]); err != nil {
			return Batch{}, err
		}
		codes[i] = guitai.VoucherCode(binary.BigEndian.Uint64(r[:]))
	}
	b.MadeAt = tx.Now()
	if err := tx.InsertVouchers(b, codes); err != nil {
		return Batch{}, err
	}
	return tx.VoucherBatch(b.Merchant, b.ID)
}

// Batches lists the batches of a merchant, newest first.
func (c *Club) Batches(ctx context.Context, m guitai.MerchantID) ([]Batch, error) {
	var list []Batch
	err := c.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.VoucherBatches(m, mostFound)
		return err
	})
	return list, err
}

// VouchersOf lists the vouchers of a batch by code.
func (c *Club) VouchersOf(ctx context.Context, m guitai.MerchantID, batch string) ([]guitai.Voucher, error) {
	var list []guitai.Voucher
	err := c.Store.Read(ctx, func(tx *store.ReadTx) error {
		_, err := tx.VoucherBatch(m, batch)
		if errors.Is(err, store.ErrNoRow) {
			err = noVoucher()
		}
		if err == nil {
			list, err = tx.VouchersOf(m, batch, mostPieces)
		}
		return err
	})
	return list, err
}

// VouchersAt lists what only one till takes, for it to keep.
func (c *Club) VouchersAt(ctx context.Context, t guitai.Till) ([]guitai.Voucher, error) {
	var list []guitai.Voucher
	err := c.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.VouchersAt(t.Merchant, t.ID, mostPieces)
		return err
	})
	return list, err
}

func noVoucher() error { return guitai.Fail(guitai.NotFound, guitai.CodeVoucherNotFound) }

// Voucher reads a voucher, with what its money did.
func (c *Club) Voucher(ctx context.Context, m guitai.MerchantID, typed string) (v guitai.Voucher, did []VoucherEntry, err error) {
	code := guitai.ReadVoucherCode(typed)
	if code == "" {
		return v, nil, noVoucher()
	}
	err = c.Store.Read(ctx, func(tx *store.ReadTx) error {
		v, err = tx.Voucher(m, code)
		if errors.Is(err, store.ErrNoRow) {
			return noVoucher()
		}
		stale, err2 := tx.StaleRedemptions(m, code)
		for _, r := range stale {
			v.LeftFen, v.HeldFen = v.LeftFen+r.HeldFen, v.HeldFen-r.HeldFen
		}
		did, err = tx.VoucherEntries(m, code)
		return errors.Join(err, err2)
	})
	return v, did, err
}

// Cancel takes a voucher out of use for ever. Twice is no error.
func (c *Club) Cancel(ctx context.Context, m guitai.MerchantID, typed string) error {
	code := guitai.ReadVoucherCode(typed)
	return c.Store.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.Voucher(m, code)
		if errors.Is(err, store.ErrNoRow) {
			return noVoucher()
		}
		if err == nil {
			err = tx.CancelVoucher(m, code)
		}
		if errors.Is(err, store.ErrNoRow) {
			err = nil
		}
		return err
	})
}

// voucherNow reads a voucher after what was put aside for too long is free again.
func voucherNow(tx *store.Tx, m guitai.MerchantID, code string) (guitai.Voucher, error) {
	stale, err := tx.StaleRedemptions(m, code)
	for _, r := range stale {
		if err == nil {
			err = letGo(tx, r, guitai.RedemptionReleased)
		}
	}
	if err != nil {
		return guitai.Voucher{}, err
	}
	return tx.Voucher(m, code)
}

// letGo ends a held redemption: its voucher has the money again.
func letGo(tx *store.Tx, r guitai.Redemption, s guitai.RedemptionState) error {
	err := tx.EndRedemption(r.Merchant, r.ID, s)
	if err == nil && r.Kind == guitai.RedeemVoucher {
		err = tx.MoveVoucher(r.Merchant, r.Voucher, r.HeldFen)
	}
	return err
}

// Asked is what is to be put aside for a tender.
type Asked struct {
	guitai.Redemption
	BillFen int64 // what the bill comes to; below zero: not said
}

// Redeem puts a voucher's money or points aside for one tender of one bill. The
// same again gets what was put aside, as it stands.
func (c *Club) Redeem(ctx context.Context, a Asked) (guitai.Redemption, error) {
	switch {
	case guitai.ValidID(a.ID) != nil:
		return a.Redemption, guitai.FailField(guitai.CodeIDMalformed, "id")
	case guitai.ValidID(string(a.Sale)) != nil:
		return a.Redemption, guitai.FailField(guitai.CodeIDMalformed, "sale")
	case guitai.ValidID(a.Tender) != nil:
		return a.Redemption, guitai.FailField(guitai.CodeIDMalformed, "tender")
	case a.AmountFen < 0 || a.AmountFen > mostAmountFen:
		return a.Redemption, guitai.FailField(guitai.CodeFieldInvalid, "amount_fen")
	case a.Points < 0 || a.Points > 1_000_000_000:
		return a.Redemption, guitai.FailField(guitai.CodeFieldInvalid, "points")
	case a.Kind == guitai.RedeemVoucher:
		if a.Voucher = guitai.ReadVoucherCode(a.Voucher); a.Voucher == "" {
			return a.Redemption, noVoucher()
		}
		a.Member, a.Points = "", 0
	case a.Kind == guitai.RedeemPoints:
		a.Voucher = ""
	default:
		return a.Redemption, guitai.FailField(guitai.CodeFieldInvalid, "kind")
	}
	var r guitai.Redemption
	err := c.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		r, err = redeem(tx, a)
		return err
	})
	return r, err
}

func redeem(tx *store.Tx, a Asked) (guitai.Redemption, error) {
	had, err := tx.Redemption(a.Merchant, a.ID)
	switch {
	case err == nil && !had.Same(a.Redemption):
		return had, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	case err == nil && had.Stale(tx.Now()):
		had.State, had.EndedAt = guitai.RedemptionReleased, tx.Now()
		return had, letGo(tx, had, guitai.RedemptionReleased)
	case err == nil || !errors.Is(err, store.ErrNoRow):
		return had, err
	}
	other, err := tx.RedemptionOf(a.Merchant, a.Sale, a.Tender)
	switch {
	case err == nil && other.Stale(tx.Now()):
		err = letGo(tx, other, guitai.RedemptionReleased)
	case err == nil:
		err = guitai.Fail(guitai.Conflict, guitai.CodeSaleTaken)
	case errors.Is(err, store.ErrNoRow):
		err = nil
	}
	if err != nil {
		return a.Redemption, err
	}
	r := a.Redemption
	r.State, r.MadeAt, r.ExpiresAt = guitai.RedemptionHeld, tx.Now(), tx.Now().Add(redemptionLife)
	if r.Kind == guitai.RedeemVoucher {
		r, err = reserveVoucher(tx, r, a.BillFen)
	} else {
		r, err = reservePoints(tx, r, a.BillFen)
	}
	if err != nil {
		return r, err
	}
	return r, tx.InsertRedemption(r)
}

func reserveVoucher(tx *store.Tx, r guitai.Redemption, bill int64) (guitai.Redemption, error) {
	v, err := voucherNow(tx, r.Merchant, r.Voucher)
	if errors.Is(err, store.ErrNoRow) {
		return r, noVoucher()
	}
	if err != nil {
		return r, err
	}
	if why := v.Refusal(r.Till, tx.Now(), bill); why != "" {
		return r, guitai.Fail(guitai.Conflict, why)
	}
	if v.Batch.MinFen > 0 && bill < 0 {
		return r, guitai.FailField(guitai.CodeFieldMissing, "bill_fen")
	}
	if r.AmountFen == 0 {
		if r.AmountFen = v.LeftFen; bill >= 0 {
			r.AmountFen = min(v.LeftFen, bill)
		}
	}
	if r.AmountFen <= 0 || r.AmountFen > v.LeftFen {
		return r, guitai.Fail(guitai.Conflict, guitai.CodeVoucherSpent)
	}
	if r.HeldFen = r.AmountFen; v.Batch.Kind == guitai.VoucherSingle {
		r.HeldFen = v.LeftFen
	}
	err = tx.MoveVoucher(r.Merchant, r.Voucher, -r.HeldFen)
	if errors.Is(err, store.ErrNoRow) {
		err = guitai.Fail(guitai.Conflict, guitai.CodeVoucherSpent)
	}
	return r, err
}

func reservePoints(tx *store.Tx, r guitai.Redemption, bill int64) (guitai.Redemption, error) {
	m, err := memberOf(&tx.ReadTx, r.Merchant, r.Member)
	if err != nil {
		return r, err
	}
	rules, err := rulesOf(&tx.ReadTx, r.Merchant)
	if err != nil {
		return r, err
	}
	switch {
	case rules.WorthPoints == 0:
		return r, guitai.Fail(guitai.Conflict, guitai.CodePointsOff)
	case r.Points > 0 && r.Points%rules.Step != 0:
		return r, guitai.FailField(guitai.CodeFieldInvalid, "points")
	case r.Points > 0:
		if worth := rules.Worth(r.Points); r.AmountFen == 0 || r.AmountFen > worth {
			r.AmountFen = worth
		}
	default:
		r.Points = rules.PointsFor(r.AmountFen)
	}
	if bill >= 0 {
		r.AmountFen = min(r.AmountFen, bill)
	}
	if r.Points <= 0 || r.AmountFen <= 0 {
		return r, guitai.FailField(guitai.CodeFieldInvalid, "points")
	}
	if err := tx.LockPurse(r.Merchant, m.Purse); err != nil {
		return r, err
	}
	balance, held, err := tx.Points(r.Merchant, m.Purse)
	if err == nil && balance-held < r.Points {
		err = guitai.Fail(guitai.Conflict, guitai.CodePointsShort)
	}
	r.Purse = m.Purse
	return r, err
}

// Release lets go what was put aside. Twice is no error; what was spent stays.
func (c *Club) Release(ctx context.Context, m guitai.MerchantID, id string) (guitai.Redemption, error) {
	var r guitai.Redemption
	err := c.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		r, err = tx.Redemption(m, id)
		switch {
		case errors.Is(err, store.ErrNoRow):
			return guitai.Fail(guitai.NotFound, guitai.CodeRedemptionMissing)
		case err != nil || r.State == guitai.RedemptionReleased:
			return err
		case r.State == guitai.RedemptionSpent:
			return guitai.Fail(guitai.Conflict, guitai.CodeRedemptionEnded)
		}
		if err := letGo(tx, r, guitai.RedemptionReleased); err != nil {
			return err
		}
		r, err = tx.Redemption(m, id)
		return err
	})
	return r, err
}

// Given is a gift that was handed over.
type Given struct {
	Known
	Gift    guitai.Gift
	Voucher string // the code of the voucher that it is
}

// Give exchanges points for a gift. The same again is answered with what was
// given. A thing is handed over by the cashier; a voucher is issued here.
func (c *Club) Give(ctx context.Context, m guitai.MerchantID, id guitai.MemberID, a Adjustment, gift string) (Given, error) {
	if guitai.ValidID(a.ID) != nil {
		return Given{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	var g Given
	err := c.Store.InTx(ctx, func(tx *store.Tx) error {
		who, err := memberOf(&tx.ReadTx, m, id)
		if err != nil {
			return err
		}
		r, err := rulesOf(&tx.ReadTx, m)
		if err != nil {
			return err
		}
		g = Given{}
		for _, one := range r.Gifts {
			if one.ID == gift {
				g.Gift = one
			}
		}
		if g.Gift.ID == "" {
			return guitai.Fail(guitai.NotFound, guitai.CodeGiftNotFound)
		}
		err = book(tx, guitai.PointEntry{Merchant: m, Purse: who.Purse, Member: who.ID, Kind: guitai.PointsGift, Ref: a.ID,
			Points: -g.Gift.Points, Staff: a.Staff, Note: g.Gift.Name, At: tx.Now()})
		if err == nil && g.Gift.VoucherFen > 0 {
			g.Voucher, err = c.giftVoucher(tx, who, a, g.Gift)
		}
		if err == nil {
			g.Known, err = known(&tx.ReadTx, who, nil)
		}
		return err
	})
	return g, err
}

func (c *Club) giftVoucher(tx *store.Tx, who guitai.Member, a Adjustment, g guitai.Gift) (string, error) {
	b, err := c.issue(tx, guitai.VoucherBatch{ID: "gift:" + a.ID[max(0, len(a.ID)-50):], Merchant: who.Merchant, Name: g.Name,
		Kind: guitai.VoucherSingle, AmountFen: g.VoucherFen, From: tx.Now(), Until: tx.Now().Add(time.Duration(g.Days) * 24 * time.Hour),
		Pieces: 1, Member: who.ID, Staff: a.Staff})
	if err != nil {
		return "", err
	}
	made, err := tx.VouchersOf(who.Merchant, b.ID, 1)
	if err != nil || len(made) == 0 {
		return "", err
	}
	return made[0].Code, nil
}
