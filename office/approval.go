package office

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"guitai"
	"guitai/store"
)

// How an approval is guarded (docs/offline-approval.md).
const (
	askLife       = 5 * time.Minute
	codeLife      = 5 * time.Minute
	codeTries     = 5
	offlineDigits = 13 // of a challenge: 40 bits
	mostAsks      = 100
	mostApprovals = 200
)

// Leave is an approval as it was given; it is the store's.
type Leave = store.Approval

// limitsOf is what a person may do, and so allow, at a till.
func limitsOf(tx *store.ReadTx, f guitai.Staff) (guitai.Limits, error) {
	roles, err := roleLimits(tx, f.Merchant)
	return limitsFor(f, roles), err
}

// mayAllow checks that a person may allow an act of an amount.
func (o *Office) mayAllow(tx *store.ReadTx, f guitai.Staff, a guitai.ActAsked) error {
	if !f.Role.AtLeast(guitai.Manager) {
		return guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	l, err := limitsOf(tx, f)
	if err == nil && !l.Within(a.Act, a.AmountFen) {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeLimitTooLow)
	}
	return err
}

// allow books an approval. id is empty: it gets one.
func (o *Office) allow(tx *store.Tx, f guitai.Staff, a guitai.ActAsked, how guitai.How, id string) (Leave, error) {
	if err := o.mayAllow(&tx.ReadTx, f, a); err != nil {
		return Leave{}, err
	}
	if id == "" {
		var err error
		if id, err = guitai.NewID[string]("apr", tx.Now(), o.rand); err != nil {
			return Leave{}, err
		}
	}
	l := Leave{ID: id, Merchant: a.Till.Merchant, Shop: a.Till.Shop, Till: a.Till.ID, Staff: f.ID, AskedBy: a.Staff, Deed: guitai.Deed(a.Act),
		Amount: guitai.Fen(a.AmountFen), Sale: a.Sale, About: a.About, How: how, MadeAt: tx.Now(), Expires: tx.Now().Add(approvalLife)}
	// Its name is no token: what is stored for it is the hash of nothing that is sent.
	return l, tx.InsertApproval("act:"+string(l.Merchant)+":"+id, l)
}

// AllowByPIN checks a manager's number and PIN at a till and allows one act
// there. Tries count as those of signing in.
func (o *Office) AllowByPIN(ctx context.Context, a guitai.ActAsked, number, pin string) (Leave, error) {
	if err := a.Check(); err != nil {
		return Leave{}, err
	}
	t, f, err := o.person(ctx, a.Till.ID, number, pin)
	if err != nil {
		return Leave{}, err
	}
	var l Leave
	refused := error(nil)
	err = o.store.InTx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.SetPINTries(t.Shop, f.Number, store.PINTries{}); err != nil {
			return err
		}
		l, err = o.allow(tx, f, a, guitai.ByPIN, "")
		refused = nil
		if e := guitai.AsError(err); e != nil && e.Kind == guitai.Forbidden {
			refused, err = err, nil // the PIN was right all the same
		}
		return err
	})
	return l, errors.Join(err, refused)
}

// AskLeave puts a request before the managers of a shop. The same again gets it
// as it stands.
func (o *Office) AskLeave(ctx context.Context, id string, a guitai.ActAsked) (guitai.ApprovalAsk, error) {
	if guitai.ValidID(id) != nil {
		return guitai.ApprovalAsk{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	if err := a.Check(); err != nil {
		return guitai.ApprovalAsk{}, err
	}
	var out guitai.ApprovalAsk
	err := o.store.InTx(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenAsks(a.Till.Merchant, a.Till.Shop, mostAsks)
		if err != nil {
			return err
		}
		if len(open) >= mostAsks {
			return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
		}
		err = tx.InsertAsk(guitai.ApprovalAsk{ID: id, Merchant: a.Till.Merchant, ActAsked: a, State: guitai.AskOpen, MadeAt: tx.Now(),
			ExpiresAt: tx.Now().Add(askLife)})
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		out, err = tx.Ask(a.Till.Merchant, id)
		if err == nil && (out.Till.ID != a.Till.ID || out.Act != a.Act || out.AmountFen != a.AmountFen || out.Sale != a.Sale) {
			err = guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
		}
		return err
	})
	return out, err
}

// Asks lists what waits in a shop for an answer, the oldest first.
func (o *Office) Asks(ctx context.Context, m guitai.MerchantID, shop guitai.ShopID) ([]guitai.ApprovalAsk, error) {
	var list []guitai.ApprovalAsk
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.OpenAsks(m, shop, mostAsks)
		return err
	})
	return list, err
}

