package office

import (
	"context"
	"crypto/hmac"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/store"
)

// How an enrolment code is guarded: it has 40 random bits, lives so long, and
// ends after so many wrong tries.
const (
	enrolmentLife  = 10 * time.Minute
	enrolmentTries = 5
	enrolmentBytes = 5 // eight characters of base32
	proofWithin    = 2 * time.Minute
	pointSize      = 65
)

// OfflineRule is what the house lets a till do without a line.
type OfflineRule struct {
	DigitsFen int64         // up to this amount eight digits count as a confirmation
	CodeLife  time.Duration // the longest that an offline code may live
	Public    string        // address that payers' phones reach this server at; empty: none
}

// UsualOffline is the rule of a shop that set nothing: 200 CNY, 10 minutes.
func UsualOffline() OfflineRule { return OfflineRule{DigitsFen: 20_000, CodeLife: 10 * time.Minute} }

// Trust gives the office the server's secret, of which the keys shared with
// tills are made, and the rule for tills without a line. It is called once,
// before the first request; an office without a secret enrols no till.
func (o *Office) Trust(secret []byte, r OfflineRule) error {
	k, err := deriveHouse(secret)
	if err == nil {
		o.keys, o.rule = k, r
	}
	return err
}

// PublicKeys are the points that a till needs of the house: one to share keys
// with, one to check confirmations by. Both are uncompressed.
func (o *Office) PublicKeys() (exchange, confirm []byte, err error) {
	if o.keys == nil {
		return nil, nil, errNoSecret
	}
	confirm, err = o.keys.confirm.PublicKey.Bytes()
	return o.keys.exchange.PublicKey().Bytes(), confirm, err
}

var errNoSecret = errors.New("office: no secret was given: tills cannot be enrolled")

// NewEnrolment makes the code that binds a browser to a till of a merchant. It
// takes the place of a code that waits.
func (o *Office) NewEnrolment(ctx context.Context, m guitai.MerchantID, id guitai.TillID, by guitai.StaffID) (string, time.Time, error) {
	if o.keys == nil {
		return "", time.Time{}, errNoSecret
	}
	b := make([]byte, enrolmentBytes)
	if _, err := io.ReadFull(o.rand, b); err != nil {
		return "", time.Time{}, err
	}
	code := strings.ToUpper(guitai.Base32(b))
	var until time.Time
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		t, err := till(&tx.ReadTx, id)
		if err == nil && t.Merchant != m {
			err = noTill()
		}
		if err != nil {
			return err
		}
		until = tx.Now().Add(enrolmentLife)
		return tx.SaveEnrolment(guitai.Enrolment{Till: id, CodeMAC: o.keys.codeMAC(code), By: by, CreatedAt: tx.Now(), ExpiresAt: until})
	})
	return code, until, err
}

// ManagerAt checks the number and PIN of a manager at a till where nobody can
// sign in yet. Tries are counted as for signing in.
func (o *Office) ManagerAt(ctx context.Context, id guitai.TillID, number, pin string) (guitai.Staff, error) {
	wrong := guitai.Fail(guitai.Forbidden, guitai.CodePINWrong)
	if !digits(number, shortestNumber, longestNumber) || !digits(pin, 6, 6) {
		return guitai.Staff{}, wrong
	}
	t, f, err := o.countTry(ctx, id, number)
	if err != nil {
		return guitai.Staff{}, err
	}
	right, err := o.checkPIN(ctx, f.PINHash, pin)
	switch {
	case err != nil:
		return guitai.Staff{}, err
	case !right:
		return guitai.Staff{}, wrong
	}
	err = o.store.InSerialTx(ctx, func(tx *store.Tx) error { return tx.SetPINTries(t.Shop, number, store.PINTries{}) })
	if err == nil && !f.Role.AtLeast(guitai.Manager) {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	return f, err
}

// foldCode reads a code as people type it: without regard to case, blanks and
// hyphens, and with the letters that the alphabet leaves out read as digits.
func foldCode(s string) string {
	if len(s) > 32 {
		return ""
	}
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(s))
}

