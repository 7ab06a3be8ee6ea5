package guitai

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// refundTable is the truth table of a refund, written down a second time; see
// attemptTable for how it is read.
var refundTable = map[RefundEventKind]string{
	RefundEventSend:        "asked   ·       ·       ·                ·    ·      ·",
	RefundEventAccepted:    "pending pending ·       pending          ·    ·      pending",
	RefundEventDone:        "done    done    done    done             ·    ·      done",
	RefundEventDeclined:    "failed  failed  failed  failed           ·    ·      failed",
	RefundEventUnknown:     "·       unknown ·       ·                ·    ·      ·",
	RefundEventUnavailable: "failed  failed  ·       ·                ·    ·      ·",
	RefundEventNotFound:    "·       ·       ·       created:believed ·    ·      ·",
	RefundEventStuck:       "stuck   stuck   stuck   stuck            ·    ·      ·",
}

var refundColumns = []string{"created", "asked", "pending", "unknown", "done", "failed", "stuck"}

func TestRefundTableIsTheComment(t *testing.T) {
	columns, rows := docTable(t, "refund.go", "next")
	if !slices.Equal(columns, refundColumns) {
		t.Fatalf("columns of the comment: %v", columns)
	}
	for k, row := range refundTable {
		written := rows[string(k)]
		if written == nil {
			t.Fatalf("the comment has no row for %s", k)
		}
		for i, cell := range strings.Fields(row) {
			if state, believed := strings.CutSuffix(cell, ":believed"); believed {
				cell = state + "¹"
			}
			if written[i] != cell {
				t.Errorf("%s in %s: the comment says %s, the test %s", k, columns[i], written[i], cell)
			}
		}
	}
	if len(rows) != len(refundTable) {
		t.Errorf("%d rows in the comment, %d in the test", len(rows), len(refundTable))
	}
	var kinds []string
	for k := range maps.Keys(refundTable) {
		kinds = append(kinds, string(k))
	}
	if named := flat(constants(t, "refund.go", "RefundEventKind")); !slices.Equal(slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(kinds))) {
		t.Errorf("events with a row %v, events that are named %v", kinds, named)
	}
	if named := flat(constants(t, "refund.go", "RefundState")); !slices.Equal(slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(columns))) {
		t.Errorf("columns %v, states that are named %v", columns, named)
	}
}

func standingRefund(s RefundState) Refund {
	return Refund{ID: "ref_1", Amount: due, State: s, SendBy: morning.Add(time.Second), BelieveAt: believeAt}
}

func refundEventOfKind(k RefundEventKind) RefundEvent {
	e := RefundEvent{Kind: k, WalletNo: "5030", WalletCode: "W", Failure: CodeMerchantFundsLow, DoneAt: morning.Add(time.Minute)}
	if k == RefundEventSend {
		e.SendBy, e.BelieveAt = morning.Add(time.Hour), morning.Add(2*time.Hour)
	}
	return e
}

func TestRefundTable(t *testing.T) {
	for k, row := range refundTable {
		cells := strings.Fields(row)
		if len(cells) != len(refundColumns) {
			t.Fatalf("%s has %d cells", k, len(cells))
		}
		for i, column := range refundColumns {
			for when, at := range map[string]time.Time{"before": believeAt.Add(-1), "at": believeAt, "after": evening} {
				cell, believed := strings.CutSuffix(cells[i], ":believed")
				if believed && when == "before" {
					cell = "·"
				}
				t.Run(column+"/"+string(k)+"/"+when, func(t *testing.T) {
					testRefundCell(t, standingRefund(RefundState(column)), refundEventOfKind(k), at, cell)
					e := refundEventOfKind(k)
					e.At = at
					testRefundCell(t, standingRefund(RefundState(column)), e, evening, cell)
				})
			}
		}
	}
}

