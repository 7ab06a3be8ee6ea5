package till

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"guitai"
	"guitai/store"
)

// Club keeps members, their points, and the house's vouchers. Its fields are
// set once; Rand must be unpredictable and safe for concurrent use.
type Club struct {
	Store *store.Store
	Rand  io.Reader
}

// Known is a member with the points of the purse.
type Known struct {
	guitai.Member
	Points int64 // below zero: owed, because a return took back what was spent
	Free   int64 // of them, not put aside for a bill under way
}

// Limits of lists.
const (
	mostFound   = 200
	mostSharing = 50 // members in one pool
	mostSearch  = 60 // characters
)

func noMember() error { return guitai.Fail(guitai.NotFound, guitai.CodeMemberNotFound) }

// known adds the points of the purse.
func known(tx *store.ReadTx, m guitai.Member, err error) (Known, error) {
	if errors.Is(err, store.ErrNoRow) {
		return Known{}, noMember()
	}
	if err != nil {
		return Known{}, err
	}
	balance, held, err := tx.Points(m.Merchant, m.Purse)
	return Known{Member: m, Points: balance, Free: balance - held}, err
}

// memberOf reads a member by a name from outside.
func memberOf(tx *store.ReadTx, m guitai.MerchantID, id guitai.MemberID) (guitai.Member, error) {
	if guitai.ValidID(string(id)) != nil {
		return guitai.Member{}, noMember()
	}
	found, err := tx.Member(m, id)
	if errors.Is(err, store.ErrNoRow) {
		err = noMember()
	}
	return found, err
}

// Member reads one member.
func (c *Club) Member(ctx context.Context, m guitai.MerchantID, id guitai.MemberID) (Known, error) {
	var k Known
	err := c.Store.Read(ctx, func(tx *store.ReadTx) error {
		found, err := memberOf(tx, m, id)
		if err == nil {
			k, err = known(tx, found, nil)
		}
		return err
	})
	return k, err
}

// ByPhone finds the member with a phone, however it is written.
func (c *Club) ByPhone(ctx context.Context, m guitai.MerchantID, phone string) (Known, error) {
	n, err := guitai.NormalPhone(phone)
	if err != nil || n == "" {
		return Known{}, guitai.Fail(guitai.Invalid, guitai.CodePhoneInvalid)
	}
	return c.find(ctx, func(tx *store.ReadTx) (guitai.Member, error) { return tx.MemberByPhone(m, n) })
}

// ByCode finds the member with a card.
func (c *Club) ByCode(ctx context.Context, m guitai.MerchantID, code string) (Known, error) {
	if guitai.ValidID(code) != nil {
		return Known{}, noMember()
	}
	return c.find(ctx, func(tx *store.ReadTx) (guitai.Member, error) { return tx.MemberByCode(m, code) })
}

func (c *Club) find(ctx context.Context, read func(*store.ReadTx) (guitai.Member, error)) (Known, error) {
	var k Known
	err := c.Store.Read(ctx, func(tx *store.ReadTx) error {
		found, err := read(tx)
		k, err = known(tx, found, err)
		return err
	})
	return k, err
}

// Search lists members by a part of the name, or the end of a code or phone, by
// code, after a code.
func (c *Club) Search(ctx context.Context, m guitai.MerchantID, text, after string) ([]Known, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || utf8.RuneCountInString(text) > mostSearch {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "q")
	}
	if after != "" && guitai.ValidID(after) != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "after")
	}
	return c.list(ctx, func(tx *store.ReadTx) ([]guitai.Member, error) { return tx.Members(m, text, after, mostFound) })
}

// Sharing lists who shares a member's points.
func (c *Club) Sharing(ctx context.Context, k guitai.Member) ([]Known, error) {
	if !k.Pooled() {
		return nil, nil
	}
	return c.list(ctx, func(tx *store.ReadTx) ([]guitai.Member, error) { return tx.MembersOf(k.Merchant, k.Purse, mostSharing) })
}

