package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/sandbox/book"
)

// bookPen writes a till's book as its browser does, at the first till of a
// house.
type bookPen struct {
	h       *house
	who     client
	path    string
	book    guitai.BookID
	staff   guitai.StaffID
	entries []order
	prev    string
	at      time.Time
}

func (h *house) bookPen(who client, id string) *bookPen {
	h.t.Helper()
	path := "/v1/tills/" + string(h.tills[0].ID) + "/books"
	who.do("POST", path, order{"id": id}).want(200)
	return &bookPen{h: h, who: who, path: path + "/" + id, book: guitai.BookID(id), prev: guitai.FirstPrev, at: h.now().Add(-time.Minute)}
}

func (p *bookPen) add(kind guitai.EntryKind, body string) order {
	p.at = p.at.Add(time.Millisecond)
	e := guitai.Entry{Book: p.book, Seq: int64(len(p.entries) + 1), ID: guitai.JournalEntryID(fmt.Sprintf("jen-%d", len(p.entries)+1)), Kind: kind,
		At: p.at.UTC().Format("2006-01-02T15:04:05.000Z"), Staff: p.staff, Body: body, Prev: p.prev}
	e.Hash = e.HashOf()
	p.prev = e.Hash
	o := order{"seq": e.Seq, "id": e.ID, "kind": e.Kind, "at": e.At, "staff": e.Staff, "body": e.Body, "prev": e.Prev, "hash": e.Hash}
	p.entries = append(p.entries, o)
	return o
}

func (p *bookPen) send(from int) answer {
	p.h.t.Helper()
	return p.who.do("POST", p.path+"/entries", order{"entries": p.entries[from:]})
}

const oneCake = `[{"n":1,"item":"1001","barcode":"2000000010014","name":"桂花糕","department":"cake","unit":"块","count_milli":2000,"list_fen":550,"price_fen":550,"total_fen":1100}]`

func soldBody(sale, receipt, tenders string) string {
	return fmt.Sprintf(`{"sale":%q,"receipt_no":%q,"shift":"shf-1","began":"2026-11-22T03:59:00.000Z","lines":%s,"total_fen":1100,"tenders":%s}`,
		sale, receipt, oneCake, tenders)
}

const inCash = `[{"n":"1","kind":"cash","amount_fen":1100,"given_fen":2000,"change_fen":900}]`

// TestJournalOverHTTP: a book is opened, its entries come twice, the sale is in
// the tables, a query is closed by a manager, and another merchant sees nothing.
func TestJournalOverHTTP(t *testing.T) {
	h := open(t, staffed)
	cashier, manager, theirs := h.person("101", cashierPIN), h.person("201", managerPIN), h.as(h.otherKey)
	p := h.bookPen(cashier, "jrn-1")
	p.add(guitai.EntryShiftOpen, `{"shift":"shf-1","float_fen":50000,"notes":[{"fen":10000,"n":5}]}`)
	p.add(guitai.EntrySale, soldBody("sal-1", "1A-000001", inCash))
	p.add(guitai.EntrySale, soldBody("sal-2", "1A-000007", inCash))
	first := p.send(0).want(200)
	if first.find("upto") != 3.0 || first.get("hash") != p.prev || !strings.Contains(first.body, `"code":"receipt_no_wrong"`) {
		t.Errorf("%s", first.body)
	}
	if again := p.send(0).want(200); again.body != first.body {
		t.Errorf("%s\n%s", again.body, first.body)
	}
	gap := cashier.do("POST", p.path+"/entries", order{"entries": []order{{"seq": 9, "id": "jen-9", "kind": "lock", "at": "", "staff": "", "body": "{}", "prev": "", "hash": ""}}})
	gap.wantProblem(409, "journal_gap", "")
	if gap.find("upto") != 3.0 || gap.find("seq") != 9.0 {
		t.Errorf("%s", gap.body)
	}
	if b := h.mine().do("GET", p.path, nil).want(200); b.get("series") != "A" || b.find("upto") != 3.0 || b.find("live") != true || b.find("receipts") != 7.0 {
		t.Errorf("%s", b.body)
	}
	sale := cashier.do("GET", "/v1/sales/sal-1", nil).want(200)
	if sale.get("receipt_no") != "1A-000001" || sale.find("total_fen") != 1100.0 || !strings.Contains(sale.body, `"left_count_milli":2000,"left_fen":1100`) {
		t.Errorf("%s", sale.body)
	}
	for path, n := range map[string]int{"?receipt_no=1A-000001": 1, "?amount=1100": 2, "?amount=1": 0, "?item=2000000010014": 2, "?q=%E6%A1%82": 2, "?q=%25": 0,
		"?shift=shf-1&limit=1": 1, "?till=none": 0, "?from=2030-01-01T00:00:00Z": 0, "?to=2030-01-01T00:00:00Z": 2} {
		if got := cashier.do("GET", "/v1/sales"+path, nil).want(200).items(); len(got) != n {
			t.Errorf("%s finds %d sales", path, len(got))
		}
	}
	one := cashier.do("GET", "/v1/sales?limit=1", nil).want(200)
	if next := cashier.do("GET", "/v1/sales?limit=1&cursor="+one.get("next_cursor"), nil).want(200); len(next.items()) != 1 || next.items()[0].get("id") == one.items()[0].get("id") {
		t.Errorf("%s", next.body)
	}
	asked := cashier.do("GET", "/v1/queries?state=open", nil).want(200).items()
	if len(asked) != 1 || asked[0].get("sale") != "sal-2" || asked[0].get("money_moved") != "no" || asked[0].get("todo") == "" {
		t.Fatalf("%v", asked)
	}
	closing := "/v1/queries/" + asked[0].get("id") + "/close"
	cashier.do("POST", closing, order{"note": "x"}).wantProblem(403, "role_forbidden", "")
	theirs.do("POST", closing, order{"note": "x"}).wantProblem(404, "query_not_found", "")
	manager.do("POST", closing, order{"note": " "}).wantProblem(400, "field_invalid", "note")
	if a := manager.do("POST", closing, order{"note": "试纸用掉了"}).want(200); a.find("open") != false || a.get("note") != "试纸用掉了" {
		t.Errorf("%s", a.body)
	}
	if n := len(cashier.do("GET", "/v1/queries?state=closed", nil).want(200).items()); n != 1 {
		t.Errorf("%d queries are closed", n)
	}
	h.strangers(p)
}

