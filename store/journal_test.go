package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

func aBook(id guitai.BookID, place int) guitai.Book {
	return guitai.Book{ID: id, Merchant: "mer-1", Shop: "shp-1", Till: "til-1", Series: guitai.Series(place), Place: place, Hash: guitai.FirstPrev,
		OpenedAt: noon, SeenAt: noon}
}

func aSale(id guitai.SaleID, seq int64, receipt string) guitai.Sale {
	return guitai.Sale{ID: id, Merchant: "mer-1", Shop: "shp-1", Till: "til-1", Book: "jrn-1", Seq: seq, Shift: "shf-1", Staff: "stf-1",
		State: guitai.SaleDone, ReceiptNo: receipt, BeganAt: noon, At: noon.Add(time.Duration(seq) * time.Second), TotalFen: 400, Currency: guitai.CNY,
		Discount: guitai.Discount{PercentMilli: 20_000, OffFen: 100, Reason: "r", Approval: "apr-1"}, Member: "mem-1", Approvals: []string{"apr-2"},
		Lines:     []guitai.SaleLine{{N: 1, Item: "1001", Barcode: "690", Name: "100%_茶", Department: "tea", Unit: "杯", CountMilli: 500, ListFen: 1100, PriceFen: 1000, TotalFen: 500, PriceReason: "p", Approval: "apr-3"}},
		Cancelled: []guitai.SaleLine{{N: 2, Name: "饼", CountMilli: 1000, PriceFen: 1, ListFen: 1, TotalFen: 1}},
		Tenders: []guitai.SaleTender{{N: "1", Kind: guitai.TenderCash, AmountFen: 300, GivenFen: 500, ChangeFen: 200},
			{N: "2", Kind: guitai.TenderVoucher, AmountFen: 100, Voucher: "V1", Unbooked: true}}}
}

// TestJournalRows: books, entries, sales, shifts and queries as they were
// written.
func TestJournalRows(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		b, entry := aBook("jrn-1", 1), EntryRow{Entry: guitai.Entry{Book: "jrn-1", Seq: 1, ID: "jen-1", Kind: guitai.EntryLock, At: "x", Body: "{}", Prev: "p", Hash: "h"}, State: guitai.EntryQueried}
		q := guitai.Query{ID: "qry-1", Merchant: "mer-1", Shop: "shp-1", Till: "til-1", Book: "jrn-1", Seq: 1, Sale: "ret-1", Code: guitai.CodeBackUnknown, About: "line 1", OpenedAt: noon}
		sale, back := aSale("sal-1", 1, "1A-000001"), aSale("ret-1", 2, "1A-000002")
		back.Lines[0].CountMilli, back.Lines[0].TotalFen, back.Lines[0].Back = -200, -200, guitai.BackOf{Sale: "sal-1", N: 1, ReceiptNo: "1A-000001"}
		shift := guitai.Shift{ID: "shf-1", Merchant: "mer-1", Shop: "shp-1", Till: "til-1", Book: "jrn-1", Staff: "stf-1", State: guitai.ShiftOpen, FloatFen: 5, Notes: []guitai.Notes{{Fen: 5, N: 1}}, OpenedAt: noon}
		move := guitai.CashMove{ID: "mov-1", Merchant: "mer-1", Shift: "shf-1", Till: "til-1", Staff: "stf-1", Kind: guitai.PayOut, AmountFen: 3, Reason: "r", At: noon}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertBook(b), tx.InsertJournalEntry("til-1", entry), tx.InsertQuery(q), tx.InsertQuery(q), tx.InsertSale(sale, ReceiptNext),
				tx.InsertSale(back, ReceiptNext), tx.InsertShift(shift), tx.InsertCashMove(move))
		})
		read(t, s, func(tx *ReadTx) error {
			gotSale, err1 := tx.Sale("mer-1", "sal-1")
			gotShift, err2 := tx.Shift("mer-1", "shf-1")
			rows, err3 := tx.JournalEntries("til-1", "jrn-1", 1, 9)
			asked, err4 := tx.BackUnknown("mer-1", "sal-1")
			sums, err5 := tx.ReturnedOf("mer-1", "sal-1", "")
			none, err6 := tx.ReturnedOf("mer-1", "sal-1", "ret-1")
			moves, err7 := tx.CashMoves("mer-1", "shf-1")
			ofShift, err8 := tx.SalesOfShift("mer-1", "shf-1")
			theirs, err9 := tx.Queries(QueryFilter{Merchant: "mer-2", Limit: 9})
			equal(t, "sale", gotSale, sale)
			equal(t, "shift", gotShift, shift)
			equal(t, "entries", rows, []EntryRow{entry})
			equal(t, "asked", asked, []guitai.Query{q})
			equal(t, "came back", sums, map[int]guitai.Returned{1: {CountMilli: 200, Fen: 200}})
			equal(t, "but one", none, map[int]guitai.Returned{})
			equal(t, "moves", moves, []guitai.CashMove{move})
			equal(t, "of the shift", ofShift, []guitai.Sale{sale, back})
			equal(t, "another merchant's", len(theirs), 0)
			for what, f := range map[string]SaleFilter{"text": {Text: "%_"}, "item": {Item: "690"}, "receipt": {ReceiptNo: "1A-000001"}} {
				f.Merchant, f.Limit = "mer-1", 9
				list, err := tx.Sales(f)
				if want := map[string]int{"text": 2, "item": 2, "receipt": 1}[what]; err != nil || len(list) != want {
					t.Errorf("%s: %d sales, %v", what, len(list), err)
				}
			}
			return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9)
		})
		shift.Close = guitai.ShiftClose{At: noon.Add(time.Hour), Staff: "stf-1", Counted: []guitai.Counted{{Tender: guitai.TenderCash, Fen: 2, Notes: []guitai.Notes{{Fen: 1, N: 2}}}},
			Expected: []guitai.TenderFen{{Tender: guitai.TenderCash, Fen: 2}}, Wallets: guitai.WalletsSaid{AskedAt: noon, Agreed: 1, Open: 2, Differs: 3}, Note: "n", Approval: "apr-9"}
		sale.VoidedAt = noon
		z := guitai.ZReport{Shift: "shf-1", Merchant: "mer-1", Till: "til-1", N: 1, At: noon, Text: "Z", Figures: "{}"}
		sale.Void = guitai.Void{ID: "vod-1", Shift: "shf-1", Staff: "stf-1", Reason: "r", Tenders: []guitai.SaleTender{{N: "3", Kind: guitai.TenderCash, AmountFen: -300, ChangeFen: 300}}}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.CloseShift(shift), tx.InsertZ(z), tx.VoidSale(sale), tx.SaveConfirmed("mer-1", "shf-1", "{}"))
		})
		shift.State, shift.Z, sale.State = guitai.ShiftClosed, 1, guitai.SaleVoided
		read(t, s, func(tx *ReadTx) error {
			gotSale, err1 := tx.Sale("mer-1", "sal-1")
			gotShift, err2 := tx.Shift("mer-1", "shf-1")
			gotZ, err3 := tx.Z("mer-1", "shf-1")
			last, err4 := tx.LastZ("til-1")
			equal(t, "voided", gotSale, sale)
			equal(t, "closed", gotShift, shift)
			equal(t, "z", gotZ, z)
			equal(t, "last z", last, int64(1))
			return errors.Join(err1, err2, err3, err4)
		})
	})
}

