package till

import (
	"context"
	"net"
	"time"

	"guitai"
	"guitai/device"
	"guitai/pay"
	"guitai/receipt"
)

// Counter makes slips and prints them. Its fields are set once.
type Counter struct {
	Now func() time.Time
	// Dialer reaches printers; nil: the machine's own network.
	Dialer device.Dialer
}

// SlipOptions says how a slip is to look.
type SlipOptions struct {
	Language guitai.Lang
	Copy     receipt.CopyMark
	Refund   guitai.RefundID // the slip of this refund instead of the sale's
	Zone     *time.Location  // the shop's
}

// Slip words the slip of a payment, or of one refund of it.
func (c *Counter) Slip(w pay.Whole, at guitai.Where, o SlipOptions) (receipt.Document, error) {
	p := w.Payment
	d := receipt.Document{
		Language: o.Language, Kind: receipt.Sale, Copy: o.Copy,
		Shop: at.Shop.Name, Merchant: at.Merchant.Name, Address: at.Shop.Address, Phone: at.Shop.Phone,
		Till: at.Till.Number, Cashier: at.Staff.Number, At: p.CreatedAt, Zone: o.Zone,
	}
	if !p.PaidAt.IsZero() {
		d.At = p.PaidAt
	}
	a := shown(&p)
	d.Number = a.OrderNo
	d.Code = a.OrderNo
	tender := receipt.Tender{Wallet: p.Wallet, Amount: p.Amount, State: string(p.State), PaymentID: p.ID,
		OrderNumber: a.OrderNo, WalletNumber: a.WalletNo, Payer: a.Payer}
	if o.Refund != "" {
		return refundSlip(d, tender, w, o.Refund)
	}
	if p.Description != "" {
		d.Lines = []receipt.Line{{Name: p.Description, Amount: p.Amount}}
	}
	d.Sums = []receipt.Sum{{Name: receipt.SumTotal, Amount: p.Amount}}
	if p.Refunded > 0 {
		d.Sums = append(d.Sums, receipt.Sum{Name: receipt.SumRefunded, Amount: guitai.Money{Fen: p.Refunded, Currency: p.Amount.Currency}})
	}
	d.Tenders = []receipt.Tender{tender}
	return d, nil
}

// refundSlip makes the slip of a sale into that of one of its refunds.
func refundSlip(d receipt.Document, t receipt.Tender, w pay.Whole, id guitai.RefundID) (receipt.Document, error) {
	for _, r := range w.Refunds {
		if r.ID != id {
			continue
		}
		d.Kind = receipt.Refund
		if r.Kind == guitai.RefundVoid {
			d.Kind = receipt.Void
		}
		d.OriginalNumber, d.Number, d.Code = d.Number, r.RefundNo, r.RefundNo
		d.At, d.Reason = r.CreatedAt, r.Reason
		if !r.DoneAt.IsZero() {
			d.At = r.DoneAt
		}
		t.Amount, t.State, t.WalletNumber = r.Amount, string(r.State), r.WalletNo
		d.Tenders = []receipt.Tender{t}
		d.Sums = []receipt.Sum{{Name: receipt.SumRefund, Amount: r.Amount}}
		return d, nil
	}
	return d, guitai.Fail(guitai.NotFound, guitai.CodeRefundNotFound)
}

// shown is the attempt that a slip tells of: the booked one, else the last.
func shown(p *guitai.Payment) guitai.Attempt {
	if a := p.Booked(); a != nil {
		return *a
	}
	if n := len(p.Attempts); n > 0 {
		return p.Attempts[n-1]
	}
	return guitai.Attempt{}
}

// Paper is the paper that a till prints on; 80 mm when it does not say.
func Paper(t guitai.Till) receipt.Paper {
	if t.Paper == int(receipt.Paper58) {
		return receipt.Paper58
	}
	return receipt.Paper80
}

// printWithin bounds one print with all its questions to the printer.
const printWithin = 8 * time.Second

// Print prints a document at a till. A print that fails changes nothing about
// the money: it can be asked for again.
func (c *Counter) Print(ctx context.Context, t guitai.Till, d receipt.Document) error {
	if _, _, err := net.SplitHostPort(t.Printer); err != nil {
		return guitai.Fail(guitai.Unavailable, guitai.CodePrinterNone)
	}
	slip, err := receipt.Lay(d, Paper(t))
	if err != nil {
		return err
	}
	b, err := slip.ESCPOS(receipt.Options{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, printWithin)
	defer cancel()
	return device.Network{Addr: t.Printer, Dialer: c.Dialer}.Print(ctx, b)
}
