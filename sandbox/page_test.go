package sandbox_test

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

func get(t *testing.T, s *sandbox.Street, path string) map[string]any {
	t.Helper()
	return must200(t, s, "GET", path, "")
}

func TestThePageIsServed(t *testing.T) {
	s := openStreet(t, newDir(t), 1)
	answer, err := http.Get(s.URL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		t.Error(answer)
	}
}

func TestBalanceIsSet(t *testing.T) {
	s := openStreet(t, newDir(t), 1)
	if p := must200(t, s, "POST", "/control/payers", `{"payer":"wechat-chen","balance_fen":1234}`); p["balance_fen"] != 1234.0 {
		t.Error(p)
	}
	if p, err := s.Book().Payer("wechat-chen"); err != nil || p.BalanceFen != 1234 {
		t.Error(p, err)
	}
	for body, want := range map[string]int{
		`{"payer":"nobody","balance_fen":1}`: 404, `{"payer":"wechat-chen"}`: 400,
		`{"payer":"wechat-chen","balance_fen":-1}`: 400, `{"payer":"wechat-chen","balance_fen":10000000001}`: 400,
	} {
		if code := refusedWith(t, s, "POST", "/control/payers", body); code != want {
			t.Errorf("%s: %d, want %d", body, code, want)
		}
	}
}

func refusedWith(t *testing.T, s *sandbox.Street, method, path, body string) int {
	t.Helper()
	r, err := http.NewRequest(method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// TestWordsForEverything: the page has words for each mood, fault and call.
func TestWordsForEverything(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("phone", "page", "say.js"))
	if err != nil {
		t.Fatal(err)
	}
	says := func(word string) bool {
		return regexp.MustCompile(`(?m)^ +'?` + regexp.QuoteMeta(word) + `'?: \[`).Match(raw)
	}
	for _, b := range book.Behaviours() {
		if !says(string(b)) {
			t.Errorf("no words for the mood %q", b)
		}
	}
	for _, k := range fault.Kinds() {
		if !says(string(k)) {
			t.Errorf("no words for the fault %q", k)
		}
	}
	s := openStreet(t, newDir(t), 1)
	for _, w := range get(t, s, "/control/wallets")["wallets"].([]any) {
		row := w.(map[string]any)
		if len(row["code_prefixes"].([]any)) == 0 {
			t.Errorf("%v has no codes", row["wallet"])
		}
		for _, op := range row["ops"].([]any) {
			if !says(op.(string)) {
				t.Errorf("no words for the call %s of %s", op, row["wallet"])
			}
		}
	}
}

func TestOrdersThatThePageAsksFor(t *testing.T) {
	s := openStreet(t, newDir(t), 1)
	codes := map[string]string{}
	for _, no := range []string{"a", "b", "c"} {
		o, err := s.Book().Show(book.Bill{Wallet: book.WeChat, OrderNo: no, AmountFen: 100, Subject: "茶"})
		if err != nil {
			t.Fatal(err)
		}
		codes[no] = o.Code
	}
	if _, err := s.Book().Pay(codes["b"], "wechat-wang", book.Normal); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"payer=wechat-wang": "b", "code=" + strings.NewReplacer(":", "%3A", "/", "%2F", "?", "%3F", "=", "%3D").Replace(codes["c"]): "c",
		"state=notpay&latest=1": "c", "latest=9": "abc", "code=nothing": "",
	} {
		got := ""
		for _, o := range get(t, s, "/control/orders?"+query)["orders"].([]any) {
			got += o.(map[string]any)["order_no"].(string)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if code := refusedWith(t, s, "GET", "/control/orders?latest=0", ""); code != 400 {
		t.Errorf("latest=0: %d", code)
	}
}

func TestDrawOfTheControl(t *testing.T) {
	s := openStreet(t, newDir(t), 1)
	got := must200(t, s, "POST", "/control/draw", `{"text":"130112345678901234"}`)
	for _, part := range []string{"qr", "bars"} {
		if text, _ := got[part].(string); !strings.HasPrefix(text, "<svg ") {
			t.Errorf("%s: %.40s", part, text)
		}
	}
	if code := refusedWith(t, s, "POST", "/control/draw", `{"text":""}`); code != 400 {
		t.Errorf("no text: %d", code)
	}
}

// TestPrinterOfTheControl prints over a socket and looks at the paper.
func TestPrinterOfTheControl(t *testing.T) {
	dir := newDir(t)
	s := openStreet(t, dir, 1)
	p := must200(t, s, "POST", "/control/printer", `{"width":58,"paper":"low"}`)
	if p["width"] != 58.0 || p["paper"] != "low" || p["cover"] != "shut" {
		t.Error(p)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "credentials.json"))
	if err != nil || !strings.Contains(string(raw), `"addr": "`+p["addr"].(string)+`"`) {
		t.Error("credentials.json does not say where the printer is", err)
	}
	line, err := net.Dial("tcp", p["addr"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := line.Write([]byte("\x1bp\x00\x19\xfahello\n\x1dVA\x00")); err != nil {
		t.Fatal(err)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	var slips []any
	for range 300 {
		if p = get(t, s, "/control/printer?from=1"); len(p["slips"].([]any)) > 0 {
			slips = p["slips"].([]any)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(slips) != 1 || slips[0].(map[string]any)["rows"].([]any)[0].(map[string]any)["text"] != "hello" || p["drawer"] != "open" {
		t.Errorf("%+v", p)
	}
	if p = must200(t, s, "POST", "/control/printer", `{"drawer":"shut"}`); p["drawer"] != "shut" {
		t.Error(p)
	}
	if p = must200(t, s, "DELETE", "/control/printer/slips", ""); len(p["slips"].([]any)) != 0 {
		t.Error(p)
	}
	for _, c := range [][3]string{{"POST", "/control/printer", `{"paper":"wet"}`}, {"POST", "/control/printer", `{"drawer":"open"}`}, {"GET", "/control/printer?from=x", ""}} {
		if code := refusedWith(t, s, c[0], c[1], c[2]); code != 400 {
			t.Errorf("%v: %d", c, code)
		}
	}
}

func TestEventsTellWhatChanged(t *testing.T) {
	s := openStreet(t, newDir(t), 1)
	answer, err := http.Get(s.URL() + "/control/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatal(kind)
	}
	events := make(chan string, 20)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- name
			}
		}
	}()
	next := func() string {
		select {
		case name := <-events:
			return name
		case <-time.After(5 * time.Second):
			return "nothing"
		}
	}
	if got := next() + next() + next(); got != "bookprinterfaults" {
		t.Fatalf("at the beginning: %s", got)
	}
	must200(t, s, "POST", "/control/faults", `{"kind":"delay","count":1}`)
	if got := next(); got != "faults" {
		t.Errorf("a fault: %s", got)
	}
	must200(t, s, "POST", "/control/printer", `{"cover":"open"}`)
	if got := next(); got != "printer" {
		t.Errorf("the printer: %s", got)
	}
	if _, err := s.Book().Show(book.Bill{Wallet: book.WeChat, OrderNo: "a", AmountFen: 1}); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "book" {
		t.Errorf("an order: %s", got)
	}
}
