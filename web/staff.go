package web

import (
	"context"
	"strings"

	"guitai"
	"guitai/office"
)

func (s *Server) staffRoutes(d *desk) {
	add(d, managers, "GET /v1/staff", "The people of all shops, those who have left too", s.staff)
	add(d, managers, "POST /v1/staff", "Take somebody on; the PIN is told this once", s.hire)
	add(d, managers, "PUT /v1/staff/{id}", "Change number, name, role, limits, or whether they work here", s.changeStaff)
	add(d, managers, "POST /v1/staff/{id}/pin", "Another PIN, told this once; it signs the person out everywhere", s.resetPIN)
	add(d, members, "GET /v1/roles", "The limits of each role", s.roles)
	add(d, managers, "PUT /v1/roles/{role}", "Set the limits of a role below the own", s.setRole)
}

// StaffMember is somebody on the staff.
type StaffMember struct {
	ID        string `json:"id"`
	Shop      string `json:"shop"`
	Number    string `json:"number"`
	Name      string `json:"name"`
	Role      string `json:"role" enum:"cashier,manager,owner"`
	Limits    Limits `json:"limits" doc:"those that count"`
	OwnLimits bool   `json:"own_limits" doc:"they are the person's own, not those of the role"`
	Active    bool   `json:"active" doc:"works here"`
	Changed   int64  `json:"changed" doc:"the number of the last change; to be handed back with the next one"`
}

func staffOf(p office.Person) StaffMember {
	return StaffMember{string(p.ID), string(p.Shop), p.Number, p.Name, string(p.Role), limitsOf(p.Effective), p.Limits != nil, !p.Gone, p.Changed}
}

// StaffIn is somebody to be taken on, or changed.
type StaffIn struct {
	ID      string  `json:"id,omitempty" maxLength:"64" doc:"a new person's, by the client: the same again hires nobody twice"`
	Shop    string  `json:"shop,omitempty" doc:"hiring: default the own, or the only one"`
	Number  string  `json:"number" doc:"3 to 8 digits, of nobody else in the shop" example:"102"`
	Name    string  `json:"name" maxLength:"60" example:"王小明"`
	Role    string  `json:"role" enum:"cashier,manager,owner"`
	Limits  *Limits `json:"limits,omitempty" doc:"left out: those of the role"`
	PIN     string  `json:"pin,omitempty" doc:"hiring: six digits; left out: one is made"`
	Active  *bool   `json:"active,omitempty" doc:"changing; false: works here no more. Left out: works here"`
	Changed int64   `json:"changed,omitempty" doc:"changing: the number that was read with it"`
}

func (f StaffIn) staff() guitai.Staff {
	out := guitai.Staff{ID: guitai.StaffID(f.ID), Shop: guitai.ShopID(f.Shop), Number: f.Number, Name: strings.TrimSpace(f.Name),
		Role: guitai.Role(f.Role), Gone: f.Active != nil && !*f.Active}
	if f.Limits != nil {
		out.Limits = new(f.Limits.limits())
	}
	return out
}

func (l Limits) limits() guitai.Limits {
	return guitai.Limits{DiscountMilli: l.DiscountMilli, RefundFen: l.RefundFen, PriceChange: l.PriceChange, Drawer: l.Drawer, Void: l.Void}
}

