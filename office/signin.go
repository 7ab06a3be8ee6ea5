package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"guitai"
	"guitai/store"
)

// How guessing is slowed down: from the fifth wrong PIN on, a number is locked
// for longer each time, from the tenth on for half an hour. Other numbers of
// the shop are not touched.
const (
	freeTries   = 5
	firstLock   = 30 * time.Second
	longestLock = 30 * time.Minute
	sessionLife = 16 * time.Hour // a long shift; the screen locks sooner
)

// LockedError says until when a number is locked. It wraps a Limited error.
type LockedError struct {
	Until time.Time
	err   error
}

func (e *LockedError) Error() string { return e.err.Error() }
func (e *LockedError) Unwrap() error { return e.err }

// SignIn checks a number and PIN at a till and returns the session with its
// token, which is shown once and stored as a hash. A wrong number and a wrong
// PIN are told by the same error after the same work. The try is counted
// before the PIN is looked at, so that many guesses at once count as many.
func (o *Office) SignIn(ctx context.Context, till guitai.TillID, number, pin string) (guitai.Session, string, error) {
	if !digits(number, 3, 8) || !digits(pin, 6, 6) {
		return guitai.Session{}, "", guitai.Fail(guitai.Forbidden, guitai.CodePINWrong)
	}
	t, staff, err := o.countTry(ctx, till, number)
	if err != nil {
		return guitai.Session{}, "", err
	}
	right, err := o.checkPIN(ctx, staff.PINHash, pin)
	if err != nil {
		return guitai.Session{}, "", err
	}
	if !right {
		return guitai.Session{}, "", guitai.Fail(guitai.Forbidden, guitai.CodePINWrong)
	}
	return o.open(ctx, t, staff)
}

// countTry finds the till and the person, and counts one try.
func (o *Office) countTry(ctx context.Context, id guitai.TillID, number string) (t guitai.Till, f guitai.Staff, err error) {
	var until time.Time
	err = o.Store.InTx(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		until = time.Time{}
		if t, err = tx.Till(id); err != nil {
			if errors.Is(err, store.ErrNoRow) {
				return guitai.Fail(guitai.NotFound, guitai.CodeTillNotFound)
			}
			return err
		}
		tries, err := tx.PINTries(t.Shop, number)
		if err != nil {
			return err
		}
		if now.Before(tries.LockedUntil) {
			until = tries.LockedUntil
			return guitai.Fail(guitai.Limited, guitai.CodePINLocked)
		}
		tries.Tries++
		if tries.Tries >= freeTries {
			tries.LockedUntil = now.Add(lockFor(tries.Tries))
		}
		if err := tx.SetPINTries(t.Shop, number, tries); err != nil {
			return err
		}
		f, err = tx.StaffByNumber(t.Shop, number)
		if errors.Is(err, store.ErrNoRow) {
			f, err = guitai.Staff{}, nil
		}
		return err
	})
	if !until.IsZero() && err != nil {
		err = &LockedError{Until: until, err: err}
	}
	return t, f, err
}

// lockFor is how long a number is locked after so many tries.
func lockFor(tries int) time.Duration {
	if tries >= 2*freeTries {
		return longestLock
	}
	return min(firstLock<<(tries-freeTries), longestLock)
}

// open makes the session of a person who gave the right PIN.
func (o *Office) open(ctx context.Context, t guitai.Till, f guitai.Staff) (guitai.Session, string, error) {
	token, err := o.secret("")
	if err != nil {
		return guitai.Session{}, "", err
	}
	var s guitai.Session
	err = o.Store.InTx(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		if err := tx.SetPINTries(t.Shop, f.Number, store.PINTries{}); err != nil {
			return err
		}
		if err := tx.DeleteExpiredSessions(now); err != nil {
			return err
		}
		id, err := guitai.NewID[guitai.SessionID]("ses", now, o.Rand)
		if err != nil {
			return err
		}
		s = guitai.Session{ID: id, Merchant: guitai.Merchant{ID: f.Merchant}, Shop: guitai.Shop{ID: f.Shop}, Till: t,
			Staff: f, CreatedAt: now, ExpiresAt: now.Add(sessionLife)}
		if err := tx.InsertSession(hashOf(token), s); err != nil {
			return err
		}
		s, err = tx.Session(hashOf(token), now)
		return err
	})
	return s, token, err
}

// Session finds who holds a session token.
func (o *Office) Session(ctx context.Context, token string) (guitai.Session, error) {
	var s guitai.Session
	err := o.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		s, err = tx.Session(hashOf(token), o.now())
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return s, guitai.Fail(guitai.Forbidden, guitai.CodeSignedOut)
	}
	return s, err
}

// SignOut ends a session. Signing out twice is no error.
func (o *Office) SignOut(ctx context.Context, token string) error {
	return o.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DeleteSession(hashOf(token)) })
}

// keyPrefix begins every API key, so that one that was published by mistake is
// found by scanners.
const keyPrefix = "sk_"

// NewKey makes an API key for a merchant. The key is returned once and stored
// as a hash.
func (o *Office) NewKey(ctx context.Context, m guitai.MerchantID, name string) (string, error) {
	key, err := o.secret(keyPrefix)
	if err != nil {
		return "", err
	}
	err = o.Store.InTx(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		id, err := guitai.NewID[guitai.KeyID]("key", now, o.Rand)
		if err != nil {
			return err
		}
		return tx.InsertAPIKey(hashOf(key), store.APIKey{ID: id, Merchant: m, Name: name, CreatedAt: now})
	})
	return key, err
}

// KeyHolder finds whose program holds an API key. Keys have 256 random bits
// and are looked up by their hash: there is nothing to compare slowly.
func (o *Office) KeyHolder(ctx context.Context, key string) (guitai.MerchantID, error) {
	var k store.APIKey
	err := o.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		k, err = tx.APIKey(hashOf(key))
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return "", guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong)
	}
	return k.Merchant, err
}

// secret makes 256 random bits as text.
func (o *Office) secret(prefix string) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(o.Rand, b); err != nil {
		return "", err
	}
	return prefix + guitai.Base32(b), nil
}

// hashOf is how tokens and keys are stored. They are random enough that a fast
// hash is as good as a slow one.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
