package web

import (
	"context"
	"encoding/hex"
	"html/template"
	"net/http"
	"strings"

	"guitai"
	"guitai/pay"
)

// bringOffline turns an offline code into the one of the payment that it asks
// for, and goes on with that one. A code that nobody's till made leaves nothing
// behind.
func (s *Server) bringOffline(ctx context.Context, g *guest) error {
	c, err := s.Office.ReadCode(ctx, g.code)
	if err != nil {
		return err
	}
	where, err := s.Office.WhereOf(ctx, guitai.Payment{Merchant: c.Key.Merchant, Shop: c.Till.Shop, Till: c.Till.ID})
	if err != nil {
		return err
	}
	p, err := s.Pay.OpenOffline(ctx, pay.OfflineRequest{Key: c.Key.ID, Merchant: c.Key.Merchant, Shop: c.Till.Shop, Till: c.Till.ID,
		Sale: c.Sale, Tender: c.Tender, Amount: c.Amount, Nonce: hex.EncodeToString(c.Nonce[:]), Slot: c.Slot, Expires: c.Expires,
		Description: where.Shop.Name})
	if err != nil {
		return err
	}
	g.code = strings.TrimPrefix(g.pathOf(p), "/p/")
	return nil
}

// confirmOut is what the payer shows to a till that has no line.
type confirmOut struct {
	Say, Or, Digits string
	Picture         template.HTML
}

// confirmWords are the two sentences above it.
func confirmWords(l guitai.Lang) (say, or string) {
	switch l {
	case guitai.ZhHant:
		return "請把這個碼給收銀員掃", "或讀出這八位數字"
	case guitai.En:
		return "Show this to the cashier to scan", "or read out these eight digits"
	}
	return "请把这个码给收银员扫", "或者念出这八位数字"
}

// showState shows how a payment stands; paid by an offline code, with the
// confirmation that its till believes.
func (s *Server) showState(w http.ResponseWriter, r *http.Request, g *guest, p guitai.Payment) error {
	v := g.stateView(p)
	if p.State == guitai.PaymentPaid && pay.IsOffline(p) {
		c, is, err := s.Office.Confirm(r.Context(), p)
		if err != nil {
			return err
		}
		if is {
			out := &confirmOut{}
			out.Say, out.Or = confirmWords(g.lang)
			if out.Picture, err = picture(c.QR); err != nil {
				return err
			}
			if len(c.Digits) == 8 {
				out.Digits = c.Digits[:4] + " " + c.Digits[4:]
			}
			v.Confirm = out
		}
	}
	return s.show(w, g, v)
}
