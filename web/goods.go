package web

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/office"
)

// goodsRoutes are those of what tills keep: goods, prices, people, settings.
func (s *Server) goodsRoutes(d *desk) {
	add(d, members, "GET /v1/tills/{id}/bundle", "What a till needs to sell without a line, or what changed of it", s.bundle)
	add(d, members, "GET /v1/items", "Find items: by code, name, pinyin, initials, barcode", s.findItems)
	add(d, managers, "POST /v1/items", "A new item", s.addItem)
	add(d, members, "GET /v1/items/{id}", "An item with its prices", s.getItem)
	add(d, managers, "PUT /v1/items/{id}", "Change an item", s.changeItem)
	add(d, managers, "DELETE /v1/items/{id}", "Take an item off the shelf", s.removeItem)
	add(d, members, "GET /v1/departments", "The departments in their order", s.departments)
	add(d, managers, "POST /v1/departments", "A new department", s.addDepartment)
	add(d, managers, "PUT /v1/departments/{id}", "Change a department", s.changeDepartment)
	add(d, managers, "DELETE /v1/departments/{id}", "Take away a department without items", s.removeDepartment)
	add(d, members, "GET /v1/prices", "Prices for a time, those that begin last first", s.prices)
	add(d, managers, "POST /v1/prices", "A price for a time", s.addPrice)
	add(d, managers, "PUT /v1/prices/{id}", "Change a price", s.changePrice)
	add(d, managers, "DELETE /v1/prices/{id}", "Take a price away", s.removePrice)
	s.staffRoutes(d)
	add(d, members, "GET /v1/settings", "The settings that count at a till, and what is set where", s.settings)
	add(d, managers, "PUT /v1/shops/{id}/settings", "Put what a shop says in the place of all that it said", s.setShop)
	add(d, managers, "PUT /v1/tills/{id}/settings", "Put what a till says in the place of all that it said", s.setTill)
}

// by is who changes something.
func (c caller) by() office.By {
	return office.By{Merchant: c.merchant, Staff: c.session.Staff.ID, Role: c.session.Staff.Role}
}

// ItemIn is an item to be stored.
type ItemIn struct {
	Code        string   `json:"code,omitempty" maxLength:"64" doc:"a new item's; kept for ever" example:"1043"`
	Barcodes    []string `json:"barcodes,omitempty" maxItems:"20" doc:"EAN-8, UPC-A or EAN-13"`
	Name        string   `json:"name" maxLength:"100" example:"桂花糕"`
	NameEn      string   `json:"name_en,omitempty" maxLength:"100"`
	Department  string   `json:"department" example:"bakery"`
	PriceFen    int64    `json:"price_fen" minimum:"0" maximum:"100000000" doc:"of one unit; of 1,000 grams where it is weighed"`
	Unit        string   `json:"unit" maxLength:"20" example:"块"`
	Weighed     string   `json:"weighed,omitempty" enum:"weight,price" doc:"the code must then be one to five digits"`
	PointsMilli *int64   `json:"points_milli,omitempty" minimum:"0" maximum:"1000000"`
	NoDiscount  bool     `json:"no_discount,omitempty"`
	Tile        bool     `json:"tile,omitempty"`
	Place       int      `json:"place,omitempty" minimum:"0" maximum:"1000000" doc:"left out: behind all others, or where it was"`
	Changed     int64    `json:"changed,omitempty" doc:"changing: the number that was read with it"`
}

func (i ItemIn) item(code string) guitai.Item {
	return guitai.Item{Code: code, Barcodes: i.Barcodes, Name: strings.TrimSpace(i.Name), NameEn: strings.TrimSpace(i.NameEn),
		Department: i.Department, Price: guitai.Fen(i.PriceFen), Unit: strings.TrimSpace(i.Unit), Weighed: guitai.Weighed(i.Weighed),
		PointsMilli: i.PointsMilli, NoDiscount: i.NoDiscount, Tile: i.Tile, Place: i.Place}
}

type newItem struct{ Asked body[ItemIn] }

// addItem is POST /v1/items.
func (s *Server) addItem(ctx context.Context, c caller, in *newItem) (*reply[TillItem], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	i, err := s.Office.PutItem(ctx, c.by(), b.item(b.Code), 0)
	if err != nil {
		return nil, err
	}
	return ok(tillItemOf(i)), nil
}

// ItemPath names an item in the path.
type ItemPath struct {
	ID string `path:"id" maxLength:"64" doc:"the item's code"`
}

func (in *ItemPath) check() error { return named(in.ID, guitai.CodeItemNotFound) }

// ItemWhole is an item with its prices that have not ended.
type ItemWhole struct {
	Item   TillItem `json:"item"`
	Prices []Price  `json:"prices"`
}

