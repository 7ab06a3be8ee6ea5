package office

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"time"

	"guitai"
	"guitai/qr"
	"guitai/store"
)

// How many slots a till is given: so many at a time, and no more than that in
// an hour, because each costs a third of a second of a core.
const (
	slotsAtOnce  = 5
	slotsPerHour = 120
	slotsWithin  = 2 * time.Second // no further one is begun after this long
	saltSize     = 16
	digitCount   = 8
)

// Slot is what a till is given of eight digits: not the digits.
type Slot struct {
	N    uint32
	Salt []byte
	Hash []byte
}

// Load is what a till needs to take QR money without a line.
type Load struct {
	Slots  []Slot
	Rounds int
	Rule   OfflineRule
	Reach  Reach
}

// Reach says who can reach the server's public address.
type Reach string

// The reaches.
const (
	ReachAll      Reach = "public"
	ReachPrivate  Reach = "private"  // only phones in the shop's own network
	ReachLoopback Reach = "loopback" // only this machine
	ReachNone     Reach = "none"     // no address is set
)

// reach judges an address by its text: names are not looked up, because the
// payer's phone would ask another server for them.
func reach(public string) Reach {
	u, err := url.Parse(public)
	if err != nil || u.Hostname() == "" {
		return ReachNone
	}
	if u.Hostname() == "localhost" {
		return ReachLoopback
	}
	ip, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil:
		return ReachAll
	case ip.IsLoopback():
		return ReachLoopback
	case ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified():
		return ReachPrivate
	}
	return ReachAll
}

// LoadTill gives an enrolled till up to want more slots, fewer when the machine
// is busy, and keeps how far its own clock is off ours.
func (o *Office) LoadTill(ctx context.Context, k guitai.TillKey, want int, clock time.Time) (Load, error) {
	l := Load{Rounds: digitsRounds, Rule: o.rule, Reach: reach(o.rule.Public)}
	if o.keys == nil || k.ID == "" {
		return l, guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyNeeded)
	}
	shared, err := share(o.keys.exchange, k.Public)
	if err != nil {
		return l, err
	}
	if err := o.measured(ctx, k, clock); err != nil {
		return l, err
	}
	// Whoever waits for the answer gives up after a while: what is made by then
	// is worth more than all of it too late.
	begun := o.now()
	for range min(max(want, 0), slotsAtOnce) {
		s, err := o.newSlot(ctx, k, shared.digits)
		if err != nil {
			return l, err
		}
		l.Slots = append(l.Slots, s)
		if o.now().Sub(begun) > slotsWithin {
			break
		}
	}
	return l, nil
}

// measured keeps how far a till's own clock is off ours.
func (o *Office) measured(ctx context.Context, k guitai.TillKey, clock time.Time) error {
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		now, err := liveKey(tx, k.ID)
		if err != nil {
			return err
		}
		now.ClockOff = min(max(clock.Sub(tx.Now()), -clockBounds), clockBounds)
		return tx.UpdateTillKey(now)
	})
}

func liveKey(tx *store.Tx, id guitai.TillKeyID) (guitai.TillKey, error) {
	k, err := tx.TillKey(id)
	if err == nil && !k.Live() {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeTillKeyRevoked)
	}
	return k, err
}

// newSlot makes eight digits, keeps them sealed and hashes them for the till.
func (o *Office) newSlot(ctx context.Context, k guitai.TillKey, key []byte) (Slot, error) {
	s := Slot{Salt: make([]byte, saltSize)}
	digits, err := o.eightDigits()
	if err != nil {
		return s, err
	}
	if _, err := io.ReadFull(o.rand, s.Salt); err != nil {
		return s, err
	}
	if s.N, err = o.storeSlot(ctx, k, digits); err != nil {
		return s, err
	}
	s.Hash, err = o.hashDigits(ctx, key, s, digits)
	return s, err
}

// storeSlot keeps new digits, sealed, and returns their slot.
func (o *Office) storeSlot(ctx context.Context, k guitai.TillKey, digits string) (uint32, error) {
	var n uint32
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		if _, err := liveKey(tx, k.ID); err != nil {
			return err
		}
		lately, err := tx.OfflineSlotsSince(k.ID, tx.Now().Add(-time.Hour))
		if err == nil && lately >= slotsPerHour {
			err = guitai.Fail(guitai.Limited, guitai.CodeOfflineSlotsOver)
		}
		if err != nil {
			return err
		}
		last, err := tx.LastOfflineSlot(k.ID)
		if err != nil {
			return err
		}
		n = last + 1
		s := guitai.OfflineSlot{Key: k.ID, Slot: n, CreatedAt: tx.Now()}
		if s.Sealed, err = o.keys.seal(slotName(k.ID, n), digits, o.rand); err != nil {
			return err
		}
		return tx.InsertOfflineSlot(s)
	})
	return n, err
}

// clockBounds is as far as a till's clock is believed to be off: a century.
const clockBounds = 100 * 365 * 24 * time.Hour

