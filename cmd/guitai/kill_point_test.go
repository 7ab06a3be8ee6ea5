//go:build unix

package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai/internal/testkit"
)

// point is a line between two others at which the server can be made to die.
type point struct {
	name string
	edit testkit.Edit
}

// points are the worst moments that there are: around each commit, around each
// call, and inside a notice and a refund.
func points() []point {
	return []point{
		{"before a commit", testkit.Edit{File: "store/group.go",
			Old: "	err := g.control(\"COMMIT\")\n", New: "	HERE\n	err := g.control(\"COMMIT\")\n"}},
		{"after a commit", testkit.Edit{File: "store/group.go",
			Old: "	kept := int64(0)\n", New: "	HERE\n	kept := int64(0)\n"}},
		{"before a commit (PostgreSQL)", testkit.Edit{File: "store/postgres.go",
			Old: "	committing = true\n", New: "	committing = true\n	HERE\n"}},
		{"after a commit (PostgreSQL)", testkit.Edit{File: "store/postgres.go",
			Old: "	p.store.counts.commits.Add(1)\n", New: "	HERE\n	p.store.counts.commits.Add(1)\n"}},
		{"before a call", testkit.Edit{File: "pay/take.go",
			Old: "	ans := do(call)\n", New: "	HERE\n	ans := do(deadly(call))\n"}},
		{"after an answer", testkit.Edit{File: "pay/take.go",
			Old: "	s.health.felt(a.Account, ans.Outcome, s.now())\n", New: "	HERE\n	s.health.felt(a.Account, ans.Outcome, s.now())\n"}},
		{"before a question", testkit.Edit{File: "pay/advance.go",
			Old: "	ans := asker.Ask(call, channelOrder(p, a))\n", New: "	HERE\n	ans := asker.Ask(call, channelOrder(p, a))\n"}},
		{"before an ending", testkit.Edit{File: "pay/advance.go",
			Old: "	ans := s.channelOf(a.Account).(channel.Ender).End(call, channelOrder(p, a))\n",
			New: "	HERE\n	ans := s.channelOf(a.Account).(channel.Ender).End(deadly(call), channelOrder(p, a))\n"}},
		{"after an ending", testkit.Edit{File: "pay/advance.go",
			Old: "	e.At = sent\n", New: "	HERE\n	e.At = sent\n"}},
		{"in a notice", testkit.Edit{File: "pay/notice.go",
			Old: "	if n.RefundNo != \"\" {\n", New: "	HERE\n	if n.RefundNo != \"\" {\n"}},
		{"after a notice", testkit.Edit{File: "pay/notice.go",
			Old: "	return noticer.Reply(err), err\n", New: "	HERE\n	return noticer.Reply(err), err\n"}},
		{"before a refund", testkit.Edit{File: "pay/refund.go",
			Old: "		ans = ch.Refund(call, ", New: "		HERE\n		ans = ch.Refund(deadly(call), "}},
		{"after a refund", testkit.Edit{File: "pay/refund.go",
			Old: "	e.SendBy = r.SendBy\n", New: "	HERE\n	e.SendBy = r.SendBy\n"}},
	}
}

// afterSend is a point of no line of ours: the request has left, and nothing
// has come back.
const afterSend = "after a request was sent"

// buildDeadly builds the program so that it kills itself (kill -9, no
// goodbyes) when it passes the point that the environment names for the n-th
// time. What is shipped has no such thing: the points are put into copies of
// the sources.
func buildDeadly(t *testing.T) string {
	var edits []testkit.Edit
	for _, p := range points() {
		call := fmt.Sprintf("guitai.Pass(%q)", p.name)
		e := p.edit
		i := strings.Index(e.New, "HERE")
		e.New = e.New[:i] + call + e.New[i+len("HERE"):]
		edits = append(edits, e)
	}
	bin := filepath.Join(t.TempDir(), "guitai")
	testkit.Edited(t, edits, map[string]string{"deadly.go": `package guitai

import (
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

var (
	deadlyPoint = os.Getenv("GUITAI_DIE_AT")
	deadlyNth, _ = strconv.ParseInt(os.Getenv("GUITAI_DIE_NTH"), 10, 64)
	passed atomic.Int64
)

// Pass ends the process when it is its time.
func Pass(point string) {
	if point == deadlyPoint && passed.Add(1) == deadlyNth {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
`, "pay/deadly.go": `package pay

import (
	"context"
	"net/http/httptrace"

	"guitai"
)

func deadly(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		guitai.Pass("` + afterSend + `")
	}})
}
`}, "build", "-o", bin, ".")
	return bin
}

// TestSoakKilledAtPoints is TestSoakKilled with a server that dies at named points, and
// with the same judge.
func TestSoakKilledAtPoints(t *testing.T) {
	t.Parallel()
	bin := buildDeadly(t)
	for _, c := range []struct {
		name, dsn       string
		payments, kills int // payments only scale the kills
	}{{"sqlite", "sqlite:guitai.db", 200, 200}, {"postgres", "", 60, 40}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dsn, skip := c.dsn, "(PostgreSQL)"
			if dsn == "" {
				dsn, skip = testkit.Postgres(t), "a commit"
			}
			c.payments, c.kills = sized(c.payments, c.kills)
			seed := *seedFlag
			if seed == 0 {
				seed = uint64(time.Now().UnixNano()) >> 10
			}
			t.Logf("seed %d, payments %d", seed, c.payments)
			s := openStreet(t, dsn)
			s.program = bin
			s.points, s.enough = []string{afterSend}, make(chan struct{})
			for _, p := range points() {
				if !strings.HasSuffix(p.name, skip) {
					s.points = append(s.points, p.name)
				}
			}
			killed(t, s, seed, c.payments, c.kills)
		})
	}
}

// killerAt lets the server die at its points, one after the other, until the
// day is over and it has died often enough, and returns how long each start
// took. Where a point is not passed for a while (nobody gives anything back),
// another is tried.
func (s *street) killerAt(ctx context.Context, seed uint64, kills int, closing <-chan struct{}) []time.Duration {
	r := rand.New(rand.NewPCG(seed, 2))
	var ready []time.Duration
	died := map[string]int{}
	over := false
	sum := 0
	for n := 0; ctx.Err() == nil && !over; n++ {
		at := s.points[n%len(s.points)]
		s.kill()
		s.env = []string{"GUITAI_DIE_AT=" + at, fmt.Sprint("GUITAI_DIE_NTH=", 1+r.IntN(4))}
		took, alive := s.tryUp()
		s.mu.Lock()
		p := s.server
		s.mu.Unlock()
		if alive {
			ready = append(ready, took)
			select {
			case <-p.done:
			case <-time.After(1500 * time.Millisecond):
			}
		}
		select {
		case <-p.done:
			died[at]++
			if sum++; sum == kills {
				close(s.enough)
			}
		default:
		}
		select {
		case <-closing:
			over = true
		default:
		}
	}
	s.kill()
	s.env = nil
	ready = append(ready, s.up())
	for _, at := range s.points {
		s.t.Logf("died %3d times %s", died[at], at)
	}
	s.t.Logf("%d deaths at named points, %d starts", sum, len(ready))
	if missing := slices.IndexFunc(s.points, func(at string) bool { return died[at] == 0 }); missing >= 0 && kills >= 200 {
		s.t.Errorf("never died %s", s.points[missing])
	}
	return ready
}
