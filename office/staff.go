package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"guitai"
	"guitai/store"
)

// Person is somebody on the staff, with the limits that count.
type Person struct {
	guitai.Staff
	Effective guitai.Limits
}

// Staff lists the people of a merchant, those who have left too: in the order
// of shops and numbers.
func (o *Office) Staff(ctx context.Context, m guitai.MerchantID) ([]Person, error) {
	var out []Person
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		out = nil
		list, err := tx.AllStaff(m)
		if err != nil {
			return err
		}
		roles, err := roleLimits(tx, m)
		for _, f := range list {
			out = append(out, Person{f, limitsFor(f, roles)})
		}
		return err
	})
	return out, err
}

func checkStaff(f guitai.Staff) error {
	switch {
	case !digits(f.Number, shortestNumber, longestNumber):
		return wrong("number")
	case f.Name == "":
		return guitai.FailField(guitai.CodeFieldMissing, "name")
	case !printed(f.Name, 1, longestGroup):
		return wrong("name")
	case !f.Role.AtLeast(guitai.Cashier):
		return wrong("role")
	case f.Limits != nil:
		return f.Limits.Check()
	}
	return nil
}

// Hire takes somebody on. The answer holds the PIN, which is told this once:
// the one that was given, or one made here. The same person again, by the
// client's ID, is who was hired before, without a PIN.
func (o *Office) Hire(ctx context.Context, by By, f guitai.Staff, pin string) (Person, string, error) {
	none := Person{}
	f.Merchant = by.Merchant
	if err := checkStaff(f); err != nil {
		return none, "", err
	}
	if f.ID != "" && guitai.ValidID(string(f.ID)) != nil {
		return none, "", guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	pin, hash, err := o.newPIN(ctx, pin)
	if err != nil {
		return none, "", err
	}
	if f.ID == "" {
		if f.ID, err = guitai.NewID[guitai.StaffID]("stf", o.now(), o.rand); err != nil {
			return none, "", err
		}
	}
	again := false
	err = o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		f.PINHash, f.CreatedAt = hash, tx.Now()
		again, err = hire(tx, by, &f)
		return err
	})
	switch {
	case store.Violates(err, "staff_by_number"):
		err = guitai.FailField(guitai.CodeStaffNumberTaken, "number")
	case store.Violates(err, "staff_pkey"):
		err = guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	}
	if err != nil {
		return none, "", err
	}
	if again {
		pin = ""
	}
	p, err := o.Person(ctx, by.Merchant, f.ID)
	return p, pin, err
}

func hire(tx *store.Tx, by By, f *guitai.Staff) (again bool, err error) {
	had, err := tx.Staff(by.Merchant, f.ID)
	if err == nil && had.Number == f.Number && had.Name == f.Name && had.Role == f.Role {
		return true, nil
	}
	if err == nil {
		return false, guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
	}
	if !errors.Is(err, store.ErrNoRow) {
		return false, err
	}
	if f.Shop, err = placeOf(&tx.ReadTx, NewCode{Merchant: by.Merchant, Shop: f.Shop}); err != nil {
		return false, err
	}
	if err := above(by, guitai.Staff{Role: guitai.Cashier}, *f); err != nil {
		return false, err
	}
	if f.Changed, err = by.keep(tx, edit{kindStaff, string(f.ID), nil, staffFields(*f)}); err != nil {
		return false, err
	}
	return false, tx.InsertStaff(*f)
}

// above refuses what would give somebody more than the changer has: a person
// or a role above the own one, and limits of the own role's people, unless by
// an owner.
func above(by By, had, f guitai.Staff) error {
	role := by.role()
	switch {
	case role == guitai.Owner:
		return nil
	case !role.AtLeast(had.Role) || !role.AtLeast(f.Role):
		return guitai.Fail(guitai.Forbidden, guitai.CodeStaffAbove)
	case f.Role.AtLeast(role) && !sameLimits(had.Limits, f.Limits):
		return guitai.Fail(guitai.Forbidden, guitai.CodeStaffAbove)
	}
	return nil
}

func sameLimits(a, b *guitai.Limits) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// Person reads one person of a merchant.
func (o *Office) Person(ctx context.Context, m guitai.MerchantID, id guitai.StaffID) (Person, error) {
	var p Person
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if p.Staff, err = tx.Staff(m, id); err != nil {
			return err
		}
		roles, err := roleLimits(tx, m)
		p.Effective = limitsFor(p.Staff, roles)
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		err = noStaff()
	}
	return p, err
}

func noStaff() error { return guitai.Fail(guitai.NotFound, guitai.CodeStaffNotFound) }