func testRefundCell(t *testing.T, was Refund, e RefundEvent, now time.Time, cell string) {
	before := was
	is, c := was.Apply(e, now)
	if !reflect.DeepEqual(was, before) {
		t.Fatal("the receiver was changed")
	}
	if cell == "·" {
		if !c.Nothing() || !reflect.DeepEqual(is, was) {
			t.Fatalf("nothing was to change; change %+v, refund %+v", c, is)
		}
		return
	}
	if string(is.State) != cell || c.From != was.State || c.To != is.State || c.Nothing() || !is.UpdatedAt.Equal(now) {
		t.Fatalf("came into %s with change %+v, want %s", is.State, c, cell)
	}
	var done, letGo Money
	switch is.State {
	case RefundDone:
		done = due
		if !is.DoneAt.Equal(e.DoneAt) || is.Failure != "" {
			t.Errorf("done at %s, failure %q", is.DoneAt, is.Failure)
		}
	case RefundFailed:
		letGo = due
		if is.Failure != e.Failure {
			t.Errorf("failed for %q", is.Failure)
		}
	case RefundStuck:
		if is.Failure != e.Failure {
			t.Errorf("stuck for %q", is.Failure)
		}
	case RefundAsked:
		if !is.SendBy.Equal(e.SendBy) || !is.BelieveAt.Equal(e.BelieveAt) {
			t.Errorf("to be sent by %s, believed from %s", is.SendBy, is.BelieveAt)
		}
	}
	if c.Done != done || c.LetGo != letGo {
		t.Errorf("gave back %s, let go %s; want %s and %s", c.Done, c.LetGo, done, letGo)
	}
	if is.WalletNo != e.WalletNo || is.WalletCode != e.WalletCode {
		t.Errorf("wallet's number %q and code %q", is.WalletNo, is.WalletCode)
	}
}

func TestRefundDoneWithoutATime(t *testing.T) {
	r, _ := standingRefund(RefundPending).Apply(RefundEvent{Kind: RefundEventDone}, evening)
	if !r.DoneAt.Equal(evening) {
		t.Errorf("done at %s, want %s", r.DoneAt, evening)
	}
	if _, c := standingRefund(RefundPending).Apply(RefundEvent{Kind: "no such event"}, evening); !c.Nothing() {
		t.Errorf("an event that nobody knows: %+v", c)
	}
}

// TestRefundRules: whatever is told in whatever order, money goes back at most
// once, is let go at most once, and never both.
func TestRefundRules(t *testing.T) {
	kinds := slices.Sorted(maps.Keys(refundTable))
	at := rapid.SampledFrom([]time.Time{{}, morning, believeAt.Add(-1), believeAt, evening})
	rapid.Check(t, func(rt *rapid.T) {
		r, now := standingRefund(RefundCreated), morning
		var done, letGo, sent int
		for range rapid.IntRange(1, 30).Draw(rt, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "seconds")) * time.Second)
			e := RefundEvent{Kind: rapid.SampledFrom(kinds).Draw(rt, "kind"), At: at.Draw(rt, "at"),
				SendBy: at.Draw(rt, "send by"), BelieveAt: at.Draw(rt, "believe"), Failure: CodeWalletRefused}
			is, c := r.Apply(e, now)
			if twice, c2 := r.Apply(e, now); c != c2 || !reflect.DeepEqual(is, twice) {
				rt.Fatalf("%s gave two results", e.Kind)
			}
			if c.Nothing() != reflect.DeepEqual(is, r) {
				rt.Fatalf("%s in %s: change %+v, refund %+v", e.Kind, r.State, c, is)
			}
			if r.State.Final() && is.State != r.State {
				rt.Fatalf("%s became %s", r.State, is.State)
			}
			if c.To == RefundAsked {
				sent++
			}
			if sent > 1 && c.To == RefundAsked && r.State != RefundCreated {
				rt.Fatalf("sent again out of %s", r.State)
			}
			if c.Done != (Money{}) {
				done++
			}
			if c.LetGo != (Money{}) {
				letGo++
			}
			if done+letGo > 1 || (done == 1) != (is.State == RefundDone) || (letGo == 1) != (is.State == RefundFailed) {
				rt.Fatalf("%d times given back, %d times let go, now %s", done, letGo, is.State)
			}
			r = is
		}
	})
}

func TestTopics(t *testing.T) {
	if got := PaymentTopic(PaymentPaid); got != "payment.paid" {
		t.Errorf("topic %q", got)
	}
	if got := RefundTopic(RefundStuck); got != "refund.stuck" {
		t.Errorf("topic %q", got)
	}
}
