package mint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestChain(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	pairs, err := Pairs(3)
	if err != nil {
		t.Fatal(err)
	}
	paper := func(name string) Paper { return Paper{pkix.Name{CommonName: name}, 5, now, 5} }
	root, rootPEM, err := NewAuthority(paper("root"), pairs[0], Authority{})
	if err != nil {
		t.Fatal(err)
	}
	middle, middlePEM, err := NewAuthority(paper("middle"), pairs[1], root)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := middle.Issue(paper("leaf"), pairs[2].Public())
	if err != nil {
		t.Fatal(err)
	}
	f := Folder(filepath.Join(t.TempDir(), "keys"))
	if f.Has("chain.pem") {
		t.Error("a file that nobody wrote")
	}
	if err := errors.Join(f.Make(), f.Write("chain.pem", append(leaf, middlePEM...))); err != nil {
		t.Fatal(err)
	}
	text, chain, err := f.Certificates("chain.pem")
	if err != nil || len(chain) != 2 || !bytes.HasPrefix(text, leaf) {
		t.Fatal(len(chain), err)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(rootPEM)
	between.AddCert(chain[1])
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now}); err != nil {
		t.Error(err)
	}
	if n := chain[0].SerialNumber.BitLen(); n < 37 || n > 39 {
		t.Errorf("a number of %d bits", n)
	}
	if _, err := Template(Paper{}); err == nil {
		t.Error("a certificate without a number")
	}
}

func TestFolder(t *testing.T) {
	f := Folder(t.TempDir())
	pairs, err := Pairs(1)
	if err != nil {
		t.Fatal(err)
	}
	odd, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(f.WriteKey("key.pem", pairs[0]), f.WritePublic("public.pem", pairs[0].Public()), f.WriteKey("odd.pem", odd),
		f.Write("text", []byte("geheim")), f.WriteWords("words.json", map[string]string{"a": "b"}))
	if err != nil {
		t.Fatal(err)
	}
	if key, err := f.Key("key.pem"); err != nil || !key.Equal(pairs[0]) {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(string(f), "key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	for _, name := range []string{"public.pem", "odd.pem", "text", "nothing"} {
		if _, err := f.Key(name); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"key.pem", "text", "nothing"} {
		if _, _, err := f.Certificates(name); err == nil {
			t.Errorf("%s has certificates", name)
		}
	}
	var words map[string]string
	if err := f.ReadWords("words.json", &words); err != nil || words["a"] != "b" {
		t.Error(words, err)
	}
	if err := f.ReadWords("text", &words); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Error(err)
	}
}