// strangers have no way in: another merchant, a key, and who is signed in at
// another till.
func (h *house) strangers(p *bookPen) {
	h.t.Helper()
	theirs := h.as(h.otherKey)
	theirs.do("GET", p.path, nil).wantProblem(404, "till_not_found", "")
	theirs.do("GET", "/v1/tills/"+string(h.tills[0].ID)+"/books", nil).wantProblem(404, "till_not_found", "")
	theirs.do("GET", "/v1/sales/sal-1", nil).wantProblem(404, "sale_not_found", "")
	theirs.do("POST", "/v1/sales/sal-1/judge", nil).wantProblem(404, "sale_not_found", "")
	theirs.do("GET", "/v1/shifts/shf-1", nil).wantProblem(404, "shift_not_found", "")
	theirs.do("GET", "/v1/shifts/shf-1/z", nil).wantProblem(404, "shift_not_found", "")
	theirs.do("POST", "/v1/shifts/shf-1/confirm", nil).wantProblem(404, "shift_not_found", "")
	for _, path := range []string{"/v1/sales", "/v1/shifts", "/v1/queries"} {
		if n := len(theirs.do("GET", path, nil).want(200).items()); n != 0 {
			h.t.Errorf("another merchant sees %d things at %s", n, path)
		}
	}
	h.mine().do("POST", p.path+"/entries", order{"entries": p.entries}).wantProblem(401, "signed_out", "")
	other := *p
	other.path = strings.Replace(p.path, string(h.tills[0].ID), string(h.tills[1].ID), 1)
	other.send(0).wantProblem(403, "other_till", "")
	p.who.do("POST", strings.TrimSuffix(other.path, "/jrn-1"), order{"id": "jrn-2"}).wantProblem(403, "other_till", "")
	p.who.do("POST", p.path+"x/entries", order{"entries": p.entries}).wantProblem(404, "book_not_found", "")
	p.who.do("POST", p.path+"/entries", order{"entries": []order{}}).wantProblem(400, "field_invalid", "entries")
	p.who.do("POST", p.path+"/entries", `{"entries":[{"seq":1,"odd":1}]}`).wantProblem(400, "field_unknown", "entries")
	p.who.do("POST", p.path+"/entries", `{"x":"`+strings.Repeat("a", 1<<20)+`"}`).wantProblem(413, "body_too_large", "")
	p.who.do("POST", strings.TrimSuffix(p.path, "/jrn-1"), `{"id":"`+strings.Repeat("a", 64<<10)+`"}`).wantProblem(413, "body_too_large", "")
}

