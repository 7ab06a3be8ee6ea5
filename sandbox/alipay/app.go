package alipay

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"
	"time"

	"guitai/sandbox/book"
)

// app is an application that may call the gateway.
type app struct {
	id       string
	provider bool // a service provider's: it works for merchants, by their tokens
	key      *rsa.PublicKey
	certSN   string
}

// merchant is whose money a call is about.
type merchant struct {
	appID    string // auth_app_id
	sellerID string
}

// errToken is what the gateway says to a token that is not, or not this app's.
var errToken = &failure{head: head{"20001", "Insufficient Token Permissions", "aop.invalid-app-auth-token", "无效的应用授权令牌"}}

// shop says for which merchant an app calls with a token. A service provider's
// own app has no money of its own here.
func (k *keys) shop(a app, token string) (merchant, error) {
	own := merchant{k.AppID, k.SellerID}
	switch {
	case !a.provider && token == "":
		return own, nil
	case !a.provider || token == "":
		return merchant{}, errToken
	case token == k.ProviderToken1:
		return own, nil
	case token == k.ProviderToken2:
		return merchant{k.AuthAppID2, k.SellerID2}, nil
	}
	return merchant{}, errToken
}

// seller is whose order it is; the first merchant's, where an older version
// wrote it down.
func (p *Provider) seller(o book.Order) string { return cmp.Or(o.Extra["seller"], p.keys.SellerID) }

// told is how a payer is named to an app: older apps get the user number, newer
// ones, such as the service provider's, a name that is of use only to them.
func (p *Provider) told(appID string, who book.Payer) (userID, openID string) {
	if !p.keys.apps[appID].provider {
		return who.OpenID, ""
	}
	sum := sha256.Sum256([]byte(appID + "/" + who.OpenID))
	return "", "0" + hex.EncodeToString(sum[:])[:46]
}

// buyer finds a payer by one of the two names.
func (p *Provider) buyer(appID, userID, openID string) (book.Payer, bool, error) {
	if (userID == "") == (openID == "") {
		return book.Payer{}, false, nil
	}
	all, err := p.book.Payers(book.Alipay)
	if err != nil {
		return book.Payer{}, false, err
	}
	for _, who := range all {
		if _, open := p.told(appID, who); userID == who.OpenID || open != "" && openID == open {
			return who, true, nil
		}
	}
	return book.Payer{}, false, nil
}

// slips are secrets that were handed out and count for a while.
type slips[T any] struct {
	mu   sync.Mutex
	kept map[string]slip[T]
}

type slip[T any] struct {
	what T
	till time.Time
}

// maxSlips is how many may be out at a time; those whose time is over go when
// there are many.
const (
	maxSlips  = 10_000
	manySlips = 64
)

// give hands a fresh secret out.
func (s *slips[T]) give(random io.Reader, what T, now, till time.Time) (string, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]slip[T]{}
	}
	if len(s.kept) >= manySlips {
		for name, old := range s.kept {
			if now.After(old.till) || len(s.kept) >= maxSlips {
				delete(s.kept, name)
			}
		}
	}
	name := hex.EncodeToString(raw)
	s.kept[name] = slip[T]{what, till}
	return name, nil
}

// look returns what a secret stands for, while it counts.
func (s *slips[T]) look(name string, now time.Time) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got, ok := s.kept[name]
	if !ok || !now.Before(got.till) {
		var none T
		return none, false
	}
	return got.what, true
}

// take is look, once.
func (s *slips[T]) take(name string, now time.Time) (T, bool) {
	what, ok := s.look(name, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, still := s.kept[name]
	delete(s.kept, name)
	return what, ok && still
}
