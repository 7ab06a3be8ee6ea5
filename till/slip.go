package till

import (
	"context"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/receipt"
)

// Counter makes slips and prints them. Its fields are set once; it is not
// copied.
type Counter struct {
	Now func() time.Time
	// Dialer reaches printers; nil: the machine's own network.
	Dialer Dialer
	// Finish is how long a printer may take to say that all is on paper; zero:
	// it is not asked (device.Network).
	Finish time.Duration
	// Timeout is for each answer of a printer; zero: the device's own.
	Timeout time.Duration
	// Settings are a till's own and its shop's; nil: nobody keeps any, and the
	// till's one printer is used.
	Settings func(context.Context, guitai.Till) (PaperSettings, error)

	lines lines
	jobs  jobs
}

// SlipOptions says how a slip is to look.
type SlipOptions struct {
	Language guitai.Lang
	Copy     receipt.CopyMark // a copy also says when it was printed
	Refund   guitai.RefundID  // the slip of this refund instead of the sale's
	Zone     *time.Location   // the shop's; nil: UTC
}

// Slip words the slip of a payment as it stands, or of one refund of it. A slip
// of money that is not settled says so large; it is no proof of anything.
func (c *Counter) Slip(w pay.Whole, at guitai.Where, o SlipOptions) (receipt.Document, error) {
	d := receipt.Document{
		Language: o.Language, Kind: receipt.Sale, Copy: o.Copy,
		Shop: at.Shop.Name, Merchant: at.Merchant.Name, Address: at.Shop.Address, Phone: at.Shop.Phone,
		Till: at.Till.Number, Cashier: at.Staff.Number, Zone: o.Zone, CodeText: codeText(o.Language),
	}
	if o.Copy == receipt.Copy {
		d.PrintedAt = c.Now()
	}
	if o.Refund != "" {
		return refundSlip(d, w, o.Refund)
	}
	return saleSlip(d, w.Payment), nil
}

// codeText stands below the slip's code. It holds the slip's number, by which a
// till finds the sale; no page lies behind it.
func codeText(l guitai.Lang) string {
	switch l {
	case guitai.ZhHant:
		return "在收銀台掃碼查單"
	case guitai.En:
		return "Scan at the till to find this sale"
	}
	return "在收银台扫码查单"
}

// saleSlip fills in what was bought and how it was paid.
func saleSlip(d receipt.Document, p guitai.Payment) receipt.Document {
	a := Told(&p)
	d.Number, d.Code, d.At = a.OrderNo, a.OrderNo, p.CreatedAt
	if !p.PaidAt.IsZero() {
		d.At = p.PaidAt
	}
	if p.Description != "" {
		d.Lines = []receipt.Line{{Name: p.Description, Amount: p.Amount}}
	}
	d.Sums = []receipt.Sum{{Name: receipt.SumTotal, Amount: p.Amount}}
	if p.Refunded > 0 {
		d.Sums = append(d.Sums, receipt.Sum{Name: receipt.SumRefunded, Amount: guitai.Money{Fen: p.Refunded, Currency: p.Amount.Currency}})
	}
	d.Tenders = []receipt.Tender{tender(p, a, p.Amount, string(p.State))}
	return d
}

// refundSlip fills in what was given back, and of which sale.
func refundSlip(d receipt.Document, w pay.Whole, id guitai.RefundID) (receipt.Document, error) {
	for _, r := range w.Refunds {
		a := w.Payment.Attempt(r.Attempt)
		if r.ID != id || a == nil {
			continue
		}
		d.Kind = receipt.Refund
		if r.Kind == guitai.RefundVoid {
			d.Kind = receipt.Void
		}
		d.OriginalNumber, d.Number, d.Code = a.OrderNo, r.RefundNo, r.RefundNo
		d.At, d.Reason = r.CreatedAt, r.Reason
		if !r.DoneAt.IsZero() {
			d.At = r.DoneAt
		}
		d.Sums = []receipt.Sum{{Name: receipt.SumRefund, Amount: r.Amount}}
		t := tender(w.Payment, *a, r.Amount, string(r.State))
		t.WalletNumber = r.WalletNo
		d.Tenders = []receipt.Tender{t}
		return d, nil
	}
	return d, guitai.Fail(guitai.NotFound, guitai.CodeRefundNotFound)
}

func tender(p guitai.Payment, a guitai.Attempt, amount guitai.Money, state string) receipt.Tender {
	return receipt.Tender{Wallet: a.Wallet, Amount: amount, State: state, PaymentID: p.ID,
		OrderNumber: a.OrderNo, WalletNumber: a.WalletNo, Payer: a.Payer}
}

// Told is the attempt that people are told of: the one whose money counts, else
// the one that something is still expected of, else the last.
func Told(p *guitai.Payment) guitai.Attempt {
	if a := p.Booked(); a != nil {
		return *a
	}
	if a := p.Live(); a != nil {
		return *a
	}
	if n := len(p.Attempts); n > 0 {
		return p.Attempts[n-1]
	}
	return guitai.Attempt{}
}