// TestShiftOverHTTP: a shift with cash and wallet money is looked at, confirmed
// live at the wallet, closed, and its Z report stays.
func TestShiftOverHTTP(t *testing.T) {
	h := open(t, staffed)
	cashier := h.person("101", cashierPIN)
	p := h.bookPen(cashier, "jrn-1")
	p.add(guitai.EntryShiftOpen, `{"shift":"shf-1","float_fen":50000}`)
	p.send(0).want(200)
	p.at = h.now()
	paid := h.paidFor(cashier, "sal-1", "1", 1100)
	loose := h.paidFor(cashier, "sal-lost", "1", 300)
	p.add(guitai.EntrySale, soldBody("sal-1", "1A-000001", `[{"n":"1","kind":"wallet","amount_fen":1100,"payment":"`+paid+`","wallet":"wechat"}]`))
	p.add(guitai.EntrySale, soldBody("sal-2", "1A-000002", inCash))
	if a := p.send(1).want(200); strings.Contains(a.body, "queried") {
		t.Errorf("%s", a.body)
	}
	x := cashier.do("GET", "/v1/shifts/shf-1", nil).want(200)
	if x.get("state") != "open" || !strings.Contains(x.body, `"expected":[{"tender":"cash","fen":51100},{"tender":"wallet","fen":1100}]`) ||
		!strings.Contains(x.body, `"unsold":[{"payment":"`+loose) {
		t.Errorf("%s", x.body)
	}
	c := cashier.do("POST", "/v1/shifts/shf-1/confirm", nil).want(200)
	if c.find("agreed") != 2.0 || c.find("differ") != 0.0 || c.find("unsold") != 1.0 || !strings.Contains(c.body, `"wallets":"paid","agrees":"yes"`) {
		t.Errorf("%s", c.body)
	}
	asked := cashier.do("POST", "/v1/shifts/shf-1/confirm", nil).want(200)
	if asked.find("agreed") != 2.0 || paymentsIn(asked.body) != paymentsIn(c.body) {
		t.Errorf("what agreed was asked again: %s", asked.body)
	}
	cashier.do("GET", "/v1/shifts/shf-1/z", nil).wantProblem(404, "z_report_not_found", "")
	p.at = h.now()
	p.add(guitai.EntryShiftClose, `{"shift":"shf-1","counted":[{"tender":"cash","fen":51000}],"expected":[{"tender":"cash","fen":51100}],"wallets":{"agreed":2,"open":0,"differ":0}}`)
	if a := p.send(3).want(200); !strings.Contains(a.body, `"shift_part_paid"`) || !strings.Contains(a.body, loose) {
		t.Errorf("%s", a.body)
	}
	z := cashier.do("GET", "/v1/shifts/shf-1/z", nil).want(200)
	if z.find("z") != 1.0 || !strings.Contains(z.get("text"), "现金 少 1.00") || !strings.Contains(z.body, `"over":[{"tender":"cash","fen":-100}]`) {
		t.Errorf("%s", z.body)
	}
	if l := cashier.do("GET", "/v1/shifts?state=closed&till="+string(h.tills[0].ID), nil).want(200).items(); len(l) != 1 || l[0].find("z") != 1.0 {
		t.Errorf("%v", l)
	}
	again := cashier.do("GET", "/v1/shifts/shf-1", nil).want(200)
	if !strings.Contains(again.body, `"confirm":{`) || !strings.Contains(again.body, `"over":[{"tender":"cash","fen":-100}]`) {
		t.Errorf("%s", again.body)
	}
	for _, path := range []string{"/v1/shifts?limit=0", "/v1/shifts?state=x", "/v1/shifts?from=x", "/v1/sales?amount=x", "/v1/sales?q=%00", "/v1/queries?state=x", "/v1/queries?cursor=x"} {
		cashier.do("GET", path, nil).want(400)
	}
}

// paidFor takes a payment for a tender of a bill at the till.
func (h *house) paidFor(who client, sale, tender string, fen int64) string {
	h.t.Helper()
	code := h.payerCode(guitai.WeChat, book.Normal)
	a := who.do("POST", "/v1/payments", order{"id": "pay-" + sale, "amount": money(fen), "kind": "scan", "auth_code": code, "sale": sale, "tender": tender}).want(200)
	if a.get("state") != "paid" {
		h.t.Fatalf("%s", a.body)
	}
	return a.get("id")
}

// paymentsIn is what a confirmation says of its payments, with the times at
// which they were asked about.
func paymentsIn(body string) string {
	_, list, _ := strings.Cut(body, `"payments":`)
	return list
}
