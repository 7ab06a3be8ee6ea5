package web_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"testing"
	"time"
)

// tablet is a browser that can be bound to a till; it reckons its keys by
// docs/offline-qr.md alone.
type tablet struct {
	h             *house
	point         []byte
	name          string
	request, code []byte
	digits        []byte
	confirm       *ecdsa.PublicKey
	cookie        string
	off           time.Duration // of its clock
}

func (h *house) tablet() *tablet {
	h.t.Helper()
	keys := h.as("").do("GET", "/v1/enrolments/keys", nil).want(200)
	exchange := b64(h.t, keys.get("exchange"))
	server, err := ecdh.P256().NewPublicKey(exchange)
	if err != nil {
		h.t.Fatal(err)
	}
	mine, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	shared, err := mine.ECDH(server)
	if err != nil {
		h.t.Fatal(err)
	}
	t := &tablet{h: h, point: mine.PublicKey().Bytes()}
	salt := sha256.Sum256(append(bytes.Clone(exchange), t.point...))
	for info, into := range map[string]*[]byte{"guitai till request 1": &t.request, "guitai till code 1": &t.code, "guitai till digits 1": &t.digits} {
		if *into, err = hkdf.Key(sha256.New, shared, salt[:], info, 32); err != nil {
			h.t.Fatal(err)
		}
	}
	if t.confirm, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b64(h.t, keys.get("confirm"))); err != nil {
		h.t.Fatal(err)
	}
	sum := sha256.Sum256(t.point)
	t.name = "tky_" + crockford(sum[:10])
	return t
}

func crockford(b []byte) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	out, acc, bits := "", uint(0), 0
	for _, c := range b {
		for acc, bits = acc<<8|uint(c), bits+8; bits >= 5; bits -= 5 {
			out += string(alphabet[acc>>(bits-5)&31])
		}
	}
	return out
}

func b64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// do sends a request that proves the tablet's key.
func (t *tablet) do(method, path string, v any) answer {
	t.h.t.Helper()
	var said []byte
	if v != nil {
		var err error
		if said, err = json.Marshal(v); err != nil {
			t.h.t.Fatal(err)
		}
	}
	at := strconv.FormatInt(t.h.now().Add(t.off).UnixMilli(), 10)
	sum := sha256.Sum256(said)
	h := hmac.New(sha256.New, t.request)
	h.Write([]byte("guitai till request 1\n" + method + "\n" + path + "\n" + at + "\n" + base64.RawURLEncoding.EncodeToString(sum[:])))
	c := t.h.as("").with("Guitai-Till-Key", t.name).with("Guitai-Till-Time", at).
		with("Guitai-Till-MAC", base64.RawURLEncoding.EncodeToString(h.Sum(nil))).with("X-Guitai", "1")
	if t.cookie != "" {
		c = c.with("Cookie", t.cookie)
	}
	if said == nil {
		return c.do(method, path, nil)
	}
	return c.do(method, path, string(said))
}

// bound binds the tablet to the first till.
func (t *tablet) bound() *tablet {
	t.h.t.Helper()
	till := string(t.h.tills[0].ID)
	code := t.h.mine().do("POST", "/v1/tills/"+till+"/enrolment-codes", nil).want(200).get("code")
	got := t.do("POST", "/v1/enrolments", map[string]string{"till": till, "code": code, "key": base64.RawURLEncoding.EncodeToString(t.point)}).want(200)
	if got.get("id") != t.name || got.get("state") != "live" {
		t.h.t.Fatalf("%s", got.body)
	}
	return t
}

func (t *tablet) signIn() *tablet {
	t.h.t.Helper()
	a := t.do("POST", "/v1/sessions", map[string]string{"till": string(t.h.tills[0].ID), "number": "101", "pin": cashierPIN}).want(200)
	t.cookie = cookieOf(a)
	return t
}

