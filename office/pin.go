package office

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"

	"guitai"
)

// cost is what one PIN costs to hash.
type cost struct {
	memoryKiB uint32
	passes    uint32
	lanes     uint8
}

// usualCost is OWASP's for argon2id: 19 MiB, two passes, one lane. A six-digit
// PIN has few values; the lock on tries guards it online, the cost guards a
// stolen database a little longer.
func usualCost() cost { return cost{memoryKiB: 19 * 1024, passes: 2, lanes: 1} }

const (
	keyBytes  = 32
	saltBytes = 16
)

// Bounds of what a stored hash may ask for, so that a forged row cannot take
// the machine.
const (
	mostMemoryKiB = 64 * 1024
	mostPasses    = 8
	mostLanes     = 4
	mostBytes     = 64 // of salt and key
)

var errHash = errors.New("office: not a PIN hash")

// validPIN reports whether s is six digits, and not the same digit six times
// or a run, which are tried first by anybody.
func validPIN(s string) bool {
	if !digits(s, 6, 6) {
		return false
	}
	same, up, down := true, true, true
	for i := 1; i < len(s); i++ {
		same = same && s[i] == s[0]
		up = up && s[i] == s[i-1]+1
		down = down && s[i] == s[i-1]-1
	}
	return !same && !up && !down
}

func digits(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// hash is a stored PIN taken apart.
type hash struct {
	cost
	salt, key []byte
}

// String writes the hash in PHC string form.
func (h hash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memoryKiB, h.passes, h.lanes,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

// parseHash reads a PHC string. Its costs may be others than today's: those of
// a PIN that was set before they were raised.
func parseHash(s string) (hash, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return hash{}, errHash
	}
	var h hash
	rest := parts[3]
	for _, p := range []struct {
		name string
		most uint64
		set  func(uint64)
	}{
		{"m=", mostMemoryKiB, func(n uint64) { h.memoryKiB = uint32(n) }},
		{"t=", mostPasses, func(n uint64) { h.passes = uint32(n) }},
		{"p=", mostLanes, func(n uint64) { h.lanes = uint8(n) }},
	} {
		one, more, _ := strings.Cut(rest, ",")
		value, ok := strings.CutPrefix(one, p.name)
		n, err := strconv.ParseUint(value, 10, 32)
		if !ok || err != nil || n < 1 || n > p.most {
			return hash{}, errHash
		}
		p.set(n)
		rest = more
	}
	var errs [2]error
	h.salt, errs[0] = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, errs[1] = base64.RawStdEncoding.DecodeString(parts[5])
	short := len(h.salt) < 8 || len(h.key) < 16 || len(h.salt) > mostBytes || len(h.key) > mostBytes
	if rest != "" || errors.Join(errs[:]...) != nil || short {
		return hash{}, errHash
	}
	return h, nil
}

// hashPIN makes the stored form of a PIN.
func (o *Office) hashPIN(ctx context.Context, pin string) (string, error) {
	h := hash{cost: usualCost(), salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	if _, err := io.ReadFull(o.rand, h.salt); err != nil {
		return "", err
	}
	var err error
	if h.key, err = o.derive(ctx, pin, h); err != nil {
		return "", err
	}
	return h.String(), nil
}

// derive makes a key as long as that of h from a PIN, waiting for its turn.
func (o *Office) derive(ctx context.Context, pin string, h hash) ([]byte, error) {
	select {
	case o.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, guitai.Fail(guitai.Unavailable, guitai.CodeStoreBusy, ctx.Err())
	}
	defer func() { <-o.hashing }()
	return argon2.IDKey([]byte(pin), h.salt, h.passes, h.memoryKiB, h.lanes, uint32(len(h.key))), nil
}

// checkPIN compares a PIN with its stored form in constant time. Nothing stored
// (the number is nobody's) is compared with as much work, and is never right.
func (o *Office) checkPIN(ctx context.Context, stored, pin string) (bool, error) {
	h := hash{cost: usualCost(), salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	if stored != "" {
		var err error
		if h, err = parseHash(stored); err != nil {
			return false, err
		}
	}
	key, err := o.derive(ctx, pin, h)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, h.key) == 1 && stored != "", nil
}
