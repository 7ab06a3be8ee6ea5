package notify

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestReaches: which addresses may be told, by default and where the operator
// opens private ones.
func TestReaches(t *testing.T) {
	for _, c := range []struct {
		addrs         string
		open, private bool
	}{
		{"1.1.1.1 47.96.0.1 2400:3200::1 2606:4700::1111 ::ffff:1.1.1.1", true, true},
		{"10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 127.0.0.1 127.9.9.9 100.64.0.1 100.127.255.255", false, true},
		{"::1 fc00::1 fd12:3456::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:192.168.0.1", false, true},
		{"169.254.169.254 169.254.0.1 ::ffff:169.254.169.254 fe80::1 fd00:ec2::254 100.100.100.200 192.0.0.192", false, false},
		{"0.0.0.0 0.1.2.3 :: ::ffff:0.0.0.0 255.255.255.255 240.0.0.1 224.0.0.1 239.1.1.1 ff02::1 fec0::1", false, false},
		{"64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 2002:7f00:1:: 2001::1 ::127.0.0.1 ::7f00:1 100::1", false, false},
		{"192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1 2001:db8::1 3fff::1 4000::1", false, false},
		{"fe80::1%eth0 2400:3200::1%eth0", false, false},
	} {
		for text := range strings.FieldsSeq(c.addrs) {
			a := netip.MustParseAddr(text)
			if got := (Rule{}).Reaches(a); got != c.open {
				t.Errorf("%s: reached %t", text, got)
			}
			if got := (Rule{Private: true}).Reaches(a); got != c.private {
				t.Errorf("%s, private ones opened: reached %t", text, got)
			}
		}
	}
	if (Rule{Private: true}).Reaches(netip.Addr{}) {
		t.Error("no address is reached")
	}
}