// getItem is GET /v1/items/{id}.
func (s *Server) getItem(ctx context.Context, c caller, in *ItemPath) (*reply[ItemWhole], error) {
	i, prices, err := s.Office.Item(ctx, c.merchant, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(ItemWhole{tillItemOf(i), listOf(prices, priceOf).Body.Items}), nil
}

type changeItem struct {
	ItemPath
	Asked body[ItemIn]
}

// changeItem is PUT /v1/items/{id}.
func (s *Server) changeItem(ctx context.Context, c caller, in *changeItem) (*reply[TillItem], error) {
	b, err := in.Asked.get()
	if err == nil {
		err = numbered(b.Changed)
	}
	if err == nil && b.Code != "" && b.Code != in.ID {
		err = guitai.FailField(guitai.CodeFieldInvalid, "code")
	}
	if err != nil {
		return nil, err
	}
	i, err := s.Office.PutItem(ctx, c.by(), b.item(in.ID), b.Changed)
	if err != nil {
		return nil, err
	}
	return ok(tillItemOf(i)), nil
}

// numbered refuses a change of what was not read before.
func numbered(changed int64) error {
	if changed <= 0 {
		return guitai.FailField(guitai.CodeFieldMissing, "changed")
	}
	return nil
}

// seen is the number that a thing to be removed was read with.
type seen string

func (n seen) number() (int64, error) {
	i, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil || i <= 0 {
		return 0, guitai.FailField(guitai.CodeFieldMissing, "changed")
	}
	return i, nil
}

type removeItem struct {
	ItemPath
	Changed seen `query:"changed" doc:"the number that was read with it"`
}

// removeItem is DELETE /v1/items/{id}.
func (s *Server) removeItem(ctx context.Context, c caller, in *removeItem) (*nothing, error) {
	n, err := in.Changed.number()
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.Office.RemoveItem(ctx, c.by(), in.ID, n)
}

type findItems struct {
	Text       string  `query:"q" maxLength:"100" doc:"up to four words, each of which must be found"`
	Department string  `query:"department" maxLength:"64"`
	Limit      integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor     string  `query:"cursor" doc:"next_cursor of the page before"`
}

// findItems is GET /v1/items.
func (s *Server) findItems(ctx context.Context, c caller, in *findItems) (*reply[list[TillItem]], error) {
	page, err := in.Limit.number("limit", pageSize)
	if err != nil || page < 1 || page > largestPage {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	if in.Department != "" && guitai.ValidID(in.Department) != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "department")
	}
	q := office.ItemQuery{Merchant: c.merchant, Department: in.Department, Limit: page + 1}
	if q.AfterPlace, q.AfterCode, err = readPlace(in.Cursor); err != nil {
		return nil, err
	}
	found, err := s.Office.FindItems(ctx, q, in.Text)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		last := found[page-1]
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(last.Place) + " " + last.Code))
	}
	out := listOf(found, tillItemOf)
	out.Body.NextCursor = next
	return out, nil
}

// readPlace reads where a page of items ended.
func readPlace(cursor string) (int, string, error) {
	if cursor == "" {
		return 0, "", nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	place, code, _ := strings.Cut(string(b), " ")
	n, err2 := strconv.Atoi(place)
	if err != nil || err2 != nil || n < 0 || guitai.ValidID(code) != nil {
		return 0, "", guitai.FailField(guitai.CodeFieldInvalid, "cursor")
	}
	return n, code, nil
}

// departments is GET /v1/departments.
func (s *Server) departments(ctx context.Context, c caller, _ *nothing) (*reply[list[Department]], error) {
	found, err := s.Office.Departments(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(found, departmentOf), nil
}

// DepartmentIn is a department to be stored.
type DepartmentIn struct {
	ID       string `json:"id,omitempty" maxLength:"64" doc:"a new department's; kept for ever" example:"tea"`
	Name     string `json:"name" maxLength:"60" example:"茶叶"`
	NameEn   string `json:"name_en,omitempty" maxLength:"60"`
	Colour   string `json:"colour,omitempty" doc:"#rrggbb" example:"#2b6cb0"`
	Place    int    `json:"place,omitempty" minimum:"0" maximum:"1000000" doc:"its order on the till"`
	TaxMilli *int64 `json:"tax_milli,omitempty" minimum:"0" maximum:"100000" doc:"thousandths of a percent"`
	Changed  int64  `json:"changed,omitempty" doc:"changing: the number that was read with it"`
}

func (d DepartmentIn) department(id string) guitai.Department {
	return guitai.Department{ID: id, Name: strings.TrimSpace(d.Name), NameEn: strings.TrimSpace(d.NameEn),
		Colour: strings.ToLower(d.Colour), Place: d.Place, TaxMilli: d.TaxMilli}
}

type newDepartment struct{ Asked body[DepartmentIn] }

// addDepartment is POST /v1/departments.
func (s *Server) addDepartment(ctx context.Context, c caller, in *newDepartment) (*reply[Department], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	d, err := s.Office.PutDepartment(ctx, c.by(), b.department(b.ID), 0)
	if err != nil {
		return nil, err
	}
	return ok(departmentOf(d)), nil
}

// DepartmentPath names a department in the path.
type DepartmentPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *DepartmentPath) check() error { return named(in.ID, guitai.CodeDepartmentNotFound) }

type changeDepartment struct {
	DepartmentPath
	Asked body[DepartmentIn]
}

// changeDepartment is PUT /v1/departments/{id}.
func (s *Server) changeDepartment(ctx context.Context, c caller, in *changeDepartment) (*reply[Department], error) {
	b, err := in.Asked.get()
	if err == nil {
		err = numbered(b.Changed)
	}
	if err == nil && b.ID != "" && b.ID != in.ID {
		err = guitai.FailField(guitai.CodeFieldInvalid, "id")
	}
	if err != nil {
		return nil, err
	}
	d, err := s.Office.PutDepartment(ctx, c.by(), b.department(in.ID), b.Changed)
	if err != nil {
		return nil, err
	}
	return ok(departmentOf(d)), nil
}

type removeDepartment struct {
	DepartmentPath
	Changed seen `query:"changed" doc:"the number that was read with it"`
}

// removeDepartment is DELETE /v1/departments/{id}.
func (s *Server) removeDepartment(ctx context.Context, c caller, in *removeDepartment) (*nothing, error) {
	n, err := in.Changed.number()
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.Office.RemoveDepartment(ctx, c.by(), in.ID, n)
}

// momentOf reads a time of a request; empty is otherwise.
func momentOf(text, field string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, guitai.FailField(guitai.CodeFieldInvalid, field)
	}
	return t, nil
}
