package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"guitai"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/phone"
	"guitai/sandbox/thermal"
)

// offsetPrinter is the receipt printer's port after the street's own.
const offsetPrinter = 5

// openPrinter lets the receipt printer listen.
func (s *Street) openPrinter() error {
	l, err := s.line(offsetPrinter)
	if err != nil {
		return err
	}
	s.printer = thermal.Start(l, s.now)
	return nil
}

// setBalance gives a payer exactly so much money.
func (s *Street) setBalance(r *http.Request) (any, error) {
	ask, err := read[struct {
		Payer      string `json:"payer"`
		BalanceFen *int64 `json:"balance_fen"`
	}](r)
	if err != nil {
		return nil, err
	}
	if ask.BalanceFen == nil || *ask.BalanceFen < 0 || *ask.BalanceFen > maxBalanceFen {
		return nil, problem{"bad_balance", "balance_fen: 0 to " + strconv.Itoa(maxBalanceFen)}
	}
	p, err := s.book.SetBalance(ask.Payer, *ask.BalanceFen)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// maxBalanceFen is a hundred million yuan: sums of it never overflow, and are
// exact in JavaScript.
const maxBalanceFen = 10_000_000_000

// listWallets tells who is on the street, in the order of their ports.
func (s *Street) listWallets(*http.Request) (any, error) {
	type row struct {
		Wallet       book.Wallet `json:"wallet"`
		Ops          []string    `json:"ops"`
		CodePrefixes []string    `json:"code_prefixes"`
	}
	rules, out := policies(), []row{}
	for name, p := range s.providers {
		out = append(out, row{name, p.Ops(), rules[name].CodePrefixes})
	}
	slices.SortFunc(out, func(x, y row) int {
		return s.providers[x.Wallet].Doors()[0].Offset - s.providers[y.Wallet].Doors()[0].Offset
	})
	return map[string]any{"wallets": out, "window": s.window}, nil
}

// draw makes pictures of a code. It is no GET, because the text of a payment
// code belongs in no address.
func (s *Street) draw(r *http.Request) (any, error) {
	ask, err := read[struct {
		Text string `json:"text"`
	}](r)
	if err != nil {
		return nil, err
	}
	p, err := phone.Draw(ask.Text)
	var refused *guitai.Error
	if errors.As(err, &refused) && refused.Kind == guitai.Invalid {
		return nil, problem{"bad_text", "text: 1 to 1024 bytes of UTF-8 without control characters"}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (s *Street) seePrinter(r *http.Request) (any, error) {
	from, text := 0, r.URL.Query().Get("from")
	if text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, problem{"bad_from", "from: the number of a slip"}
		}
		from = n
	}
	return s.printer.View(from), nil
}

func (s *Street) setPrinter(r *http.Request) (any, error) {
	ask, err := read[thermal.Change](r)
	if err != nil {
		return nil, err
	}
	if err := s.printer.Set(ask); err != nil {
		return nil, problem{"bad_printer", err.Error()}
	}
	return s.printer.View(0), nil
}

func (s *Street) clearSlips(*http.Request) (any, error) {
	s.printer.Clear()
	return s.printer.View(0), nil
}

const (
	lookEvery  = 200 * time.Millisecond // for news
	aliveEvery = 15 * time.Second       // a word at least, or something between closes the line
)

// stream tells a page what has changed, as server-sent events.
type stream struct{ street *Street }

func (s *Street) events(*http.Request) (any, error) { return stream{s}, nil }

// news is what a page has seen.
type news struct {
	book    uint64
	printer uint64
	faults  []fault.Rule
}

func (n stream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	var seen news
	first, quietFor := true, time.Duration(0)
	for {
		now := news{n.street.book.Changes(), n.street.printer.Version(), n.street.faults.Rules()}
		text := ""
		for _, part := range []struct {
			name string
			new  bool
		}{
			{"book", now.book != seen.book}, {"printer", now.printer != seen.printer}, {"faults", !slices.Equal(now.faults, seen.faults)},
		} {
			if part.new || first {
				text += fmt.Sprintf("event: %s\ndata: {}\n\n", part.name)
			}
		}
		if quietFor += lookEvery; text == "" && quietFor >= aliveEvery {
			text = ": still here\n\n"
		}
		if text != "" {
			if _, err := w.Write([]byte(text)); err != nil || out.Flush() != nil {
				return
			}
			quietFor = 0
		}
		seen, first = now, false
		if !fault.Pause(r.Context(), lookEvery) {
			return
		}
	}
}
