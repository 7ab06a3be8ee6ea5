package web

import (
	"context"
	"strconv"

	"guitai"
	"guitai/office"
	"guitai/pay"
)

// The shapes of docs/till-bundle.md.

// Department is a group of goods.
type Department struct {
	ID       string `json:"id" maxLength:"64" example:"drinks"`
	Name     string `json:"name" maxLength:"60" example:"饮料"`
	NameEn   string `json:"name_en,omitempty" maxLength:"60"`
	Colour   string `json:"colour,omitempty" doc:"#rrggbb" example:"#2b6cb0"`
	Place    int    `json:"place" minimum:"0" doc:"its order on the till"`
	TaxMilli *int64 `json:"tax_milli,omitempty" minimum:"0" maximum:"100000" doc:"thousandths of a percent"`
	Gone     bool   `json:"gone,omitempty" doc:"a row to forget"`
	Changed  int64  `json:"changed,omitempty" doc:"the number of its last change; to be handed back with the next one"`
}

func departmentOf(d guitai.Department) Department {
	return Department{d.ID, d.Name, d.NameEn, d.Colour, d.Place, d.TaxMilli, d.Gone, d.Changed}
}

// TillItem is something that is sold, as a till keeps it.
type TillItem struct {
	Code        string   `json:"code" example:"1001"`
	Barcodes    []string `json:"barcodes" maxItems:"20" doc:"EAN-8, UPC-A or EAN-13, each of no other item"`
	Name        string   `json:"name" example:"桂花糕"`
	NameEn      string   `json:"name_en,omitempty"`
	Pinyin      string   `json:"pinyin" doc:"the name's syllables without tones; the server makes it" example:"gui hua gao"`
	Department  string   `json:"department" example:"drinks"`
	PriceFen    int64    `json:"price_fen" doc:"of one unit" example:"250"`
	Unit        string   `json:"unit" example:"个"`
	Weighed     string   `json:"weighed,omitempty" enum:"weight,price" doc:"what a scale's in-store code of it holds: grams or fen. Its five digits are the item's code, with noughts before it"`
	PointsMilli *int64   `json:"points_milli,omitempty" doc:"thousandths of the usual points; 0: none"`
	NoDiscount  bool     `json:"no_discount,omitempty"`
	Tile        bool     `json:"tile,omitempty" doc:"it has a tile on the till"`
	Place       int      `json:"place" doc:"its order"`
	Gone        bool     `json:"gone,omitempty" doc:"a row to forget"`
	Changed     int64    `json:"changed,omitempty" doc:"the number of its last change; to be handed back with the next one"`
}

func tillItemOf(i guitai.Item) TillItem {
	if i.Barcodes == nil {
		i.Barcodes = []string{}
	}
	return TillItem{i.Code, i.Barcodes, i.Name, i.NameEn, i.Pinyin, i.Department, i.Price.Fen, i.Unit, string(i.Weighed),
		i.PointsMilli, i.NoDiscount, i.Tile, i.Place, i.Gone, i.Changed}
}

// Price is a price for a time.
type Price struct {
	ID       string `json:"id" maxLength:"64"`
	Item     string `json:"item" doc:"the item's code"`
	PriceFen int64  `json:"price_fen"`
	From     stamp  `json:"from"`
	Until    stamp  `json:"until,omitempty" doc:"left out: without an end"`
	Segment  string `json:"segment,omitempty" doc:"of members; left out: everybody"`
	Gone     bool   `json:"gone,omitempty" doc:"a row to forget"`
	Changed  int64  `json:"changed,omitempty" doc:"the number of its last change; to be handed back with the next one"`
}

func priceOf(p guitai.Price) Price {
	return Price{string(p.ID), p.Item, p.Fen, stampOf(p.From), stampOf(p.Until), p.Segment, p.Gone, p.Changed}
}

// Limits is what a person may do at a till without another's approval.
type Limits struct {
	DiscountMilli int64 `json:"discount_milli" minimum:"0" maximum:"100000" doc:"thousandths of a percent"`
	RefundFen     int64 `json:"refund_fen" minimum:"0"`
	PriceChange   bool  `json:"price_change"`
	Drawer        bool  `json:"drawer"`
	Void          bool  `json:"void"`
}

// TillPerson is somebody who may sign in at a till.
type TillPerson struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Role   string `json:"role" enum:"cashier,manager,owner"`
	Limits Limits `json:"limits"`
	Gone   bool   `json:"gone,omitempty" doc:"a row to forget"`
}

// TillPlace is a till as it is told to itself.
type TillPlace struct {
	Named
	Mode string `json:"mode" enum:"live,training"`
}

// ShopPlace is a shop as it stands on paper.
type ShopPlace struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Address  string `json:"address"`
	Phone    string `json:"phone"`
	TimeZone string `json:"time_zone" example:"Asia/Shanghai"`
}

// Bundle is what a till needs to sell without a line.
type Bundle struct {
	Version     int64           `json:"version" doc:"to be handed back as since"`
	Full        bool            `json:"full" doc:"it begins anew: what the till has is to be forgotten"`
	More        bool            `json:"more" doc:"ask again at once, with the new version"`
	Shop        ShopPlace       `json:"shop"`
	Merchant    Named           `json:"merchant"`
	Till        TillPlace       `json:"till"`
	Departments []Department    `json:"departments"`
	Items       []TillItem      `json:"items"`
	Prices      []Price         `json:"prices" doc:"those that have not ended"`
	Staff       []TillPerson    `json:"staff"`
	Settings    office.Settings `json:"settings"`
}

type bundleRequest struct {
	ID    string `path:"id" maxLength:"64"`
	Since string `query:"since" doc:"the version that the till has; 0: everything" example:"0"`
}

// bundle is GET /v1/tills/{id}/bundle.
func (s *Server) bundle(ctx context.Context, c caller, in *bundleRequest) (*reply[Bundle], error) {
	since := int64(0)
	if in.Since != "" {
		var err error
		if since, err = strconv.ParseInt(in.Since, 10, 64); err != nil || since < 0 {
			return nil, guitai.FailField(guitai.CodeFieldInvalid, "since")
		}
	}
	b, err := s.Office.Bundle(ctx, c.merchant, guitai.TillID(in.ID), since)
	if err != nil {
		return nil, err
	}
	out := Bundle{Version: b.Version, Full: b.Full, More: b.More, Merchant: Named{ID: string(b.Merchant.ID), Name: b.Merchant.Name},
		Shop:        ShopPlace{string(b.Shop.ID), b.Shop.Name, b.Shop.Address, b.Shop.Phone, b.Shop.Zone},
		Till:        TillPlace{Named{string(b.Till.ID), b.Till.Name, b.Till.Number}, "live"},
		Departments: listOf(b.Departments, departmentOf).Body.Items, Items: listOf(b.Items, tillItemOf).Body.Items,
		Prices: listOf(b.Prices, priceOf).Body.Items, Settings: b.Settings}
	if s.Pay.TillMode(b.Till.ID) == pay.Sandbox {
		out.Till.Mode = "training"
	}
	out.Staff = listOf(b.Staff, func(f guitai.Staff) TillPerson {
		return TillPerson{string(f.ID), f.Number, f.Name, string(f.Role), limitsOf(b.LimitsOf(f)), f.Gone}
	}).Body.Items
	return ok(out), nil
}

func limitsOf(l guitai.Limits) Limits {
	return Limits{l.DiscountMilli, l.RefundFen, l.PriceChange, l.Drawer, l.Void}
}