// Ask reads a request of a shop.
func (o *Office) Ask(ctx context.Context, m guitai.MerchantID, shop guitai.ShopID, id string) (guitai.ApprovalAsk, error) {
	var a guitai.ApprovalAsk
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		a, err = ask(tx, m, shop, id)
		return err
	})
	return a, err
}

func ask(tx *store.ReadTx, m guitai.MerchantID, shop guitai.ShopID, id string) (guitai.ApprovalAsk, error) {
	none := guitai.Fail(guitai.NotFound, guitai.CodeRequestNotFound)
	if guitai.ValidID(id) != nil {
		return guitai.ApprovalAsk{}, none
	}
	a, err := tx.Ask(m, id)
	if errors.Is(err, store.ErrNoRow) || err == nil && a.Till.Shop != shop {
		err = none
	}
	return a, err
}

// AnswerAsk answers a request: approved, refused, or withdrawn by the till. The
// same answer again is fine; another is not.
func (o *Office) AnswerAsk(ctx context.Context, m guitai.MerchantID, by guitai.Staff, id string, s guitai.AskState) (guitai.ApprovalAsk, error) {
	var a guitai.ApprovalAsk
	err := o.store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if a, err = ask(&tx.ReadTx, m, by.Shop, id); err != nil {
			return err
		}
		if a.State == s && (s == guitai.AskWithdrawn || a.AnsweredBy == by.ID) {
			return nil
		}
		answered := guitai.Fail(guitai.Conflict, guitai.CodeRequestAnswered)
		if a.State != guitai.AskOpen || !tx.Now().Before(a.ExpiresAt) {
			return answered
		}
		a.State, a.AnsweredBy = s, by.ID
		if s == guitai.AskApproved {
			a.Till.Merchant = m
			l, err := o.allow(tx, by, a.ActAsked, guitai.ByPhone, "")
			if err != nil {
				return err
			}
			a.Approval = l.ID
		}
		err = tx.AnswerAsk(a)
		if errors.Is(err, store.ErrNoRow) {
			return answered
		}
		if err == nil {
			a, err = tx.Ask(m, id)
		}
		return err
	})
	return a, err
}

// LeaveCode makes six digits by which a till may do one act of one amount.
func (o *Office) LeaveCode(ctx context.Context, by guitai.Staff, a guitai.ActAsked) (code string, until time.Time, err error) {
	if err := a.Check(); err != nil {
		return "", until, err
	}
	var b [8]byte
	if _, err := io.ReadFull(o.rand, b[:]); err != nil {
		return "", until, err
	}
	code = fmt.Sprintf("%06d", binary.BigEndian.Uint64(b[:])%1_000_000)
	err = o.store.InTx(ctx, func(tx *store.Tx) error {
		if err := o.mayAllow(&tx.ReadTx, by, a); err != nil {
			return err
		}
		until = tx.Now().Add(codeLife)
		return tx.SaveLeaveCode(store.LeaveCode{Merchant: a.Till.Merchant, Till: a.Till.ID, Act: a.Act, Fen: a.AmountFen, Shop: a.Till.Shop,
			Staff: by.ID, MAC: o.leaveMAC(a, code), Expires: until})
	})
	return code, until, err
}