func (c *Club) list(ctx context.Context, read func(*store.ReadTx) ([]guitai.Member, error)) ([]Known, error) {
	var out []Known
	err := c.Store.Read(ctx, func(tx *store.ReadTx) error {
		out = nil
		found, err := read(tx)
		if err != nil {
			return err
		}
		for _, m := range found {
			k, err := known(tx, m, nil)
			if err != nil {
				return err
			}
			out = append(out, k)
		}
		return nil
	})
	return out, err
}

// Pool says whose points a member shares.
type Pool struct {
	ID   string // an existing pool, or the client's name for a new one; empty: none
	Name string // of a new pool; empty: as it is
}

// Register stores a new member, or changes the one of that ID. A member without
// a code gets one that is made of the ID. The same again changes nothing.
func (c *Club) Register(ctx context.Context, m guitai.Member, p Pool) (Known, error) {
	var err error
	if m.Phone, err = guitai.NormalPhone(m.Phone); err != nil {
		return Known{}, err
	}
	m.Name = strings.TrimSpace(m.Name)
	if m.Code == "" {
		m.Code = codeFor(m.ID)
	}
	if err := m.Check(); err != nil {
		return Known{}, err
	}
	switch {
	case p.ID != "" && guitai.ValidID(p.ID) != nil:
		return Known{}, guitai.FailField(guitai.CodeIDMalformed, "pool")
	case utf8.RuneCountInString(p.Name) > mostSearch:
		return Known{}, guitai.FailField(guitai.CodeFieldInvalid, "pool_name")
	}
	var k Known
	err = c.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		k, err = register(tx, m, p)
		return err
	})
	if store.Violates(err, "member_by_phone") || store.Violates(err, "member_by_code") {
		err = guitai.Fail(guitai.Conflict, guitai.CodeMemberKnown)
	}
	return k, err
}

// codeFor makes a card's code for a member who brings none: the end of the ID,
// which is random.
func codeFor(id guitai.MemberID) string {
	const letters = 10
	s := strings.ToUpper(string(id))
	return strings.TrimLeft(s[max(0, len(s)-letters):], "._:-")
}

func register(tx *store.Tx, m guitai.Member, p Pool) (Known, error) {
	had, err := tx.Member(m.Merchant, m.ID)
	m.MadeAt, m.ChangedAt = tx.Now(), tx.Now()
	switch {
	case err == nil:
		m.MadeAt = had.MadeAt
	case !errors.Is(err, store.ErrNoRow):
		return Known{}, err
	}
	// The own purse is always there: whoever leaves a pool has it again.
	if err := tx.SavePurse(m.Merchant, string(m.ID), ""); err != nil {
		return Known{}, err
	}
	m.Purse = string(m.ID)
	if p.ID != "" && p.ID != m.Purse {
		if err := joined(tx, m, p); err != nil {
			return Known{}, err
		}
		m.Purse = p.ID
	}
	if err := tx.SaveMember(m); err != nil {
		return Known{}, err
	}
	m, err = tx.Member(m.Merchant, m.ID)
	return known(&tx.ReadTx, m, err)
}

// joined makes sure that the pool is there, is one, and has room.
func joined(tx *store.Tx, m guitai.Member, p Pool) error {
	name, err := tx.Purse(m.Merchant, p.ID)
	switch {
	case errors.Is(err, store.ErrNoRow) && p.Name == "", err == nil && name == "":
		return guitai.FailField(guitai.CodeFieldInvalid, "pool") // nobody joins a person's own purse
	case err != nil && !errors.Is(err, store.ErrNoRow):
		return err
	}
	if p.Name != "" && p.Name != name {
		if err := tx.SavePurse(m.Merchant, p.ID, p.Name); err != nil {
			return err
		}
	}
	sharing, err := tx.MembersOf(m.Merchant, p.ID, mostSharing)
	if err == nil && len(sharing) >= mostSharing {
		err = guitai.FailField(guitai.CodeFieldInvalid, "pool")
	}
	return err
}
