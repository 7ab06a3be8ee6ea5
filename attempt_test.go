package guitai

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// The instants of these tests. What was sent is believed lost from believeAt on.
var (
	morning   = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	believeAt = morning.Add(24 * time.Second)
	evening   = morning.Add(12 * time.Hour)
)

// docTable reads the truth table out of the comment of a file's one method of
// that name.
// The result maps event and column to the cell as it is written; the columns
// come in their order.
func docTable(t *testing.T, file, method string) ([]string, map[string][]string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != method || fn.Recv == nil {
			continue
		}
		var columns []string
		rows := map[string][]string{}
		for _, l := range strings.Split(fn.Doc.Text(), "\n") {
			if !strings.HasPrefix(l, "\t") && !strings.HasPrefix(l, "    ") {
				continue
			}
			cells := strings.Fields(l)
			if columns == nil {
				columns = cells
				continue
			}
			if len(cells) != len(columns)+1 {
				t.Fatalf("%s: row %q has %d cells for %d states", file, l, len(cells)-1, len(columns))
			}
			if rows[cells[0]] != nil {
				t.Fatalf("%s: two rows for %s", file, cells[0])
			}
			rows[cells[0]] = cells[1:]
		}
		return columns, rows
	}
	t.Fatalf("%s: no method %s", file, method)
	return nil, nil
}

// attemptColumns are the columns of the table: each state, closing twice.
var attemptColumns = []string{"created", "asked", "waiting", "unknown", "closing¹", "closing²", "held", "paid", "failed", "closed"}

// attemptTable is the truth table as the trade wants it, written down a second
// time. A cell is the state that follows; "·" says that nothing changes.
// What stands behind a colon is tested too: "closing:reverse" (which ending),
// "waiting:fresh" (only with a fresh code), "paid:late" (the money goes to
// suspense), "closed:believed" (only from BelieveAt on).
var attemptTable = map[EventKind]string{
	EventSend:        "asked          ·               ·               ·               ·               ·               ·               ·  ·         ·",
	EventWaiting:     "·              waiting         waiting:fresh   waiting         ·               ·               ·               ·  ·         ·",
	EventHeld:        "held           held            held            held            held            ·               ·               ·  ·         ·",
	EventPaid:        "paid           paid            paid            paid            paid            ·               paid            ·  paid:late paid:late",
	EventDeclined:    "failed         failed          failed          failed          failed          failed          ·               ·  ·         ·",
	EventUnknown:     "·              unknown         ·               ·               ·               ·               ·               ·  ·         ·",
	EventUnavailable: "failed         failed          ·               ·               ·               ·               ·               ·  ·         ·",
	EventClose:       "closed:close   closing:close   closing:close   closing:close   ·               ·               ·               ·  ·         ·",
	EventReverse:     "closed:reverse closing:reverse closing:reverse closing:reverse closing:reverse ·               closing:reverse ·  ·         ·",
	EventEndRefused:  "·              ·               ·               ·               unknown         unknown         ·               ·  ·         ·",
	EventClosed:      "closed         closed          closed          closed          closed          closed          closed          ·  ·         ·",
	EventNotFound:    "·              ·               ·               ·               closed:believed closed:believed ·               ·  ·         ·",
}

// footnotes of the comment's table, and what stands for them in ours.
var footnotes = map[string]string{"³": "fresh", "⁴": "late", "⁵": "believed"}

// asWritten is a cell of our table as the comment writes it.
func asWritten(column, cell string) string {
	state, extra, _ := strings.Cut(cell, ":")
	for mark, word := range footnotes {
		if word != extra {
			continue
		}
		if extra == "fresh" {
			return "·" + mark // the state does not change
		}
		return state + mark
	}
	if column == "closing¹" && extra == "reverse" {
		return state + "²"
	}
	return state
}

func TestAttemptTableIsTheComment(t *testing.T) {
	columns, rows := docTable(t, "attempt.go", "next")
	if !slices.Equal(columns, attemptColumns) {
		t.Fatalf("columns of the comment: %v", columns)
	}
	for k, row := range attemptTable {
		for i, cell := range strings.Fields(row) {
			written := rows[string(k)]
			if written == nil {
				t.Fatalf("the comment has no row for %s", k)
			}
			if want := asWritten(columns[i], cell); written[i] != want {
				t.Errorf("%s in %s: the comment says %s, the test %s", k, columns[i], written[i], want)
			}
		}
	}
	if len(rows) != len(attemptTable) {
		t.Errorf("%d rows in the comment, %d in the test", len(rows), len(attemptTable))
	}
	// No state and no event may be without its cells.
	kinds := slices.Sorted(maps.Keys(attemptTable))
	var named []EventKind
	for _, k := range flat(constants(t, "attempt.go", "EventKind")) {
		named = append(named, EventKind(k))
	}
	if slices.Sort(named); !slices.Equal(kinds, named) {
		t.Errorf("events with a row %v, events that are named %v", kinds, named)
	}
	states := map[string]bool{}
	for _, c := range columns {
		states[strings.TrimRight(c, "¹²")] = true
	}
	for _, s := range flat(constants(t, "attempt.go", "AttemptState")) {
		if !states[s] {
			t.Errorf("state %s has no column", s)
		}
	}
	if len(states) != len(flat(constants(t, "attempt.go", "AttemptState"))) {
		t.Errorf("columns %v have a state that is not named", columns)
	}
}