// Bind binds the browser that holds a key to a till, by the code that a manager
// made for it. The proof is that of the request under the new key: a key on
// which the two sides do not agree is never bound. The till's key before is
// revoked. The same request again is answered as the first time.
func (o *Office) Bind(ctx context.Context, id guitai.TillID, code string, public []byte, p Proof) (guitai.TillKey, error) {
	var key guitai.TillKey
	if err := o.agreed(public, p); err != nil {
		return key, err
	}
	refused := false
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		key, refused, err = o.bind(tx, id, o.keys.codeMAC(foldCode(code)), public)
		return err
	})
	if err == nil && refused {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeEnrolmentWrong)
	}
	return key, err
}

// agreed checks that a request was sent by who holds the key that it brings.
func (o *Office) agreed(public []byte, p Proof) error {
	if o.keys == nil {
		return errNoSecret
	}
	if len(public) != pointSize {
		return guitai.FailField(guitai.CodeFieldInvalid, "key")
	}
	shared, err := share(o.keys.exchange, public)
	if err != nil {
		return guitai.FailField(guitai.CodeFieldInvalid, "key")
	}
	if p.Key != keyName(tokenOf(public)) {
		return guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyWrong)
	}
	return o.proves(p, shared)
}

// bind is Bind in its transaction. refused: the code was wrong, and that was
// counted.
func (o *Office) bind(tx *store.Tx, id guitai.TillID, codeMAC string, public []byte) (key guitai.TillKey, refused bool, err error) {
	t, err := till(&tx.ReadTx, id)
	if err != nil {
		return key, false, err
	}
	name := keyName(tokenOf(public))
	switch had, err := tx.TillKey(name); {
	case err == nil && had.Live() && had.Till == id:
		return had, false, nil // the answer to the first request was lost
	case err == nil:
		return had, false, guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyRevoked)
	case !errors.Is(err, store.ErrNoRow):
		return had, false, err
	}
	e, err := tx.Enrolment(id)
	if errors.Is(err, store.ErrNoRow) {
		return key, true, nil
	}
	if err != nil {
		return key, false, err
	}
	if !tx.Now().Before(e.ExpiresAt) || e.Tries >= enrolmentTries {
		return key, true, tx.DeleteEnrolment(id)
	}
	if !hmac.Equal([]byte(codeMAC), []byte(e.CodeMAC)) {
		e.Tries++
		return key, true, tx.SaveEnrolment(e)
	}
	if err := revokeLive(tx, id); err != nil {
		return key, false, err
	}
	key = guitai.TillKey{ID: name, Merchant: t.Merchant, Till: id, Public: public, By: e.By, BoundAt: tx.Now()}
	if err := tx.InsertTillKey(key); err != nil {
		return key, false, err
	}
	return key, false, tx.DeleteEnrolment(id)
}

// revokeLive revokes the key that a till has, if it has one.
func revokeLive(tx *store.Tx, id guitai.TillID) error {
	k, err := tx.BoundKey(id)
	if errors.Is(err, store.ErrNoRow) || err == nil && !k.Live() {
		return nil
	}
	if err != nil {
		return err
	}
	k.RevokedAt = tx.Now()
	return tx.UpdateTillKey(k)
}

// TillKeys lists the keys that a till ever had, newest first.
func (o *Office) TillKeys(ctx context.Context, m guitai.MerchantID, id guitai.TillID) ([]guitai.TillKey, error) {
	if _, err := o.TillOf(ctx, m, id); err != nil {
		return nil, err
	}
	var keys []guitai.TillKey
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		keys, err = tx.TillKeys(id)
		return err
	})
	return keys, err
}

// BoundTills tells which tills are bound to a browser of their own.
func (o *Office) BoundTills(ctx context.Context) (map[guitai.TillID]bool, error) {
	bound := map[guitai.TillID]bool{}
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		ids, err := tx.BoundTills()
		for _, id := range ids {
			bound[id] = true
		}
		return err
	})
	return bound, err
}

