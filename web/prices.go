package web

import (
	"context"
	"time"

	"guitai"
	"guitai/office"
)

// PriceIn is a price for a time to be stored.
type PriceIn struct {
	ID       string `json:"id,omitempty" maxLength:"64" doc:"a new price's own name: the same again is the same price"`
	Item     string `json:"item" doc:"the item's code" example:"1001"`
	PriceFen int64  `json:"price_fen" minimum:"1" maximum:"100000000" example:"180"`
	From     string `json:"from,omitempty" format:"date-time" doc:"left out: now"`
	Until    string `json:"until,omitempty" format:"date-time" doc:"left out: without an end"`
	Segment  string `json:"segment,omitempty" maxLength:"64" doc:"of members; left out: everybody"`
	Changed  int64  `json:"changed,omitempty" doc:"changing: the number that was read with it"`
}

func (p PriceIn) price(id string, now time.Time) (guitai.Price, error) {
	out := guitai.Price{ID: guitai.PriceID(id), Item: p.Item, Fen: p.PriceFen, Segment: p.Segment}
	var err error
	if out.From, err = momentOf(p.From, "from", now); err != nil {
		return out, err
	}
	if guitai.ValidID(p.Item) != nil {
		return out, guitai.FailField(guitai.CodeItemNotFound, "item")
	}
	out.Until, err = momentOf(p.Until, "until", time.Time{})
	return out, err
}

// PriceLine is a price with what it is the price of.
type PriceLine struct {
	Price   Price  `json:"price"`
	Name    string `json:"name" doc:"of the item"`
	Unit    string `json:"unit"`
	OwnFen  int64  `json:"own_fen" doc:"the item's own price"`
	InForce bool   `json:"in_force" doc:"now"`
}

type listPrices struct {
	Item   string  `query:"item" maxLength:"64"`
	Ended  string  `query:"ended" enum:"yes" doc:"yes: those too that have ended"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// prices is GET /v1/prices.
func (s *Server) prices(ctx context.Context, c caller, in *listPrices) (*reply[list[PriceLine]], error) {
	page, err := in.Limit.number("limit", pageSize)
	if err != nil || page < 1 || page > largestPage {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	if in.Item != "" && guitai.ValidID(in.Item) != nil || in.Ended != "" && in.Ended != "yes" {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "item")
	}
	now := s.Now()
	q := office.PriceQuery{Merchant: c.merchant, Item: in.Item, EndsFrom: now, Limit: page + 1}
	if in.Ended != "" {
		q.EndsFrom = time.UnixMicro(1)
	}
	at, id, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	q.Before.From, q.Before.ID = at, guitai.PriceID(id)
	found, err := s.Office.Prices(ctx, q)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		next = cursorAt(found[page-1].Price.From, string(found[page-1].Price.ID))
	}
	out := listOf(found, func(p office.PricedItem) PriceLine {
		in := !p.Price.From.After(now) && (p.Price.Until.IsZero() || p.Price.Until.After(now))
		return PriceLine{priceOf(p.Price), p.Name, p.Unit, p.Own, in}
	})
	out.Body.NextCursor = next
	return out, nil
}

type newPrice struct{ Asked body[PriceIn] }

// addPrice is POST /v1/prices.
func (s *Server) addPrice(ctx context.Context, c caller, in *newPrice) (*reply[Price], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	return s.putPrice(ctx, c, b, b.ID)
}

func (s *Server) putPrice(ctx context.Context, c caller, b PriceIn, id string) (*reply[Price], error) {
	p, err := b.price(id, s.Now())
	if err != nil {
		return nil, err
	}
	kept, err := s.Office.PutPrice(ctx, c.by(), p, b.Changed)
	if err != nil {
		return nil, err
	}
	return ok(priceOf(kept)), nil
}

// PricePath names a price in the path.
type PricePath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *PricePath) check() error { return named(in.ID, guitai.CodePriceNotFound) }

type changePrice struct {
	PricePath
	Asked body[PriceIn]
}

// changePrice is PUT /v1/prices/{id}.
func (s *Server) changePrice(ctx context.Context, c caller, in *changePrice) (*reply[Price], error) {
	b, err := in.Asked.get()
	if err == nil {
		err = numbered(b.Changed)
	}
	if err == nil && b.ID != "" && b.ID != in.ID {
		err = guitai.FailField(guitai.CodeFieldInvalid, "id")
	}
	if err == nil && b.From == "" {
		err = guitai.FailField(guitai.CodeFieldMissing, "from")
	}
	if err != nil {
		return nil, err
	}
	return s.putPrice(ctx, c, b, in.ID)
}

type removePrice struct {
	PricePath
	Changed seen `query:"changed" doc:"the number that was read with it"`
}

// removePrice is DELETE /v1/prices/{id}.
func (s *Server) removePrice(ctx context.Context, c caller, in *removePrice) (*nothing, error) {
	n, err := in.Changed.number()
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.Office.RemovePrice(ctx, c.by(), guitai.PriceID(in.ID), n)
}
