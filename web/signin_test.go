package web_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
)

// try types a number and a PIN at the first till.
func (h *house) try(number, pin string) answer {
	h.t.Helper()
	return h.as("").do("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID), "number": number, "pin": pin})
}

// TestGuessing: from the fifth wrong PIN on a number is locked, by the tenth for
// half an hour; a number that is nobody's is treated alike; other numbers and
// the server's restart change nothing (RELIABILITY R12).
func TestGuessing(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		h := open(t, staffed, on(dsn))
		numbers := []string{"101", "99999"} // somebody's and nobody's
		for _, n := range numbers {
			for range 5 {
				h.try(n, "135790").wantProblem(401, "pin_wrong", "")
			}
			a := h.try(n, cashierPIN).wantProblem(429, "pin_locked", "")
			if s, _ := strconv.Atoi(a.header.Get("Retry-After")); s < 25 || s > 30 || a.find("retry_after") != float64(s) {
				t.Errorf("%s: come back after %q", n, a.header.Get("Retry-After"))
			}
		}
		h.close()
		again := open(t, staffed, on(dsn))
		again.try("101", cashierPIN).wantProblem(429, "pin_locked", "")
		again.try("201", managerPIN).want(200)
		for range 5 { // sixth to tenth
			again.pass(10 * time.Minute)
			for _, n := range numbers {
				again.try(n, "135790").wantProblem(401, "pin_wrong", "")
			}
		}
		for _, n := range numbers {
			a := again.try(n, cashierPIN).wantProblem(429, "pin_locked", "")
			if s, _ := strconv.Atoi(a.header.Get("Retry-After")); s < 29*60 || s > 30*60 {
				t.Errorf("%s: come back after %q", n, a.header.Get("Retry-After"))
			}
		}
		again.pass(29 * time.Minute)
		again.try("101", cashierPIN).wantProblem(429, "pin_locked", "")
		again.pass(2 * time.Minute)
		again.try("101", cashierPIN).want(200)
		again.try("101", "135790").wantProblem(401, "pin_wrong", "")
		again.try("101", cashierPIN).want(200)
	})
}

// TestThousandGuesses at once count as a thousand: five are looked at. Whoever
// has another number comes in meanwhile.
func TestThousandGuesses(t *testing.T) {
	h := open(t, staffed)
	answers := make(chan answer, 1000)
	var all sync.WaitGroup
	for i := range cap(answers) {
		all.Go(func() {
			a, err := h.as("").try("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID), "number": "101",
				"pin": "13" + strconv.Itoa(1000+i)})
			if err != nil {
				t.Error(err)
			}
			answers <- a
		})
	}
	other := 0
	for try := 0; other != 200 && try < 100; try++ {
		a := h.try("201", managerPIN)
		if other = a.code; other == 429 && a.get("code") != "too_many_tries" {
			t.Fatalf("the other number: %s", a.body)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if other != 200 {
		t.Error("the other number does not come in")
	}
	all.Wait()
	close(answers)
	codes := map[string]int{}
	for a := range answers {
		codes[a.get("code")]++
	}
	if codes["pin_wrong"] != 5 || codes["pin_wrong"]+codes["pin_locked"]+codes["too_many_tries"] != 1000 {
		t.Errorf("%v", codes)
	}
	h.try("101", cashierPIN).wantProblem(429, "pin_locked", "")
}

// TestSameWorkForNobody: how long the answer takes does not tell whether a
// number is somebody's.
func TestSameWorkForNobody(t *testing.T) {
	h := open(t, staffed)
	fastest := func(number string) time.Duration {
		best := time.Hour
		for range 4 {
			begun := time.Now()
			h.try(number, "135790").wantProblem(401, "pin_wrong", "")
			best = min(best, time.Since(begun))
		}
		return best
	}
	known, unknown := fastest("101"), fastest("777")
	if ratio := float64(known) / float64(unknown); ratio < 0.4 || ratio > 2.5 {
		t.Errorf("somebody's number takes %v, nobody's %v", known, unknown)
	}
}

// TestOneAddressTriesAll: who goes through many numbers is slowed down as an
// address, and spends no work of ours.
func TestOneAddressTriesAll(t *testing.T) {
	h := open(t, staffed)
	codes := make(chan string, 100)
	var all sync.WaitGroup
	for n := range cap(codes) {
		all.Go(func() {
			a, err := h.as("").try("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID),
				"number": strconv.Itoa(5000 + n), "pin": "135790"})
			if err != nil {
				t.Error(err)
			}
			codes <- a.get("code")
		})
	}
	all.Wait()
	close(codes)
	counted := map[string]int{}
	for c := range codes {
		counted[c]++
	}
	if counted["pin_wrong"] < 40 || counted["too_many_tries"] < 20 || len(counted) != 2 {
		t.Errorf("%v", counted)
	}
}

// TestWrongSignIns: what is no sign-in at all.
func TestWrongSignIns(t *testing.T) {
	h := open(t, staffed)
	till := string(h.tills[0].ID)
	for _, c := range []struct {
		body        any
		status      int
		code, field string
	}{
		{map[string]string{"till": "til_none", "number": "101", "pin": cashierPIN}, 404, "till_not_found", ""},
		{map[string]string{"till": till, "number": "1", "pin": cashierPIN}, 401, "pin_wrong", ""},
		{map[string]string{"till": till, "number": "10 1", "pin": cashierPIN}, 401, "pin_wrong", ""},
		{map[string]string{"till": till, "number": "101", "pin": "25803"}, 401, "pin_wrong", ""},
		{map[string]string{"till": till, "number": "101", "pin": "２５８０３６"}, 401, "pin_wrong", ""},
		{map[string]string{"till": till, "number": "101"}, 401, "pin_wrong", ""},
		{map[string]any{"till": till, "number": 101, "pin": cashierPIN}, 400, "field_invalid", "number"},
		{map[string]any{"till": till, "number": "101", "PIN": cashierPIN}, 400, "field_unknown", ""},
		{"", 400, "body_malformed", ""},
	} {
		h.as("").do("POST", "/v1/sessions", c.body).wantProblem(c.status, c.code, c.field)
	}
	if all := h.as("").do("GET", "/v1/tills", nil).want(200).items(); len(all) != 4 || all[0].get("shop.name") == "" || all[0].get("number") == "" {
		t.Errorf("tills: %v", all)
	}
	goods := h.person("101", cashierPIN).do("GET", "/v1/goods", nil).want(200)
	if len(goods.items()) != 1 || goods.items()[0].get("name") != "矿泉水" || goods.items()[0].fen("price") != 200 {
		t.Errorf("goods: %s", goods.body)
	}
}
