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

	shortestNumber, longestNumber = 3, 8 // digits of a staff number
)

// LockedError says until when a number is locked. It wraps a Limited error.
type LockedError struct {
	Until time.Time
	err   error
}

func (e *LockedError) Error() string { return e.err.Error() }
func (e *LockedError) Unwrap() error { return e.err }

// MayTry tells whether a number may be tried at a till now, before any work is
// spent on it: nil, till_not_found, or a LockedError. It says nothing about
// whether the number is somebody's.
func (o *Office) MayTry(ctx context.Context, id guitai.TillID, number string) error {
	if !digits(number, shortestNumber, longestNumber) {
		return nil
	}
	var tries store.PINTries
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		t, err := till(tx, id)
		if err != nil {
			return err
		}
		tries, err = tx.PINTries(t.Shop, number)
		return err
	})
	if err != nil {
		return err
	}
	return locked(tries, o.now())
}

func locked(tries store.PINTries, now time.Time) error {
	if now.Before(tries.LockedUntil) {
		return &LockedError{Until: tries.LockedUntil, err: guitai.Fail(guitai.Limited, guitai.CodePINLocked)}
	}
	return nil
}

// SignIn checks a number and PIN at a till and returns the session with its
// token, which is shown once and stored as a hash. A wrong number and a wrong
// PIN are told by the same error after the same work. The try is counted
// before the PIN is looked at, so that many guesses at once count as many.
func (o *Office) SignIn(ctx context.Context, id guitai.TillID, number, pin string) (guitai.Session, string, error) {
	t, f, err := o.person(ctx, id, number, pin)
	if err != nil {
		return guitai.Session{}, "", err
	}
	return o.enter(ctx, guitai.Session{Till: t, Staff: f})
}

// SignInAway signs a manager in at the office, on a phone of the manager's own:
// the till only says which shop. Such a session looks and approves, and does
// nothing that a till does.
func (o *Office) SignInAway(ctx context.Context, id guitai.TillID, number, pin string) (guitai.Session, string, error) {
	t, f, err := o.person(ctx, id, number, pin)
	if err == nil && !f.Role.AtLeast(guitai.Manager) {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	if err != nil {
		return guitai.Session{}, "", err
	}
	return o.enter(ctx, guitai.Session{Till: t, Staff: f, Away: true})
}

// person finds the till and whose number and PIN they are.
func (o *Office) person(ctx context.Context, id guitai.TillID, number, pin string) (guitai.Till, guitai.Staff, error) {
	wrong := guitai.Fail(guitai.Forbidden, guitai.CodePINWrong)
	if !digits(number, shortestNumber, longestNumber) || !digits(pin, 6, 6) {
		return guitai.Till{}, guitai.Staff{}, wrong
	}
	t, f, err := o.countTry(ctx, id, number)
	if err != nil {
		return t, f, err
	}
	right, err := o.checkPIN(ctx, f.PINHash, pin)
	if err == nil && !right {
		err = wrong
	}
	return t, f, err
}

// ApprovalRequest asks a manager's leave for one deed.
type ApprovalRequest struct {
	Till   guitai.TillID
	Number string // of the manager
	PIN    string
	Deed   guitai.Deed
	Amount guitai.Money

	AskedBy guitai.StaffID // who is at the till
}

// approvalLife is how long a manager's leave waits for its deed.
const approvalLife = 5 * time.Minute

// Approve checks a manager's number and PIN at a till and returns a token that
// lets one deed of this amount at this till pass, once. Tries count as those of
// signing in.
func (o *Office) Approve(ctx context.Context, r ApprovalRequest) (token string, until time.Time, err error) {
	if r.Deed != guitai.DeedPayment && r.Deed != guitai.DeedRefund {
		return "", until, guitai.FailField(guitai.CodeFieldInvalid, "deed")
	}
	t, f, err := o.person(ctx, r.Till, r.Number, r.PIN)
	if err != nil {
		return "", until, err
	}
	if token, err = o.secret("ap_"); err != nil {
		return "", until, err
	}
	err = o.store.InTx(ctx, func(tx *store.Tx) error {
		until = tx.Now().Add(approvalLife)
		if err := tx.SetPINTries(t.Shop, f.Number, store.PINTries{}); err != nil {
			return err
		}
		if !f.Role.AtLeast(guitai.Manager) {
			return guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
		}
		id, err := guitai.NewID[string]("apr", tx.Now(), o.rand)
		if err != nil {
			return err
		}
		return tx.InsertApproval(hashOf(token), store.Approval{ID: id, Merchant: t.Merchant, Shop: t.Shop, Till: t.ID, Staff: f.ID,
			AskedBy: r.AskedBy, Deed: r.Deed, Amount: r.Amount, Expires: until})
	})
	return token, until, err
}

// ApprovalHash is the name under which an approval is stored.
func ApprovalHash(token string) string { return hashOf(token) }

// countTry finds the till and the person, and counts one try. Nobody is an
// empty person.
func (o *Office) countTry(ctx context.Context, id guitai.TillID, number string) (t guitai.Till, f guitai.Staff, err error) {
	err = o.store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if t, err = till(&tx.ReadTx, id); err != nil {
			return err
		}
		tries, err := tx.PINTries(t.Shop, number)
		if err != nil {
			return err
		}
		if err := locked(tries, tx.Now()); err != nil {
			return err
		}
		tries.Tries++
		if tries.Tries >= freeTries {
			tries.LockedUntil = tx.Now().Add(lockFor(tries.Tries))
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
	return t, f, err
}

// lockFor is how long a number is locked after so many tries.
func lockFor(tries int) time.Duration {
	if tries >= 2*freeTries {
		return longestLock
	}
	return min(firstLock<<(tries-freeTries), longestLock)
}

// enter makes the session of a person who gave the right PIN.
func (o *Office) enter(ctx context.Context, who guitai.Session) (guitai.Session, string, error) {
	t, f := who.Till, who.Staff
	token, err := o.secret("")
	if err != nil {
		return guitai.Session{}, "", err
	}
	var s guitai.Session
	err = o.store.InTx(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		if err := tx.SetPINTries(t.Shop, f.Number, store.PINTries{}); err != nil {
			return err
		}
		if err := tx.DeleteExpiredSessions(now); err != nil {
			return err
		}
		id, err := guitai.NewID[guitai.SessionID]("ses", now, o.rand)
		if err != nil {
			return err
		}
		s = guitai.Session{ID: id, Away: who.Away, Merchant: guitai.Merchant{ID: f.Merchant}, Shop: guitai.Shop{ID: f.Shop}, Till: t,
			Staff: f, CreatedAt: now, ExpiresAt: now.Add(sessionLife)}
		if err := tx.InsertSession(hashOf(token), s); err != nil {
			return err
		}
		s, err = tx.Session(hashOf(token), now)
		if errors.Is(err, store.ErrNoRow) { // the person left while the PIN was looked at
			err = guitai.Fail(guitai.Forbidden, guitai.CodePINWrong)
		}
		return err
	})
	return s, token, err
}

// Session finds who holds a session token.
func (o *Office) Session(ctx context.Context, token string) (guitai.Session, error) {
	var s guitai.Session
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
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
	return o.store.InTx(ctx, func(tx *store.Tx) error { return tx.DeleteSession(hashOf(token)) })
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
	err = o.store.InTx(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		id, err := guitai.NewID[guitai.KeyID]("key", now, o.rand)
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
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
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
	if _, err := io.ReadFull(o.rand, b); err != nil {
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
