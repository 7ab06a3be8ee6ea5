package office_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/office"
	"guitai/qr"
)

// browser is what a till's browser holds, reckoned here once more by the page
// docs/offline-qr.md and not by the office's code.
type browser struct {
	t       testing.TB
	point   []byte
	token   qr.Token
	request []byte
	code    []byte
}

func newBrowser(t testing.TB, o *office.Office) *browser {
	t.Helper()
	exchange, _, err := o.PublicKeys()
	if err != nil {
		t.Fatal(err)
	}
	server, err := ecdh.P256().NewPublicKey(exchange)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := mine.ECDH(server)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, point: mine.PublicKey().Bytes()}
	salt := sha256.Sum256(append(bytes.Clone(exchange), b.point...))
	for info, into := range map[string]*[]byte{"guitai till request 1": &b.request, "guitai till code 1": &b.code} {
		if *into, err = hkdf.Key(sha256.New, shared, salt[:], info, 32); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(b.point)
	copy(b.token[:], sum[:])
	return b
}

func (b *browser) name() guitai.TillKeyID {
	return guitai.TillKeyID("tky_" + guitai.Base32(b.token[:]))
}

// proof is the proof of a request at a time of the till's.
func (b *browser) proof(at time.Time) office.Proof {
	p := office.Proof{Key: b.name(), Time: strconv.FormatInt(at.UnixMilli(), 10), Method: "POST", URI: "/v1/x?y=1", Body: sha256.Sum256([]byte("{}"))}
	h := hmac.New(sha256.New, b.request)
	h.Write([]byte("guitai till request 1\nPOST\n/v1/x?y=1\n" + p.Time + "\n" + base64.RawURLEncoding.EncodeToString(p.Body[:])))
	p.MAC = base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	return p
}

