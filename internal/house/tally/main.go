package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// count is what one runner reported.
type count struct {
	passed, failed, skipped int
}

func (c count) add(o count) count {
	return count{c.passed + o.passed, c.failed + o.failed, c.skipped + o.skipped}
}

func main() {
	code, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		code = cmp.Or(code, 2)
	}
	os.Exit(code)
}

func run(args []string, out io.Writer) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("want run or total")
	}
	var j job
	flags := flag.NewFlagSet("tally "+args[0], flag.ContinueOnError)
	flags.StringVar(&j.book, "book", "", "file that the counts are kept in")
	flags.StringVar(&j.name, "name", "", "what the line in the book is called")
	flags.StringVar(&j.as, "as", "check", "how to read the output: go (go test -json), text (a closing line), check (only the exit code)")
	flags.DurationVar(&j.limit, "limit", 20*time.Minute, "how long the command may take")
	flags.BoolVar(&j.noSkip, "no-skip", false, "count a skipped test as failed")
	if err := flags.Parse(args[1:]); err != nil {
		return 2, err
	}
	switch {
	case j.book == "":
		return 2, errors.New("want -book")
	case args[0] == "total":
		return total(j.book, out)
	case args[0] == "run" && flags.NArg() > 0:
		return j.run(flags.Args(), out)
	}
	return 2, errors.New("want run with a command, or total")
}

// job is one command whose tests are counted.
type job struct {
	book, name, as string
	noSkip         bool
	limit          time.Duration
}

func (j job) run(command []string, out io.Writer) (int, error) {
	fmt.Fprintf(out, "== %s\n", j.name)
	ctx, cancel := context.WithTimeout(context.Background(), j.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	// A browser that outlives its test holds the pipe; it is not waited for.
	cmd.WaitDelay = 10 * time.Second
	cmd.Stderr = out
	if j.as == "text" || j.as == "check" {
		// One writer for both keeps their lines in order.
		seen := &closing{out: out}
		cmd.Stdout, cmd.Stderr = seen, seen
		code, err := exit(cmd.Run())
		if err != nil {
			fmt.Fprintln(out, err)
		}
		return j.enter(seen.count(j.as, code), code, out)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return 2, err
	}
	if err := cmd.Start(); err != nil {
		return 2, err
	}
	c, readErr := readGo(pipe, out)
	code, err := exit(cmd.Wait())
	if err = errors.Join(readErr, err); err != nil {
		fmt.Fprintln(out, err)
	}
	if code != 0 && c.failed == 0 {
		c.failed = 1 // it did not come as far as a test
	}
	return j.enter(c, code, out)
}

// exit tells the exit code of a command; a command that could not run has 2.
func exit(err error) (int, error) {
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &ended) && ended.ExitCode() > 0:
		return ended.ExitCode(), nil
	}
	return 2, err
}

// enter writes the counts into the book.
func (j job) enter(c count, code int, out io.Writer) (int, error) {
	if j.noSkip && c.skipped > 0 {
		fmt.Fprintf(out, "%d tests were skipped; here nothing may be skipped\n", c.skipped)
		c.failed, c.skipped = c.failed+c.skipped, 0
	}
	if c.failed > 0 {
		code = cmp.Or(code, 1)
	}
	book, err := os.OpenFile(j.book, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 2, err
	}
	_, err = fmt.Fprintf(book, "%d\t%d\t%d\t%s\n", c.passed, c.failed, c.skipped, j.name)
	return code, errors.Join(err, book.Close())
}

// total prints the book and, as the last line, its sum. An empty book is a
// failure: nothing was tested.
func total(file string, out io.Writer) (int, error) {
	book, err := os.Open(file)
	if err != nil {
		return 2, err
	}
	defer book.Close()
	var sum count
	fmt.Fprintln(out, "== all")
	for lines := bufio.NewScanner(book); lines.Scan(); {
		part := strings.SplitN(lines.Text(), "\t", 4)
		if len(part) != 4 {
			return 2, fmt.Errorf("%s: not a line of the book: %q", file, lines.Text())
		}
		var n [3]int
		for i := range n {
			if n[i], err = strconv.Atoi(part[i]); err != nil {
				return 2, err
			}
		}
		c := count{n[0], n[1], n[2]}
		sum = sum.add(c)
		fmt.Fprintf(out, "%6d passed %4d failed %4d skipped  %s\n", c.passed, c.failed, c.skipped, part[3])
	}
	code := 0
	if sum.failed > 0 || sum.passed == 0 {
		code = 1
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", sum.passed, sum.failed)
	return code, nil
}