// standing is a payment with one attempt that stands as the column says.
func standing(column string) Payment {
	a := Attempt{N: 1, OrderNo: "p1", State: AttemptState(strings.TrimRight(column, "¹²")),
		BelieveAt: believeAt, AskedAt: morning, Code: "old code", CodeExpires: believeAt.Add(-10 * time.Second), Reason: "old reason"}
	switch column {
	case "closing¹":
		a.Ending = EndClose
	case "closing²":
		a.Ending = EndReverse
	case "paid":
		a.Booked, a.Charged = true, Fen(1250)
	}
	p := Payment{ID: "pay_1", Amount: Fen(1250), Attempts: []Attempt{a}}
	p.State, p.Reason = p.derive()
	return p
}

// eventOf is an event with everything in it that a wallet may tell.
func eventOf(k EventKind) Event {
	return Event{Attempt: 1, Kind: k, Money: Fen(1250), PaidAt: morning.Add(time.Second), WalletNo: "420000", Payer: "o**x",
		Code: "fresh code", Reason: "a reason", WalletCode: "W", SendBy: morning.Add(time.Minute), BelieveAt: morning.Add(2 * time.Minute)}
}

func TestAttemptTable(t *testing.T) {
	for k, row := range attemptTable {
		cells := strings.Fields(row)
		if len(cells) != len(attemptColumns) {
			t.Fatalf("%s has %d cells", k, len(cells))
		}
		for i, column := range attemptColumns {
			for when, at := range map[string]time.Time{
				"before": believeAt.Add(-1), "at": believeAt, "after": evening,
			} {
				cell := cells[i]
				if strings.HasSuffix(cell, ":believed") && when == "before" {
					cell = "·"
				}
				t.Run(column+"/"+string(k)+"/"+when, func(t *testing.T) {
					testCell(t, standing(column), eventOf(k), at, cell)
					// What counts is when the question was put, not when the
					// answer is stored.
					e := eventOf(k)
					e.At = at
					testCell(t, standing(column), e, evening, cell)
				})
			}
		}
	}
}

// testCell tells a payment one event and holds what follows against the cell.
func testCell(t *testing.T, was Payment, e Event, now time.Time, cell string) {
	is, c := was.Apply(e, now)
	a, b := was.Attempts[0], is.Attempts[0]
	want, extra, _ := strings.Cut(cell, ":")
	if want == "·" {
		if !c.Nothing() || b != a || is.State != was.State || !is.UpdatedAt.Equal(was.UpdatedAt) {
			t.Fatalf("nothing was to change; change %+v, attempt %+v", c, b)
		}
		return
	}
	if b.State != AttemptState(want) || c.Nothing() || c.From != a.State || c.To != b.State || c.Attempt != 1 {
		t.Fatalf("came into %s with change %+v, want %s", b.State, c, want)
	}
	if c.Before != was.State || c.After != is.State || !is.UpdatedAt.Equal(now) {
		t.Errorf("change %+v of a payment from %s to %s at %s", c, was.State, is.State, is.UpdatedAt)
	}
	booked := want == "paid" && extra == ""
	late := extra == "late"
	if b.Booked != booked || (c.Booked == Fen(1250)) != booked || (is.State == PaymentPaid) != booked {
		t.Errorf("booked %t, change %+v, payment %s", b.Booked, c, is.State)
	}
	if (b.Suspense == SuspenseLate) != late || (c.Suspense == Fen(1250)) != late || (c.Why == SuspenseLate) != late {
		t.Errorf("suspense %q, change %+v", b.Suspense, c)
	}
	if extra == "close" || extra == "reverse" {
		if b.Ending != Ending(extra) || !b.EndAt.Equal(now) {
			t.Errorf("ending %q at %s", b.Ending, b.EndAt)
		}
	}
	if extra == "fresh" {
		if b.Code != e.Code {
			t.Errorf("code %q", b.Code)
		}
		for _, code := range []string{"", a.Code} {
			stale := e
			stale.Code = code
			if _, c := was.Apply(stale, now); !c.Nothing() {
				t.Errorf("code %q is not fresh, and yet %+v", code, c)
			}
		}
	}
	if again, c2 := is.Apply(e, now); !c2.Nothing() && again.Attempts[0].State == b.State {
		t.Errorf("the same event twice in %s gave %+v", b.State, c2)
	}
}

