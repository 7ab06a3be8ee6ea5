package sandbox

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"guitai/sandbox/browse"
)

// TestWindow: the frame shows a page as the wallet's app would: named to the
// page, with its bridge, without what forbids frames, and with the page's
// cookies kept apart from the browser's.
func TestWindow(t *testing.T) {
	s := open(t)
	shop := openShopPage(t, s)
	w := newFrame(t, s)
	visit, get := w.visit, w.get
	if resp, _ := get("/p/a"); resp.StatusCode != 404 {
		t.Errorf("without a visit: %d", resp.StatusCode)
	}
	for name, address := range map[string]string{"elsewhere": "http://192.0.2.1/", "a file": "file:///etc/passwd", "a user": "http://u@127.0.0.1/", "nothing": ""} {
		if resp, _ := visit("wechat", "", address); resp.StatusCode != 403 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	if resp, _ := visit("piggy", "", shop.URL+"/p/a"); resp.StatusCode != 400 {
		t.Errorf("a piggy: %d", resp.StatusCode)
	}
	resp, text := visit("wechat", "wechat-li", shop.URL+"/p/a")
	h := resp.Header
	if resp.StatusCode != 200 || !strings.Contains(text, `<head><script src="/-/bridge.js"></script>`) || !strings.Contains(text, `id="pay"`) {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	if h.Get("X-Frame-Options") != "" || h.Get("Content-Security-Policy") != "frame-ancestors "+browse.Ancestors || h.Get("Set-Cookie") != "" {
		t.Errorf("%v", h)
	}
	if len(w.Jar.Cookies(resp.Request.URL)) != 1 {
		t.Errorf("cookies %v", w.Jar.Cookies(resp.Request.URL))
	}
	if _, text := get("/-/bridge.js"); !strings.Contains(text, "const wallet = 'wechat'") || !strings.Contains(text, ":"+portOf(s.url)+"`") {
		t.Errorf("bridge %.300s", text)
	}
	if text := w.post("alipay", shop); !strings.Contains(text, `"tradeNO"`) || !strings.Contains(text, "/-/bridge.js") {
		t.Errorf("%s", text)
	}
	if text := w.post("unionpay", shop); !strings.Contains(text, `data-code="https://qr.95516.com/`) || !strings.Contains(text, "/-/bridge.js") {
		t.Errorf("%s", text)
	}
	r, err := http.NewRequest("GET", s.window+"/-/open?wallet=wechat&url="+url.QueryEscape(shop.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if resp, _ := w.do(r); resp.StatusCode != 403 {
		t.Errorf("a page from elsewhere: %d", resp.StatusCode)
	}
	r.Header.Del("Sec-Fetch-Site")
	r.Host = "rebound.example"
	if resp, _ := w.do(r); resp.StatusCode != 403 {
		t.Errorf("a name that was bound to loopback: %d", resp.StatusCode)
	}
}

// frame is a browser that shows the window.
type frame struct {
	*http.Client
	t *testing.T
	s *Street
}

func newFrame(t *testing.T, s *Street) frame {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return frame{&http.Client{Jar: jar}, t, s}
}

func (f frame) do(r *http.Request) (*http.Response, string) {
	f.t.Helper()
	resp, err := f.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp, string(text)
}

func (f frame) get(path string) (*http.Response, string) {
	f.t.Helper()
	r, err := http.NewRequest("GET", f.s.window+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.do(r)
}

func (f frame) visit(wallet, payer, address string) (*http.Response, string) {
	f.t.Helper()
	return f.get("/-/open?" + url.Values{"wallet": {wallet}, "payer": {payer}, "url": {address}}.Encode())
}

// post opens a page and presses its button.
func (f frame) post(wallet string, shop *shopPage) string {
	f.t.Helper()
	resp, _ := f.visit(wallet, "", shop.URL+"/p/a")
	r, err := http.NewRequest("POST", resp.Request.URL.String(), strings.NewReader("token=a%26b"))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", f.s.window)
	resp, text := f.do(r)
	if resp.StatusCode != 200 {
		f.t.Errorf("%s: %d", wallet, resp.StatusCode)
	}
	return text
}