// Revoke ends a key at once. Its till stays bound: nobody signs in there before
// it is enrolled again or released. Revoking twice is no error.
func (o *Office) Revoke(ctx context.Context, m guitai.MerchantID, id guitai.TillID, name guitai.TillKeyID) (guitai.TillKey, error) {
	return o.end(ctx, m, id, func(tx *store.Tx) (guitai.TillKey, error) { return ended(tx, id, name) })
}

// Release revokes a key and lets its till work without one again, as before it
// was ever bound.
func (o *Office) Release(ctx context.Context, m guitai.MerchantID, id guitai.TillID, name guitai.TillKeyID) (guitai.TillKey, error) {
	return o.end(ctx, m, id, func(tx *store.Tx) (guitai.TillKey, error) {
		k, err := ended(tx, id, name)
		if err != nil {
			return k, err
		}
		all, err := tx.TillKeys(id)
		if err != nil {
			return k, err
		}
		for _, one := range all {
			if one.Live() || !one.ReleasedAt.IsZero() {
				continue // a live key that is another than the one named stays
			}
			one.ReleasedAt = tx.Now()
			if err := tx.UpdateTillKey(one); err != nil {
				return k, err
			}
		}
		k.ReleasedAt = tx.Now()
		return k, nil
	})
}

func (o *Office) end(ctx context.Context, m guitai.MerchantID, id guitai.TillID, do func(*store.Tx) (guitai.TillKey, error)) (guitai.TillKey, error) {
	if _, err := o.TillOf(ctx, m, id); err != nil {
		return guitai.TillKey{}, err
	}
	var k guitai.TillKey
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		k, err = do(tx)
		return err
	})
	return k, err
}

func ended(tx *store.Tx, id guitai.TillID, name guitai.TillKeyID) (guitai.TillKey, error) {
	missing := guitai.Fail(guitai.NotFound, guitai.CodeTillKeyNotFound)
	if guitai.ValidID(string(name)) != nil {
		return guitai.TillKey{}, missing
	}
	k, err := tx.TillKey(name)
	if errors.Is(err, store.ErrNoRow) || err == nil && k.Till != id {
		return guitai.TillKey{}, missing
	}
	if err != nil || !k.Live() {
		return k, err
	}
	k.RevokedAt = tx.Now()
	return k, tx.UpdateTillKey(k)
}

// AtTill checks that a request comes from the browser that a till is bound to.
// A till that is not bound takes any request that names no key.
func (o *Office) AtTill(ctx context.Context, id guitai.TillID, p Proof) (guitai.TillKey, error) {
	var k guitai.TillKey
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if p.Key == "" {
			k, err = tx.BoundKey(id)
		} else if guitai.ValidID(string(p.Key)) == nil {
			k, err = tx.TillKey(p.Key)
		} else {
			err = store.ErrNoRow
		}
		return err
	})
	unknown := errors.Is(err, store.ErrNoRow)
	switch {
	case err != nil && !unknown:
		return guitai.TillKey{}, err
	case p.Key == "" && unknown:
		return guitai.TillKey{}, nil
	case p.Key == "":
		return guitai.TillKey{}, guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyNeeded)
	case unknown || o.keys == nil:
		return guitai.TillKey{}, guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyWrong)
	}
	shared, err := share(o.keys.exchange, k.Public)
	if err != nil {
		return guitai.TillKey{}, err
	}
	if err := o.proves(p, shared); err != nil {
		return guitai.TillKey{}, err
	}
	switch {
	case !k.Live():
		return guitai.TillKey{}, guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyRevoked)
	case k.Till != id:
		return guitai.TillKey{}, guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyWrong)
	}
	return k, nil
}

// proves checks the MAC of a proof first and its time after: only who holds the
// key learns that its clock is wrong.
func (o *Office) proves(p Proof, shared tillKeys) error {
	ms, err := strconv.ParseInt(p.Time, 10, 64)
	if err != nil || strconv.FormatInt(ms, 10) != p.Time || !p.macs(shared.request) {
		return guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyWrong)
	}
	if ms < 0 || ms > 1<<50 || o.now().Sub(time.UnixMilli(ms)).Abs() > proofWithin {
		return guitai.Fail(guitai.Forbidden, guitai.CodeTillClockWrong)
	}
	return nil
}
