package main

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
)

// closing passes output on and remembers the counts that a runner prints at its
// end.
type closing struct {
	out   io.Writer
	rest  []byte
	found count
	seen  bool
}

// The closing lines that are known: node's test runner (TAP and spec) and
// `N passed, N failed`.
var (
	nodeLine = regexp.MustCompile(`^(?:#|ℹ) (pass|fail|skipped) (\d+)$`)
	sumLine  = regexp.MustCompile(`^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$`)
	colour   = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// Write shows the text and looks at each whole line.
func (c *closing) Write(text []byte) (int, error) {
	c.rest = append(c.rest, text...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			break
		}
		c.look(string(bytes.TrimSpace(colour.ReplaceAll(line, nil))))
		c.rest = rest
	}
	return c.out.Write(text)
}

func (c *closing) look(line string) {
	if m := nodeLine.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[2]) // the pattern has made sure of digits
		switch m[1] {
		case "pass":
			c.found.passed += n
		case "fail":
			c.found.failed += n
		case "skipped":
			c.found.skipped += n
		}
		c.seen = true
	}
	if m := sumLine.FindStringSubmatch(line); m != nil {
		var n [3]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1]) // likewise; none skipped is none
		}
		c.found = c.found.add(count{n[0], n[1], n[2]})
		c.seen = true
	}
}

// count is what a runner reported or, for a check, its exit code as one test. A
// runner that reports nothing has failed.
func (c *closing) count(as string, code int) count {
	if as == "check" {
		if code == 0 {
			return count{passed: 1}
		}
		return count{failed: 1}
	}
	if found := c.found; c.seen && (code == 0 || found.failed > 0) {
		return found
	}
	return c.found.add(count{failed: 1})
}
