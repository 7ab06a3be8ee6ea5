package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadGo reads a run with each way in which a package can end.
func TestReadGo(t *testing.T) {
	const run = `{"Action":"start","Package":"guitai/qr"}
{"Action":"run","Package":"guitai/qr","Test":"TestA"}
{"Action":"output","Package":"guitai/qr","Test":"TestA","Output":"chatter\n"}
{"Action":"run","Package":"guitai/qr","Test":"TestA/one"}
{"Action":"pass","Package":"guitai/qr","Test":"TestA/one"}
{"Action":"pass","Package":"guitai/qr","Test":"TestA"}
{"Action":"output","Package":"guitai/qr","Output":"PASS\n"}
{"Action":"output","Package":"guitai/qr","Output":"ok  \tguitai/qr\t0.1s\n"}
{"Action":"pass","Package":"guitai/qr"}
{"Action":"run","Package":"guitai/pay","Test":"TestB"}
{"Action":"output","Package":"guitai/pay","Test":"TestB","Output":"wrong sum\n"}
{"Action":"fail","Package":"guitai/pay","Test":"TestB"}
{"Action":"run","Package":"guitai/pay","Test":"TestC"}
{"Action":"output","Package":"guitai/pay","Test":"TestC","Output":"--- SKIP: TestC no PostgreSQL\n"}
{"Action":"skip","Package":"guitai/pay","Test":"TestC"}
{"Action":"output","Package":"guitai/pay","Output":"FAIL\tguitai/pay\t0.1s\n"}
{"Action":"fail","Package":"guitai/pay"}
{"ImportPath":"guitai/web","Action":"build-output","Output":"web.go:1: syntax error\n"}
{"ImportPath":"guitai/web","Action":"build-fail"}
{"Action":"output","Package":"guitai/web","Output":"FAIL\tguitai/web [build failed]\n"}
{"Action":"fail","Package":"guitai/web","FailedBuild":"guitai/web"}
{"Action":"start","Package":"guitai/till"}
{"Action":"output","Package":"guitai/till","Output":"panic: killed\n"}
not JSON
`
	var out strings.Builder
	got, err := readGo(strings.NewReader(run), &out)
	if want := (count{passed: 2, failed: 3, skipped: 1}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{"ok  \tguitai/qr", "wrong sum", "SKIP: TestC", "syntax error", "[build failed]", "panic: killed", "not JSON"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("%q is not shown", text)
		}
	}
	if strings.Contains(out.String(), "chatter") {
		t.Error("the chatter of a test that passed is shown")
	}
}

// TestRealGoTest runs the go command on a small module of its own.
func TestRealGoTest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module x\n\ngo 1.26\n")
	write(t, dir, "a_test.go", `package x

import "testing"

func TestGood(t *testing.T) { t.Run("sub", func(t *testing.T) {}) }
func TestBad(t *testing.T)  { t.Error("a bad sum") }
func TestIdle(t *testing.T) { t.Skip("no printer") }
`)
	book := filepath.Join(dir, "book")
	var out strings.Builder
	code, err := run([]string{"run", "-book", book, "-name", "go", "-as", "go", "-no-skip", "--", "go", "-C", dir, "test", "-json", "."}, &out)
	if err != nil || code == 0 {
		t.Errorf("exit code %d, %v", code, err)
	}
	if !strings.Contains(out.String(), "a bad sum") || !strings.Contains(out.String(), "no printer") {
		t.Errorf("what failed is not shown:\n%s", out.String())
	}
	wantTotal(t, book, "2 passed, 2 failed", 1)
}

func TestText(t *testing.T) {
	cases := []struct {
		as, script string
		want       string
		code       int
	}{
		{"check", "exit 0", "1 passed, 0 failed", 0},
		{"check", "exit 3", "0 passed, 1 failed", 1},
		{"text", "echo '# pass 7'; echo '# fail 0'", "7 passed, 0 failed", 0},
		{"text", `printf '\033[34mℹ pass 2\033[39m\nℹ fail 1\n'; exit 1`, "2 passed, 1 failed", 1},
		{"text", "echo 4 passed, 0 failed", "4 passed, 0 failed", 0},
		{"text", "echo 4 passed, 0 failed; exit 1", "4 passed, 1 failed", 1},
		{"text", "echo 4 passed, 0 failed, 2 skipped", "4 passed, 2 failed", 1},
		{"text", "echo all is well", "0 passed, 1 failed", 1},
		{"text", "kill -9 $$", "0 passed, 1 failed", 1},
		{"go", "exit 1", "0 passed, 1 failed", 1},
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		book := filepath.Join(t.TempDir(), "book")
		var out strings.Builder
		code, err := run([]string{"run", "-book", book, "-name", "n", "-as", c.as, "-no-skip", "--", "sh", "-c", c.script}, &out)
		if err != nil || (code != 0) != (c.code != 0) {
			t.Errorf("%s: exit code %d, %v", c.script, code, err)
		}
		wantTotal(t, book, c.want, c.code)
	}
}

// TestLimit: a command that hangs is ended and has failed.
func TestLimit(t *testing.T) {
	book := filepath.Join(t.TempDir(), "book")
	code, err := run([]string{"run", "-book", book, "-as", "text", "-limit", "50ms", "--", "sleep", "60"}, &strings.Builder{})
	if err != nil || code == 0 {
		t.Errorf("exit code %d, %v", code, err)
	}
	wantTotal(t, book, "0 passed, 1 failed", 1)
}

// TestNothing: a run that tested nothing has not passed.
func TestNothing(t *testing.T) {
	book := filepath.Join(t.TempDir(), "book")
	write(t, filepath.Dir(book), "book", "")
	wantTotal(t, book, "0 passed, 0 failed", 1)
	for _, args := range [][]string{nil, {"run"}, {"total"}, {"run", "-book", book}, {"dance", "-book", book}} {
		if code, err := run(args, &strings.Builder{}); err == nil || code == 0 {
			t.Errorf("%v is taken", args)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantTotal(t *testing.T, book, line string, code int) {
	t.Helper()
	var out strings.Builder
	got, err := total(book, &out)
	if err != nil || got != code || !strings.HasSuffix(out.String(), "\n"+line+"\n") {
		t.Errorf("exit code %d, %v, want %d and %q at the end of\n%s", got, err, code, line, out.String())
	}
}