// trusted is a desk with a shop, that knows the server's secret.
func trusted(t *testing.T, dsn string) (*desk, guitai.MerchantID, []guitai.Till) {
	t.Helper()
	d := open(t, dsn, rand.Reader)
	if err := d.Trust(bytes.Repeat([]byte{7}, 32), office.UsualOffline()); err != nil {
		t.Fatal(err)
	}
	n := newShop("一家")
	n.People = nil
	m, err := d.OpenShop(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	tills, _, err := d.Tills(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d, m.ID, tills
}

func (d *desk) now() time.Time { return time.Now().Add(time.Duration(d.shift.Load())) }

func wantCode(t testing.TB, what string, err error, want guitai.Code) {
	t.Helper()
	got := guitai.AsError(err)
	if want == "" && err == nil || got != nil && got.Code == want {
		return
	}
	t.Errorf("%s: %v, want %q", what, err, want)
}

// enrolled is a browser that is bound to a till.
func (d *desk) enrolled(t testing.TB, m guitai.MerchantID, id guitai.TillID) *browser {
	t.Helper()
	b := newBrowser(t, d.Office)
	code, _, err := d.NewEnrolment(context.Background(), m, id, "stf_1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Bind(context.Background(), id, code, b.point, b.proof(d.now())); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEnrolment: a till's whole life with keys, on both databases.
func TestEnrolment(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		d, m, tills := trusted(t, dsn)
		ctx, id := t.Context(), tills[0].ID
		at := func(what string, id guitai.TillID, p office.Proof, want guitai.Code) {
			t.Helper()
			_, err := d.AtTill(ctx, id, p)
			wantCode(t, what, err, want)
		}
		at("unbound", id, office.Proof{}, "")
		b := newBrowser(t, d.Office)
		at("a key that nobody knows", id, b.proof(d.now()), guitai.CodeTillKeyWrong)

		code, until, err := d.NewEnrolment(ctx, m, id, "stf_1")
		if err != nil || len(code) != 8 || until.Sub(d.now()) > 10*time.Minute || until.Sub(d.now()) < 9*time.Minute {
			t.Fatalf("%q until %v, %v", code, until, err)
		}
		_, _, err = d.NewEnrolment(ctx, "mer_other", id, "")
		wantCode(t, "another merchant's till", err, guitai.CodeTillNotFound)
		_, err = d.Bind(ctx, tills[1].ID, code, b.point, b.proof(d.now()))
		wantCode(t, "at another till", err, guitai.CodeEnrolmentWrong)
		_, err = d.Bind(ctx, id, code, newBrowser(t, d.Office).point, b.proof(d.now()))
		wantCode(t, "another's key", err, guitai.CodeTillKeyWrong)
		_, err = d.Bind(ctx, id, code, b.point, b.proof(d.now().Add(-3*time.Minute)))
		wantCode(t, "a wrong clock", err, guitai.CodeTillClockWrong)

		typed := strings.ToLower(code[:4]) + "-" + strings.NewReplacer("0", "o", "1", "l").Replace(code[4:]) + " "
		for range 2 { // the first answer may be lost
			k, err := d.Bind(ctx, id, typed, b.point, b.proof(d.now()))
			if err != nil || k.ID != b.name() || k.By != "stf_1" || !k.Live() {
				t.Fatalf("%+v %v", k, err)
			}
		}
		late := newBrowser(t, d.Office)
		_, err = d.Bind(ctx, id, code, late.point, late.proof(d.now()))
		wantCode(t, "a code is good once", err, guitai.CodeEnrolmentWrong)
		at("without its key", id, office.Proof{}, guitai.CodeTillKeyNeeded)
		at("with its key", id, b.proof(d.now()), "")
		at("at the other till", tills[1].ID, b.proof(d.now()), guitai.CodeTillKeyWrong)
		for _, off := range []time.Duration{-121 * time.Second, 121 * time.Second} {
			at("too far off", id, b.proof(d.now().Add(off)), guitai.CodeTillClockWrong)
		}
		for what, spoil := range map[string]func(*office.Proof){
			"method": func(p *office.Proof) { p.Method = "GET" }, "address": func(p *office.Proof) { p.URI += "&z" },
			"body": func(p *office.Proof) { p.Body[0]++ }, "time": func(p *office.Proof) { p.Time += "0" },
			"time in words": func(p *office.Proof) { p.Time = "+" + p.Time }, "seal": func(p *office.Proof) { p.MAC = p.MAC[1:] },
			"no seal": func(p *office.Proof) { p.MAC = "" }, "key": func(p *office.Proof) { p.Key = "tky_no\x00such" },
		} {
			p := b.proof(d.now())
			spoil(&p)
			at("another "+what, id, p, guitai.CodeTillKeyWrong)
		}
		testRevoke(t, d, m, id, b)
	})
}

// testRevoke goes on with a bound till.
func testRevoke(t *testing.T, d *desk, m guitai.MerchantID, id guitai.TillID, b *browser) {
	ctx := t.Context()
	second := d.enrolled(t, m, id)
	_, err := d.AtTill(ctx, id, b.proof(d.now()))
	wantCode(t, "the browser before", err, guitai.CodeTillKeyRevoked)
	_, err = d.AtTill(ctx, id, second.proof(d.now()))
	wantCode(t, "the browser now", err, "")
	code, _, err := d.NewEnrolment(ctx, m, id, "")
	wantCode(t, "a code", err, "")
	_, err = d.Bind(ctx, id, code, b.point, b.proof(d.now()))
	wantCode(t, "a revoked key comes back", err, guitai.CodeTillKeyRevoked)

	_, err = d.Revoke(ctx, m, id, "tky_none")
	wantCode(t, "no such key", err, guitai.CodeTillKeyNotFound)
	_, err = d.Revoke(ctx, "mer_other", id, second.name())
	wantCode(t, "another merchant", err, guitai.CodeTillNotFound)
	for range 2 {
		k, err := d.Revoke(ctx, m, id, second.name())
		if err != nil || k.Live() {
			t.Fatalf("%+v %v", k, err)
		}
	}
	_, err = d.AtTill(ctx, id, second.proof(d.now()))
	wantCode(t, "revoked", err, guitai.CodeTillKeyRevoked)
	_, err = d.AtTill(ctx, id, office.Proof{})
	wantCode(t, "revoked and silent about it", err, guitai.CodeTillKeyNeeded)
	bound, err := d.BoundTills(ctx)
	if err != nil || len(bound) != 1 || !bound[id] {
		t.Errorf("%v %v", bound, err)
	}
	if k, err := d.Release(ctx, m, id, second.name()); err != nil || k.ReleasedAt.IsZero() {
		t.Errorf("%+v %v", k, err)
	}
	_, err = d.AtTill(ctx, id, office.Proof{})
	wantCode(t, "released", err, "")
	_, err = d.AtTill(ctx, id, second.proof(d.now()))
	wantCode(t, "released, under the old key", err, guitai.CodeTillKeyRevoked)
	keys, err := d.TillKeys(ctx, m, id)
	if err != nil || len(keys) != 2 || keys[0].ID != second.name() && keys[1].ID != second.name() {
		t.Errorf("%+v %v", keys, err)
	}
}

// TestEnrolmentCodeEnds: by time, by five wrong tries, by a newer one.
func TestEnrolmentCodeEnds(t *testing.T) {
	d, m, tills := trusted(t, testkit.SQLite(t))
	ctx, id := t.Context(), tills[0].ID
	b := newBrowser(t, d.Office)
	bind := func(code string) error {
		_, err := d.Bind(ctx, id, code, b.point, b.proof(d.now()))
		return err
	}
	wantCode(t, "no code was made", bind("00000000"), guitai.CodeEnrolmentWrong)
	first, _, err := d.NewEnrolment(ctx, m, id, "")
	wantCode(t, "first", err, "")
	second, _, err := d.NewEnrolment(ctx, m, id, "")
	wantCode(t, "second", err, "")
	for range 4 {
		wantCode(t, "the code before", bind(first), guitai.CodeEnrolmentWrong)
	}
	d.shift.Store(int64(10*time.Minute + time.Second))
	wantCode(t, "too late", bind(second), guitai.CodeEnrolmentWrong)
	third, _, err := d.NewEnrolment(ctx, m, id, "")
	wantCode(t, "third", err, "")
	for range 5 {
		wantCode(t, "wrong", bind("ZZZZZZZZ"), guitai.CodeEnrolmentWrong)
	}
	wantCode(t, "after five wrong tries", bind(third), guitai.CodeEnrolmentWrong)
	fourth, _, err := d.NewEnrolment(ctx, m, id, "")
	wantCode(t, "fourth", err, "")
	wantCode(t, "right", bind(fourth), "")
}

// TestOneBrowserWins: of many browsers with one code one is bound.
func TestOneBrowserWins(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		d, m, tills := trusted(t, dsn)
		code, _, err := d.NewEnrolment(t.Context(), m, tills[0].ID, "")
		if err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		won := make(chan guitai.TillKeyID, 8)
		for range cap(won) {
			b := newBrowser(t, d.Office)
			work.Go(func() {
				if k, err := d.Bind(context.Background(), tills[0].ID, code, b.point, b.proof(d.now())); err == nil {
					won <- k.ID
				}
			})
		}
		work.Wait()
		if len(won) != 1 {
			t.Errorf("%d browsers were bound", len(won))
		}
	})
}

// TestNoSecret: an office that was given none enrols nobody and says so.
func TestNoSecret(t *testing.T) {
	o := open(t, testkit.SQLite(t), rand.Reader)
	if _, _, err := o.NewEnrolment(t.Context(), "m", "t", ""); err == nil {
		t.Error("a code without a secret")
	}
	if _, err := o.AtTill(t.Context(), "til_1", office.Proof{Key: "tky_1"}); !guitai.Forbidden.Is(err) {
		t.Error(err)
	}
	if err := o.Trust([]byte("short"), office.UsualOffline()); err == nil {
		t.Error("a short secret was taken")
	}
}