// ChangeStaff changes somebody's number, name, role, limits, or whether they
// work here. Who leaves is signed out everywhere.
func (o *Office) ChangeStaff(ctx context.Context, by By, f guitai.Staff, seen int64) (Person, error) {
	if err := checkStaff(f); err != nil {
		return Person{}, err
	}
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		had, err := tx.Staff(by.Merchant, f.ID)
		if errors.Is(err, store.ErrNoRow) {
			err = noStaff()
		}
		if err != nil {
			return err
		}
		now := had
		now.Number, now.Name, now.Role, now.Limits, now.Gone = f.Number, f.Name, f.Role, f.Limits, f.Gone
		e := edit{kindStaff, string(f.ID), staffFields(had), staffFields(now)}
		if same, err := e.same(); err != nil || same {
			return err
		}
		if err := errors.Join(fresh(had.Changed, seen), above(by, had, now)); err != nil {
			return firstOf(err)
		}
		if err := ownerLeft(tx, had, now); err != nil {
			return err
		}
		if now.Changed, err = by.keep(tx, e); err != nil {
			return err
		}
		if now.Gone {
			err = tx.SignOutStaff(now.ID)
		}
		return errors.Join(err, tx.UpdateStaff(now))
	})
	if store.Violates(err, "staff_by_number") {
		err = guitai.FailField(guitai.CodeStaffNumberTaken, "number")
	}
	if err != nil {
		return Person{}, err
	}
	return o.Person(ctx, by.Merchant, f.ID)
}

// firstOf takes the first of joined errors: one code is told.
func firstOf(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()[0]
	}
	return err
}

// ownerLeft refuses that the last owner leaves, or becomes less.
func ownerLeft(tx *store.Tx, had, now guitai.Staff) error {
	if had.Role != guitai.Owner || had.Gone || now.Role == guitai.Owner && !now.Gone {
		return nil
	}
	n, err := tx.Owners(had.Merchant)
	if err == nil && n <= 1 {
		err = guitai.Fail(guitai.Conflict, guitai.CodeLastOwner)
	}
	return err
}

// ResetPIN gives somebody another PIN, and signs them out everywhere. The
// answer is the PIN, which is told this once: the one that was given, or one
// made here.
func (o *Office) ResetPIN(ctx context.Context, by By, id guitai.StaffID, pin string) (string, error) {
	pin, hash, err := o.newPIN(ctx, pin)
	if err != nil {
		return "", err
	}
	err = o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		f, err := tx.Staff(by.Merchant, id)
		if errors.Is(err, store.ErrNoRow) {
			err = noStaff()
		}
		if err == nil {
			err = above(by, f, f)
		}
		if err != nil {
			return err
		}
		was, became := staffFields(f), staffFields(f)
		became["pin"] = "new"
		if f.Changed, err = by.keep(tx, edit{kindStaff, string(id), was, became}); err != nil {
			return err
		}
		f.PINHash = hash
		return errors.Join(tx.UpdateStaff(f), tx.SetPINTries(f.Shop, f.Number, store.PINTries{}), tx.SignOutStaff(id))
	})
	if err != nil {
		return "", err
	}
	return pin, nil
}

// newPIN checks a PIN, or makes one, and hashes it.
func (o *Office) newPIN(ctx context.Context, pin string) (string, string, error) {
	if pin != "" && !validPIN(pin) {
		return "", "", guitai.FailField(guitai.CodePINWeak, "pin")
	}
	for pin == "" {
		var b [4]byte
		if _, err := io.ReadFull(o.rand, b[:]); err != nil {
			return "", "", err
		}
		n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		if n >= math.MaxUint32/1_000_000*1_000_000 {
			continue // the rest would make some PINs likelier
		}
		if made := fmt.Sprintf("%06d", n%1_000_000); validPIN(made) {
			pin = made
		}
	}
	hash, err := o.hashPIN(ctx, pin)
	return pin, hash, err
}

// RoleLimits are the limits of a role, with the number of their last change; 0:
// they are the usual ones.
type RoleLimits struct {
	Role    guitai.Role
	Limits  guitai.Limits
	Changed int64
}

// Roles lists the limits of each role.
func (o *Office) Roles(ctx context.Context, m guitai.MerchantID) ([]RoleLimits, error) {
	var out []RoleLimits
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		out = nil
		own, err := tx.RoleLimits(m)
		for _, r := range []guitai.Role{guitai.Cashier, guitai.Manager, guitai.Owner} {
			out = append(out, roleOf(own, r))
		}
		return err
	})
	return out, err
}

func roleOf(own []store.RoleLimits, r guitai.Role) RoleLimits {
	for _, l := range own {
		if l.Role == r {
			return RoleLimits{r, *l.Limits, l.Changed}
		}
	}
	return RoleLimits{Role: r, Limits: guitai.UsualLimits(r)}
}

// SetRole sets the limits of a role: of one below the own, or by an owner.
func (o *Office) SetRole(ctx context.Context, by By, l RoleLimits) (RoleLimits, error) {
	if err := l.Limits.Check(); err != nil {
		return l, err
	}
	if role := by.role(); role != guitai.Owner && l.Role.AtLeast(role) {
		return l, guitai.Fail(guitai.Forbidden, guitai.CodeStaffAbove)
	}
	var kept RoleLimits
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		own, err := tx.RoleLimits(by.Merchant)
		if err != nil {
			return err
		}
		kept = roleOf(own, l.Role)
		e := edit{kindRole, string(l.Role), limitFields(kept.Limits), limitFields(l.Limits)}
		if same, err := e.same(); err != nil || same {
			return err
		}
		if err := fresh(kept.Changed, l.Changed); err != nil {
			return err
		}
		kept = l
		if kept.Changed, err = by.keep(tx, e); err != nil {
			return err
		}
		return tx.SetRoleLimits(by.Merchant, store.RoleLimits{Role: l.Role, Limits: &kept.Limits, Changed: kept.Changed})
	})
	return kept, err
}