// TestCheck: which URLs are taken.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		url           string
		open, private bool
	}{
		{"https://example.com/hook?x=1", true, true},
		{"https://example.com", true, true},
		{"https://example.com:443/", true, true},
		{"https://example.com:8443/", true, true},
		{"https://1.1.1.1/", true, true},
		{"http://example.com/", false, true},
		{"http://localhost:9000/", false, true},
		{"https://127.0.0.1:9000/", false, true},
		{"https://[::1]:9000/", false, true},
		{"https://[::ffff:10.0.0.1]/", false, true},
		{"https://169.254.169.254/latest", false, false},
		{"https://[::ffff:169.254.169.254]/", false, false},
		{"https://[fe80::1%25eth0]/", false, false},
		{"https://0.0.0.0/", false, false},
		{"https://user@example.com/", false, false},
		{"https://user:pass@example.com/", false, false},
		{"https://example.com/#part", false, false},
		{"https://example.com:22/", false, false},
		{"https://example.com:25/", false, false},
		{"https://example.com:0/", false, false},
		{"https://example.com:65536/", false, false},
		{"https://example.com:x/", false, false},
		{"https:///path", false, false},
		{"https:example.com", false, false},
		{"//example.com/", false, false},
		{"ftp://example.com/", false, false},
		{"gopher://example.com/", false, false},
		{"https://exa mple.com/", false, false},
		{"https://example.com/\r\nX: y", false, false},
		{"https://example.com\\@10.0.0.1/", false, false},
		{"https://example.com/" + strings.Repeat("a", maxURL), false, false},
		{"", false, false},
	} {
		if err := (Rule{}).Check(c.url); (err == nil) != c.open || err != nil && !errors.Is(err, ErrURL) {
			t.Errorf("%q: %v", c.url, err)
		}
		if err := (Rule{Private: true}).Check(c.url); (err == nil) != c.private {
			t.Errorf("%q, private ones opened: %v", c.url, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("https://example.com/hook")
	f.Add("https://[::ffff:7f00:1]:8443/")
	f.Add("http://user@127.1/")
	f.Add("https://0x7f.0.0.1/")
	f.Fuzz(func(t *testing.T, text string) {
		if (Rule{}).Check(text) != nil {
			return
		}
		req, err := http.NewRequest(http.MethodPost, text, nil)
		if err != nil {
			return // refused a moment later, as address_forbidden
		}
		if req.URL.Scheme != "https" || req.URL.User != nil {
			t.Errorf("%q was let through", text)
		}
		if a, err := netip.ParseAddr(req.URL.Hostname()); err == nil && !(Rule{}).Reaches(a) {
			t.Errorf("%q leads to %s", text, a)
		}
	})
}

// names is a resolver that answers one thing after the other.
type names struct {
	answers [][]netip.Addr
	asked   atomic.Int64
}

func (n *names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	i := min(int(n.asked.Add(1)), len(n.answers)) - 1
	if n.answers[i] == nil {
		return nil, errors.New("no such host")
	}
	return n.answers[i], nil
}

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, t := range texts {
		out = append(out, netip.MustParseAddr(t))
	}
	return out
}

// TestNamesThatLeadInside: whatever a name leads to, now or a moment later
// (DNS rebinding), nothing inside is ever connected to.
func TestNamesThatLeadInside(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	inside.StartTLS()
	t.Cleanup(inside.Close)
	_, port, _ := strings.Cut(inside.Listener.Addr().String(), ":")
	for name, c := range map[string]struct {
		answers [][]netip.Addr
		want    string
	}{
		"loopback":                {[][]netip.Addr{addrs("127.0.0.1")}, FailAddress},
		"private":                 {[][]netip.Addr{addrs("10.0.0.1")}, FailAddress},
		"metadata":                {[][]netip.Addr{addrs("169.254.169.254")}, FailAddress},
		"loopback as version 6":   {[][]netip.Addr{addrs("::ffff:127.0.0.1")}, FailAddress},
		"one good one bad":        {[][]netip.Addr{addrs("1.1.1.1", "127.0.0.1")}, FailAddress},
		"nowhere":                 {[][]netip.Addr{nil}, FailName},
		"no address":              {[][]netip.Addr{{}}, FailName},
		"inside at the next look": {[][]netip.Addr{nil, addrs("127.0.0.1")}, FailName},
	} {
		t.Run(name, func(t *testing.T) {
			n := &names{answers: c.answers}
			s := NewSender(Options{Resolver: n, Now: time.Now, Agent: "test"})
			defer s.Close()
			for range 2 {
				got := s.Send(t.Context(), Letter{URL: "https://rebind.example:" + port + "/", ID: "evt_1", Body: []byte("{}")})
				if got.Delivered() || got.Failure != c.want && n.asked.Load() == 1 || got.Failure != FailAddress && got.Failure != FailName {
					t.Errorf("look %d: %+v", n.asked.Load(), got)
				}
			}
		})
	}
	if reached.Load() != 0 {
		t.Errorf("something inside was reached %d times", reached.Load())
	}
}

// TestRebinding: the addresses that were looked at are the ones that are
// dialled: a name is looked up once for a connection, and an address that slips
// past is stopped at the socket.
func TestRebinding(t *testing.T) {
	n := &names{answers: [][]netip.Addr{addrs("127.0.0.1"), addrs("169.254.169.254")}}
	d := dialer{rule: Rule{Private: true}, names: n, patience: time.Second}
	srv := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	_, port, _ := strings.Cut(srv.Listener.Addr().String(), ":")
	conn, err := d.dial(t.Context(), "tcp", "rebind.example:"+port)
	if err != nil || n.asked.Load() != 1 || conn.RemoteAddr().String() != "127.0.0.1:"+port {
		t.Fatalf("%v, asked %d times", err, n.asked.Load())
	}
	conn.Close()
	if _, err := d.dial(t.Context(), "tcp", "rebind.example:"+port); !errors.Is(err, errForbidden) {
		t.Errorf("the second look: %v", err)
	}
	for _, at := range []string{"169.254.169.254:80", "127.0.0.1:" + port, "[::ffff:127.0.0.1]:" + port, "nonsense"} {
		if err := (dialer{}).control("tcp", at, nil); !errors.Is(err, errForbidden) {
			t.Errorf("the socket lets %s through: %v", at, err)
		}
	}
}