// TestJournalRules: what the tables refuse.
func TestJournalRules(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		entry := EntryRow{Entry: guitai.Entry{Book: "jrn-1", Seq: 1, ID: "jen-1", Kind: guitai.EntryLock, Body: "{}"}, State: guitai.EntryTaken}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertBook(aBook("jrn-1", 1)), tx.InsertJournalEntry("til-1", entry), tx.InsertSale(aSale("sal-1", 1, "1A-000001"), ReceiptNext),
				tx.InsertShift(guitai.Shift{ID: "shf-1", Merchant: "mer-1", Till: "til-1", State: guitai.ShiftOpen, OpenedAt: noon}),
				tx.InsertZ(guitai.ZReport{Shift: "shf-1", Merchant: "mer-1", Till: "til-1", N: 1, At: noon}),
				tx.InsertShift(guitai.Shift{ID: "shf-2", Merchant: "mer-1", Till: "til-1", State: guitai.ShiftOpen, OpenedAt: noon}))
		})
		odd, odder := entry, entry
		odd.Entry.Seq, odder.Entry.Seq, odder.State = 0, 2, "nice"
		for name, do := range map[string]func(*Tx) error{
			"till_book_one_live":  func(tx *Tx) error { return tx.InsertBook(aBook("jrn-2", 2)) },
			"journal_entry_pkey":  func(tx *Tx) error { return tx.InsertJournalEntry("til-1", entry) },
			"journal_entry_seq":   func(tx *Tx) error { return tx.InsertJournalEntry("til-1", odd) },
			"journal_entry_state": func(tx *Tx) error { return tx.InsertJournalEntry("til-1", odder) },
			"sale_pkey":           func(tx *Tx) error { return tx.InsertSale(aSale("sal-1", 2, "1A-000002"), ReceiptNext) },
			"sale_receipt_once":   func(tx *Tx) error { return tx.InsertSale(aSale("sal-2", 2, "1A-000001"), ReceiptNext) },
			"sale_by_entry":       func(tx *Tx) error { return tx.InsertSale(aSale("sal-2", 1, "1A-000002"), ReceiptNext) },
			"z_report_by_number": func(tx *Tx) error {
				return tx.InsertZ(guitai.ZReport{Shift: "shf-2", Merchant: "mer-1", Till: "til-1", N: 1, At: noon})
			},
			"z_report_pkey": func(tx *Tx) error {
				return tx.InsertZ(guitai.ZReport{Shift: "shf-1", Merchant: "mer-1", Till: "til-1", N: 2, At: noon})
			},
			"cash_move_amount": func(tx *Tx) error {
				return tx.InsertCashMove(guitai.CashMove{ID: "mov-1", Merchant: "mer-1", Kind: guitai.Drawer, AmountFen: 1, At: noon})
			},
		} {
			if err := s.InTx(context.Background(), do); !Violates(err, name) {
				t.Errorf("%s: %v", name, err)
			}
		}
		again := func(tx *Tx) error { return tx.InsertSale(aSale("sal-9", 9, "1A-000001"), ReceiptWrong) }
		if err := s.InTx(context.Background(), again); err != nil {
			t.Errorf("a number that is marked as wrong: %v", err)
		}
		b := aBook("jrn-1", 1)
		b.Upto = 1
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.AdvanceBook(b, 5) }); !errors.Is(err, ErrNoRow) {
			t.Errorf("a book that another was faster to advance: %v", err)
		}
	})
}