// TestBoundTill: who was signed in without the key is out at once, who has it
// is in, and every request is proven as it was sent.
func TestBoundTill(t *testing.T) {
	h := open(t, staffed)
	before := h.person("101", cashierPIN)
	before.do("GET", "/v1/session", nil).want(200)
	b := h.tablet().bound().signIn()
	before.do("GET", "/v1/session", nil).wantProblem(403, "till_key_needed", "")
	h.as("").do("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID), "number": "101", "pin": cashierPIN}).
		wantProblem(403, "till_key_needed", "")
	b.do("GET", "/v1/session", nil).want(200)
	b.do("GET", "/v1/payments?limit=3&state=paid", nil).want(200)
	b.do("POST", "/v1/payments", show("wechat", 700)).want(200)
	for i, c := range h.as("").do("GET", "/v1/tills", nil).want(200).items() {
		if is := c.find("bound") == true; is != (i == 0) {
			t.Errorf("till %d is shown as bound: %t", i, is)
		}
	}
	b.off = -3 * time.Minute
	b.do("GET", "/v1/session", nil).wantProblem(403, "till_clock_wrong", "")
	b.off = 0
	stolen := h.as("").with("Cookie", b.cookie).with("X-Guitai", "1").with("Guitai-Till-Key", b.name)
	stolen.do("GET", "/v1/session", nil).wantProblem(403, "till_key_wrong", "")
	h.as("").with("Cookie", b.cookie).do("GET", "/v1/session", nil).wantProblem(403, "till_key_needed", "")
	// A program is no till.
	h.mine().do("POST", "/v1/payments", show("wechat", 100).but("till", string(h.tills[0].ID))).want(200)

	keys := "/v1/tills/" + string(h.tills[0].ID) + "/keys"
	b.do("GET", keys, nil).wantProblem(403, "role_forbidden", "")
	h.as(h.otherKey).do("GET", keys, nil).wantProblem(404, "till_not_found", "")
	h.mine().do("POST", keys+"/tky_none/revoke", nil).wantProblem(404, "till_key_not_found", "")
	if s := h.mine().do("POST", keys+"/"+b.name+"/revoke", nil).want(200).get("state"); s != "revoked" {
		t.Error(s)
	}
	b.do("GET", "/v1/session", nil).wantProblem(403, "till_key_revoked", "")
	before.do("GET", "/v1/session", nil).wantProblem(403, "till_key_needed", "")
	h.mine().do("POST", keys+"/"+b.name+"/revoke", map[string]bool{"release": true}).want(200)
	before.do("GET", "/v1/session", nil).want(200)
}

// TestEnrolmentDoor: who may make a code, and how often it may be tried.
func TestEnrolmentDoor(t *testing.T) {
	h := open(t, staffed)
	path := "/v1/tills/" + string(h.tills[0].ID) + "/enrolment-codes"
	h.as("").do("POST", path, nil).wantProblem(401, "key_missing", "")
	h.person("101", cashierPIN).do("POST", path, nil).wantProblem(403, "role_forbidden", "")
	h.person("201", managerPIN).do("POST", path, nil).want(200)
	by := func(number, pin string) answer {
		return h.as("").do("POST", path, map[string]string{"number": number, "pin": pin})
	}
	by("101", cashierPIN).wantProblem(403, "role_forbidden", "")
	by("201", cashierPIN).wantProblem(401, "pin_wrong", "")
	code := by("201", managerPIN).want(200).get("code")
	b := h.tablet()
	ask := map[string]string{"till": string(h.tills[0].ID), "code": "00000000", "key": base64.RawURLEncoding.EncodeToString(b.point)}
	for range 4 {
		b.do("POST", "/v1/enrolments", ask).wantProblem(403, "enrolment_code_wrong", "")
	}
	h.as("").do("POST", "/v1/enrolments", ask).wantProblem(403, "till_key_wrong", "")
	ask["code"] = code
	b.do("POST", "/v1/enrolments", ask).wantProblem(429, "too_many_tries", "")
	h.pass(time.Minute)
	b.do("POST", "/v1/enrolments", ask).want(200)
}

// TestLoadTill: a till that is enrolled gets slots, no other.
func TestLoadTill(t *testing.T) {
	h := open(t, staffed)
	ask := map[string]any{"want": 1, "clock": h.now().Add(-90 * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")}
	h.mine().do("POST", "/v1/offline/slots", ask).wantProblem(403, "till_key_needed", "")
	h.person("101", cashierPIN).do("POST", "/v1/offline/slots", ask).wantProblem(403, "till_key_needed", "")
	b := h.tablet().bound().signIn()
	b.do("POST", "/v1/offline/slots", map[string]any{"want": 1}).wantProblem(400, "field_missing", "clock")
	for n := range 2 {
		var got struct {
			Slots []struct {
				Slot       int
				Salt, Hash string
			}
			Rounds         int
			Address, Reach string
		}
		a := b.do("POST", "/v1/offline/slots", ask).want(200)
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Slots) != 1 || got.Slots[0].Slot != n+1 || len(b64(t, got.Slots[0].Salt)) != 16 || len(b64(t, got.Slots[0].Hash)) != 32 ||
			got.Rounds != 600_000 || got.Address != "https://pay.example.cn/p/" || got.Reach != "public" {
			t.Errorf("%+v", got)
		}
	}
	k := h.mine().do("GET", "/v1/tills/"+string(h.tills[0].ID)+"/keys", nil).want(200).items()[0]
	if off, _ := k.find("clock_off_ms").(float64); off > -85_000 || off < -100_000 {
		t.Errorf("the till's clock is off by %v ms", off)
	}
}