// staff is GET /v1/staff.
func (s *Server) staff(ctx context.Context, c caller, _ *nothing) (*reply[list[StaffMember]], error) {
	found, err := s.Office.Staff(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(found, staffOf), nil
}

// Hired is somebody who was taken on.
type Hired struct {
	Staff StaffMember `json:"staff"`
	PIN   string      `json:"pin,omitempty" doc:"told this once; left out when the same request came before"`
}

type newStaff struct{ Asked body[StaffIn] }

// hire is POST /v1/staff.
func (s *Server) hire(ctx context.Context, c caller, in *newStaff) (*reply[Hired], error) {
	b, err := in.Asked.get()
	if err == nil && (b.Changed != 0 || b.Active != nil) {
		err = guitai.FailField(guitai.CodeFieldInvalid, "changed")
	}
	if err != nil {
		return nil, err
	}
	f := b.staff()
	if f.Shop == "" {
		f.Shop = c.session.Shop.ID
	}
	p, pin, err := s.Office.Hire(ctx, c.by(), f, b.PIN)
	if err != nil {
		return nil, err
	}
	return ok(Hired{staffOf(p), pin}), nil
}

// StaffPath names a person in the path.
type StaffPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *StaffPath) check() error { return named(in.ID, guitai.CodeStaffNotFound) }

type changeStaff struct {
	StaffPath
	Asked body[StaffIn]
}

// changeStaff is PUT /v1/staff/{id}.
func (s *Server) changeStaff(ctx context.Context, c caller, in *changeStaff) (*reply[StaffMember], error) {
	b, err := in.Asked.get()
	if err == nil {
		err = numbered(b.Changed)
	}
	if err == nil && (b.ID != "" && b.ID != in.ID || b.Shop != "" || b.PIN != "") {
		err = guitai.FailField(guitai.CodeFieldInvalid, "id")
	}
	if err != nil {
		return nil, err
	}
	f := b.staff()
	f.ID = guitai.StaffID(in.ID)
	p, err := s.Office.ChangeStaff(ctx, c.by(), f, b.Changed)
	if err != nil {
		return nil, err
	}
	return ok(staffOf(p)), nil
}

// PINIn asks for another PIN.
type PINIn struct {
	PIN string `json:"pin,omitempty" doc:"six digits; left out: one is made"`
}

// PINOut is a PIN that is told once.
type PINOut struct {
	PIN string `json:"pin"`
}

type newPIN struct {
	StaffPath
	Asked maybe[PINIn]
}

// resetPIN is POST /v1/staff/{id}/pin.
func (s *Server) resetPIN(ctx context.Context, c caller, in *newPIN) (*reply[PINOut], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	pin, err := s.Office.ResetPIN(ctx, c.by(), guitai.StaffID(in.ID), b.PIN)
	if err != nil {
		return nil, err
	}
	return ok(PINOut{pin}), nil
}

// RoleOut is a role with its limits.
type RoleOut struct {
	Role    string `json:"role" enum:"cashier,manager,owner"`
	Limits  Limits `json:"limits"`
	Changed int64  `json:"changed" doc:"0: the usual ones; to be handed back with the next change"`
}

func roleOut(l office.RoleLimits) RoleOut {
	return RoleOut{string(l.Role), limitsOf(l.Limits), l.Changed}
}

// roles is GET /v1/roles.
func (s *Server) roles(ctx context.Context, c caller, _ *nothing) (*reply[list[RoleOut]], error) {
	found, err := s.Office.Roles(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(found, roleOut), nil
}

// RoleIn are the limits of a role to be set.
type RoleIn struct {
	Limits  *Limits `json:"limits"`
	Changed int64   `json:"changed" doc:"the number that was read with it"`
}

type setRole struct {
	Role  string `path:"role" enum:"cashier,manager,owner"`
	Asked body[RoleIn]
}

// setRole is PUT /v1/roles/{role}.
func (s *Server) setRole(ctx context.Context, c caller, in *setRole) (*reply[RoleOut], error) {
	b, err := in.Asked.get()
	role := guitai.Role(in.Role)
	switch {
	case err != nil:
		return nil, err
	case !role.AtLeast(guitai.Cashier):
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "role")
	case b.Limits == nil:
		return nil, guitai.FailField(guitai.CodeFieldMissing, "limits")
	}
	l, err := s.Office.SetRole(ctx, c.by(), office.RoleLimits{Role: role, Limits: b.Limits.limits(), Changed: b.Changed})
	if err != nil {
		return nil, err
	}
	return ok(roleOut(l)), nil
}
