package pay_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"guitai/internal/testkit"
)

// edit plants a part of a bug: in file, old, which must stand there once,
// becomes new. In new, @BUG says whether the bug is wanted.
type edit struct{ file, old, new string }

// plant is one mistake that somebody could make, and what it breaks.
type plant struct {
	name, breaks string
	edits        []edit
}

// TestSoakPlantedBugs proves that the trading hours would tell: each of these
// mistakes, made on purpose, is found within some hours. They are put into a
// copy of the sources for one build of the tests (go build -overlay); the
// sources themselves, and so what is shipped, hold nothing of it.
//
//	go test ./pay -run TestSoakPlantedBugs -v             all of them
//	go test ./pay -run TestSoakPlantedBugs/late-is-sale -v
func TestSoakPlantedBugs(t *testing.T) {
	seeds, list := 60, plants()
	if !soaking() {
		list = list[:1] // that edits, build and judge work together
	}
	bin := buildPlanted(t)
	var table strings.Builder
	found := 0
	for _, p := range list {
		t.Run(p.name, func(t *testing.T) {
			began := time.Now()
			at, err := catch(t, bin, p.name, seeds)
			if err != nil {
				t.Errorf("%s: not found in %d hours: %v", p.name, seeds, err)
				fmt.Fprintf(&table, "%-20s NOT FOUND                %s\n", p.name, p.breaks)
				return
			}
			found++
			fmt.Fprintf(&table, "%-20s found by seed %-4d %6.1f s  %s\n", p.name, at.seed, time.Since(began).Seconds(), p.breaks)
			t.Logf("found: %s", at.said)
		})
	}
	t.Logf("%d of %d planted bugs found\n%s", found, len(list), table.String())
}

type catchAt struct {
	seed uint64
	said string
}

var seedSaid = regexp.MustCompile(`seed (\d+): (.*)`)

// seenAt are hours that found a bug, the last time that somebody looked: they are
// played first. An hour that does not find it any more costs a second.
func seenAt(bug string) string {
	return map[string]string{"send-again": "11", "reroute-in-doubt": "37", "day-unread": "6", "odd-is-sale": "5",
		"refund-no-is-done": "5", "give-back-twice": "5"}[bug]
}

// catch plays hours with a bug until one of them fails.
func catch(t *testing.T, bin, bug string, seeds int) (catchAt, error) {
	if seed := seenAt(bug); seed != "" {
		if at, err := catchIn(t, bin, bug, "-seed", seed); err == nil {
			return at, nil
		}
	}
	return catchIn(t, bin, bug, "-seeds", strconv.Itoa(seeds))
}

func catchIn(t *testing.T, bin, bug string, hours ...string) (catchAt, error) {
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"-test.run", "^TestTradingHour$", "-test.timeout", "10m"}, hours...)...)
	cmd.Env = append(os.Environ(), "GUITAI_PLANT="+bug, "GUITAI_SEEDS=")
	out, err := cmd.CombinedOutput()
	m := seedSaid.FindSubmatch(out)
	if err == nil || m == nil {
		return catchAt{}, fmt.Errorf("%v; it ended with %q", err, out[max(0, len(out)-2000):])
	}
	seed, err := strconv.ParseUint(string(m[1]), 10, 64)
	return catchAt{seed, string(m[2])}, err
}

// buildPlanted builds this package's tests with all bugs in the sources, each
// asleep until the environment names it.
func buildPlanted(t *testing.T) string {
	var edits []testkit.Edit
	for _, p := range plants() {
		for _, e := range p.edits {
			here := fmt.Sprintf("guitai.Planted(%q)", p.name)
			if !strings.Contains(e.file, "/") {
				here = fmt.Sprintf("Planted(%q)", p.name)
			}
			edits = append(edits, testkit.Edit{File: e.file, Old: e.old, New: strings.ReplaceAll(e.new, "@BUG", here)})
		}
	}
	bin := filepath.Join(t.TempDir(), "planted.exe")
	testkit.Edited(t, edits, map[string]string{"planted.go": `package guitai

import "os"

var planted = os.Getenv("GUITAI_PLANT")

// Planted reports whether a bug is wanted.
func Planted(bug string) bool { return planted == bug }
`}, "test", "-c", "-vet=off", "-o", bin, ".")
	return bin
}