// slotName binds sealed digits to their place.
func slotName(k guitai.TillKeyID, slot uint32) string { return string(k) + "/" + fmt.Sprint(slot) }

// hashDigits waits for its turn and hashes: one at a time, so that tills that
// load cannot take the machine from those that sell.
func (o *Office) hashDigits(ctx context.Context, key []byte, s Slot, digits string) ([]byte, error) {
	select {
	case o.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, guitai.Fail(guitai.Unavailable, guitai.CodeStoreBusy, ctx.Err())
	}
	defer func() { <-o.slots }()
	return digitsHash(key, s.N, digits, s.Salt)
}

// eightDigits draws eight digits, each of the hundred million equally likely.
func (o *Office) eightDigits() (string, error) {
	const most, all = 100_000_000, 1 << 32
	var b [4]byte
	for {
		if _, err := io.ReadFull(o.rand, b[:]); err != nil {
			return "", err
		}
		n := uint64(binary.BigEndian.Uint32(b[:]))
		if n < all/most*most {
			return fmt.Sprintf("%0*d", digitCount, n%most), nil
		}
	}
}

// Claim is what a payer's phone brought: an offline code that one of our tills
// made. Whether it has expired the switch says, which knows what came of it.
type Claim struct {
	Key  guitai.TillKey
	Till guitai.Till
	qr.Offline
}

// driftWithin is how far a till's corrected clock may have run off since it was
// last measured.
const driftWithin = 2 * time.Minute

// ReadCode proves an offline code. Nothing is stored. A code that is not ours
// and a code whose seal is wrong are told by the same error.
func (o *Office) ReadCode(ctx context.Context, text string) (Claim, error) {
	unknown := guitai.Fail(guitai.NotFound, guitai.CodeOfflineUnknown)
	token, err := qr.OfflineKey(text)
	if err != nil || o.keys == nil {
		return Claim{}, unknown
	}
	var c Claim
	err = o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if c.Key, err = tx.TillKey(keyName(token)); err != nil {
			return err
		}
		c.Till, err = tx.Till(c.Key.Till)
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return Claim{}, unknown
	}
	if err != nil {
		return Claim{}, err
	}
	shared, err := share(o.keys.exchange, c.Key.Public)
	if err != nil {
		return Claim{}, err
	}
	if c.Offline, err = qr.ReadOffline(text, shared.code); err != nil {
		return Claim{}, unknown
	}
	switch {
	case !c.Key.Live():
		return Claim{}, guitai.Fail(guitai.Conflict, guitai.CodeOfflineRevoked)
	case c.Expires.After(o.now().Add(o.rule.CodeLife + driftWithin)):
		return Claim{}, guitai.Fail(guitai.Conflict, guitai.CodeOfflineClock)
	}
	return c, nil
}

// Confirmed is what the paid page shows for the till to believe.
type Confirmed struct {
	QR     string
	Digits string // empty: the code had no slot, or the slot was another payment's
}

// Confirm words the confirmation of a paid payment for the code of its bill
// that was opened last; false when none was. It is the same as often as it is
// asked for.
func (o *Office) Confirm(ctx context.Context, p guitai.Payment) (Confirmed, bool, error) {
	if o.keys == nil || p.State != guitai.PaymentPaid || p.Sale == "" {
		return Confirmed{}, false, nil
	}
	var code guitai.OfflineCode
	var key guitai.TillKey
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if code, err = tx.OfflineCodeOf(p.Merchant, p.Sale, p.Tender, p.Amount); err != nil {
			return err
		}
		key, err = tx.TillKey(code.Key)
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return Confirmed{}, false, nil
	}
	if err != nil {
		return Confirmed{}, false, err
	}
	c := qr.Confirmation{Key: tokenOf(key.Public), Amount: p.Amount, PaidAt: p.PaidAt.Truncate(time.Second), Sale: p.Sale, Tender: p.Tender}
	nonce, err := hex.DecodeString(code.Nonce)
	if err != nil || len(nonce) != len(c.Nonce) {
		return Confirmed{}, false, errors.Join(err, errors.New("office: a stored nonce cannot be read"))
	}
	copy(c.Nonce[:], nonce)
	out := Confirmed{}
	if out.QR, err = c.Sign(o.keys.confirm); err != nil {
		return Confirmed{}, false, err
	}
	out.Digits, err = o.digitsFor(ctx, code, p)
	return out, err == nil, err
}

// digitsFor opens the digits of a code's slot for the payment that the slot was
// used for first.
func (o *Office) digitsFor(ctx context.Context, code guitai.OfflineCode, p guitai.Payment) (string, error) {
	if code.Slot == 0 {
		return "", nil
	}
	var s guitai.OfflineSlot
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		if err = tx.TakeOfflineSlot(code.Key, code.Slot, p.ID); err == nil {
			s, err = tx.OfflineSlot(code.Key, code.Slot)
		}
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return "", nil // no such slot, or another payment's
	}
	if err != nil {
		return "", err
	}
	return o.keys.open(slotName(code.Key, code.Slot), s.Sealed)
}
