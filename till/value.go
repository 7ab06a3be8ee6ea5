package till

import (
	"guitai"
	"guitai/store"
)

// spend spends the voucher or the points of a tender for a sale. A query says
// that it was refused: the sale stands without that money. There are no
// vouchers and points yet, so that each is refused.
func spend(_ *store.Tx, _ guitai.Sale, t guitai.SaleTender) (query guitai.Code, err error) {
	if t.Kind == guitai.TenderPoints {
		return guitai.CodePointsRefused, nil
	}
	return guitai.CodeVoucherRefused, nil
}

// giveBackValue gives back what a tender had spent, or puts on a voucher or an
// account of points what a return gives back.
func giveBackValue(_ *store.Tx, _ guitai.Sale, t guitai.SaleTender) (query guitai.Code, err error) {
	return spend(nil, guitai.Sale{}, t)
}

// earn gives the member of a sale its points, or takes back those of what came
// back. A sale with a VoidedAt has been undone.
func earn(_ *store.Tx, _ guitai.Sale) error { return nil }
