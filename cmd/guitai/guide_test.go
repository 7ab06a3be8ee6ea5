//go:build unix

package main_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestGuide runs every box of docs/guide.md against the demo, as one script, and
// wants every call of the API to stand on that page.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	env := demo(t)
	missing(t, string(page), env["GUITAI_URL"])
	var script strings.Builder
	for _, box := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		script.WriteString(box[1])
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "bash", "-euxo", "pipefail", "-c", script.String())
	cmd.Env = append(os.Environ(), "no_proxy=127.0.0.1")
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		tail := out[max(0, len(out)-3000):]
		t.Fatalf("the script of the guide: %v\n%s", err, tail)
	}
}

// demo starts the demo and returns what it wrote into demo.env.
func demo(t *testing.T) map[string]string {
	s := &street{t: t, dir: t.TempDir()}
	s.start("demo", "demo", "--no-open", "--speed", "20", "--data", s.dir, "--addr", "127.0.0.1:0", "--sandbox-addr", "127.0.0.1:0")
	env := map[string]string{}
	within(t, 30*time.Second, "the demo", func() error {
		b, err := os.ReadFile(filepath.Join(s.dir, "demo.env"))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
				env[k] = v
			}
		}
		res, err := http.Get(env["GUITAI_URL"] + "/healthz")
		if err != nil {
			return err
		}
		return unless(res.StatusCode == http.StatusOK && res.Body.Close() == nil)
	})
	return env
}

// missing names the calls of the API that the page does not speak of.
func missing(t *testing.T, page, url string) {
	t.Helper()
	res, err := http.Get(url + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for path, ops := range doc.Paths {
		shape := part.ReplaceAllString(regexp.QuoteMeta(path), `(\{[a-z]+\}|\$[a-z]+|guide-[a-z0-9]+)`)
		seen := regexp.MustCompile(shape+"[^/a-z.$-]").FindAllStringIndex(page, -1)
		for method := range ops {
			spoken := false
			for _, at := range seen {
				from := page[strings.LastIndexByte(page[:at[0]], '\n')+1:]
				line, _, _ := strings.Cut(from, "\n")
				spoken = spoken || methodOf(page[:at[0]], line) == strings.ToUpper(method)
			}
			if !spoken {
				t.Errorf("docs/guide.md does not speak of %s %s", strings.ToUpper(method), path)
			}
		}
	}
}

// methodOf is the method of a call: named before it in the text, or said in the
// line that makes it.
func methodOf(before, line string) string {
	if m := regexp.MustCompile(`(GET|POST|PUT|DELETE) $`).FindStringSubmatch(before[max(0, len(before)-8):]); m != nil {
		return m[1]
	}
	if m := regexp.MustCompile(`-X (GET|POST|PUT|DELETE)`).FindStringSubmatch(line); m != nil {
		return m[1]
	}
	if strings.Contains(line, " -d ") {
		return "POST"
	}
	return "GET"
}