// leaveMAC is how six digits are kept: bound to what they are for.
func (o *Office) leaveMAC(a guitai.ActAsked, code string) string {
	text := "leave\n" + string(a.Till.ID) + "\n" + string(a.Act) + "\n" + strconv.FormatInt(a.AmountFen, 10) + "\n" + code
	if o.keys != nil {
		return o.keys.codeMAC(text)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// AllowByCode allows an act by six digits that were made for it. A wrong try
// counts against every code of the till.
func (o *Office) AllowByCode(ctx context.Context, a guitai.ActAsked, code string) (Leave, error) {
	if err := a.Check(); err != nil {
		return Leave{}, err
	}
	wrong := guitai.Fail(guitai.Forbidden, guitai.CodeLeaveCodeWrong)
	var l Leave
	refused := false
	err := o.store.InTx(ctx, func(tx *store.Tx) error {
		refused = false
		c, err := tx.LeaveCodeFor(store.LeaveCode{Merchant: a.Till.Merchant, Till: a.Till.ID, Act: a.Act, Fen: a.AmountFen})
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		if err != nil || c.Tries >= codeTries || !hmac.Equal([]byte(c.MAC), []byte(o.leaveMAC(a, code))) {
			refused = true
			return tx.CountLeaveTry(a.Till.Merchant, a.Till.ID)
		}
		f, err := tx.Staff(a.Till.Merchant, c.Staff)
		if err == nil {
			l, err = o.allow(tx, f, a, guitai.ByCode, "")
		}
		if err == nil {
			err = tx.DropLeaveCode(c)
		}
		return err
	})
	if err == nil && refused {
		err = wrong
	}
	return l, err
}

// Offline is an approval for a till without a line.
type Offline struct {
	Leave
	Digits string // for the manager to read out
}

// AllowOffline allows an act at a till that has no line, and gives the eight
// digits by which the till knows. The same challenge again gets the same.
func (o *Office) AllowOffline(ctx context.Context, by guitai.Staff, a guitai.ActAsked, challenge string) (Offline, error) {
	if err := a.Check(); err != nil {
		return Offline{}, err
	}
	if n, err := strconv.ParseUint(challenge, 10, 64); !digits(challenge, offlineDigits, offlineDigits) || err != nil || n >= 1<<40 {
		return Offline{}, guitai.FailField(guitai.CodeFieldInvalid, "challenge")
	}
	if o.keys == nil {
		return Offline{}, errNoSecret
	}
	var out Offline
	id := offlineName(a.Till.ID, challenge)
	err := o.store.InTx(ctx, func(tx *store.Tx) error {
		key, err := tx.BoundKey(a.Till.ID)
		if errors.Is(err, store.ErrNoRow) || err == nil && !key.Live() {
			err = guitai.Fail(guitai.Conflict, guitai.CodeTillKeyNotFound)
		}
		if err != nil {
			return err
		}
		shared, err := share(o.keys.exchange, key.Public)
		if err != nil {
			return err
		}
		out.Digits = offlineCode(shared.approval, a, challenge)
		had, err := tx.ApprovalByID(a.Till.Merchant, id)
		switch {
		case err == nil && (had.Deed != guitai.Deed(a.Act) || had.Amount.Fen != a.AmountFen || had.Staff != by.ID):
			return guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
		case err == nil:
			out.Leave = had
			return nil
		case !errors.Is(err, store.ErrNoRow):
			return err
		}
		out.Leave, err = o.allow(tx, by, a, guitai.ByOffline, id)
		return err
	})
	return out, err
}

// offlineName is the name of an approval that a till without a line can reckon
// itself.
func offlineName(t guitai.TillID, challenge string) string {
	sum := sha256.Sum256([]byte("guitai approval name 1\n" + string(t) + "\n" + challenge + "\n"))
	return "apr_" + guitai.Base32(sum[:16])
}

// offlineCode is the eight digits for a challenge.
func offlineCode(key []byte, a guitai.ActAsked, challenge string) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "guitai till approval 1\n%s\n%s\n%d\n%s\n", a.Till.ID, a.Act, a.AmountFen, challenge)
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(h.Sum(nil))%100_000_000)
}

// Leaves lists what managers of a merchant allowed before a time, newest first.
func (o *Office) Leaves(ctx context.Context, m guitai.MerchantID, before time.Time) ([]Leave, error) {
	var list []Leave
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Approvals(m, before, mostApprovals)
		return err
	})
	return list, err
}