func TestAttemptTakesWhatTheWalletTells(t *testing.T) {
	now := evening
	p := standing("asked")
	p.Attempts[0].Reason = ""
	is, _ := p.Apply(eventOf(EventPaid), now)
	a := is.Attempts[0]
	if a.WalletNo != "420000" || a.Payer != "o**x" || a.WalletCode != "W" || a.Charged != Fen(1250) || a.Reason != "" {
		t.Errorf("paid: %+v", a)
	}
	if want := morning.Add(time.Second); !a.PaidAt.Equal(want) || !is.PaidAt.Equal(want) {
		t.Errorf("paid at %s, payment at %s, want the wallet's time %s", a.PaidAt, is.PaidAt, want)
	}
	is, _ = p.Apply(Event{Attempt: 1, Kind: EventPaid, Money: Fen(1250)}, now)
	if !is.PaidAt.Equal(now) {
		t.Errorf("a wallet that names no time: paid at %s, want %s", is.PaidAt, now)
	}
	// What one answer told is not lost by another that is silent about it.
	is, _ = p.Apply(eventOf(EventWaiting), now)
	is, _ = is.Apply(Event{Attempt: 1, Kind: EventDeclined, Reason: CodeBalanceLow}, now)
	if a := is.Attempts[0]; a.WalletNo != "420000" || a.Payer != "o**x" || a.Reason != CodeBalanceLow || is.Reason != CodeBalanceLow {
		t.Errorf("declined after waiting: %+v, payment reason %q", a, is.Reason)
	}
}

func TestAttemptSendAndEndSetTheirTimes(t *testing.T) {
	sendBy, until := morning.Add(1500*time.Millisecond), believeAt
	p := Payment{Amount: Fen(1), Attempts: []Attempt{{N: 1, State: AttemptCreated}}}
	p, _ = p.Apply(Event{Attempt: 1, Kind: EventSend, SendBy: sendBy, BelieveAt: until}, morning)
	if a := p.Attempts[0]; !a.AskedAt.Equal(morning) || !a.SendBy.Equal(sendBy) || !a.BelieveAt.Equal(until) {
		t.Fatalf("sent: %+v", a)
	}
	// An ending is sent at once, or not before the time it is given. It does
	// not touch what is believed about the sending.
	end, soon := morning.Add(time.Minute), morning.Add(time.Second)
	p, _ = p.Apply(Event{Attempt: 1, Kind: EventClose, EndAt: end, Reason: CodeCodeLapsed}, soon)
	if a := p.Attempts[0]; !a.BelieveAt.Equal(until) || !a.EndAt.Equal(end) || a.Reason != CodeCodeLapsed {
		t.Errorf("closing: %+v", a)
	}
	// A close that grows into a reversal keeps its reason unless it is given another.
	p, _ = p.Apply(Event{Attempt: 1, Kind: EventReverse, EndAt: end}, end.Add(1))
	if a := p.Attempts[0]; a.Ending != EndReverse || a.Reason != CodeCodeLapsed || !a.EndAt.Equal(end.Add(1)) {
		t.Errorf("reversing: %+v", a)
	}
	p, _ = p.Apply(Event{Attempt: 1, Kind: EventClosed, Reason: "of the wallet"}, end)
	if p.State != PaymentClosed || p.Reason != CodeCodeLapsed {
		t.Errorf("closed: %s for %q", p.State, p.Reason)
	}
}

func TestAttemptEndRefused(t *testing.T) {
	for _, column := range []string{"closing¹", "closing²"} {
		p, _ := standing(column).Apply(Event{Attempt: 1, Kind: EventEndRefused}, morning)
		if a := p.Attempts[0]; a.State != AttemptUnknown || !a.NoEnd || a.Ending != "" || p.State != PaymentUnknown {
			t.Errorf("%s refused: %+v", column, a)
		}
		p, c := p.Apply(eventOf(EventPaid), morning)
		if c.Booked != Fen(1250) || p.State != PaymentPaid {
			t.Errorf("%s refused, then paid: %+v", column, c)
		}
	}
}

func TestAttemptClosedWithoutReason(t *testing.T) {
	p := standing("waiting")
	p.Attempts[0].Reason = ""
	p, _ = p.Apply(Event{Attempt: 1, Kind: EventClosed}, morning)
	if p.State != PaymentClosed || p.Reason != CodeClosedAtWallet {
		t.Errorf("closed by the wallet by itself: %s for %q", p.State, p.Reason)
	}
}
