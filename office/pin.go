package office

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"guitai"
)

// The cost of one PIN (OWASP password storage: argon2id with 19 MiB, two
// passes, one lane). A six-digit PIN has few values; the lock on tries guards
// it online, the cost guards a stolen database a little longer.
const (
	argonMemoryKiB = 19 * 1024
	argonPasses    = 2
	argonLanes     = 1
	argonKeyBytes  = 32
	saltBytes      = 16
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

// hashPIN makes the stored form of a PIN, in PHC string form.
func (o *Office) hashPIN(ctx context.Context, pin string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(o.Rand, salt); err != nil {
		return "", err
	}
	key, err := o.argon(ctx, pin, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemoryKiB, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// argon derives a key, waiting for its turn.
func (o *Office) argon(ctx context.Context, pin string, salt []byte) ([]byte, error) {
	select {
	case o.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, guitai.Fail(guitai.Unavailable, guitai.CodeStoreBusy, ctx.Err())
	}
	defer func() { <-o.hashing }()
	return argon2.IDKey([]byte(pin), salt, argonPasses, argonMemoryKiB, argonLanes, argonKeyBytes), nil
}

// nobody is compared against when a number is nobody's, so that the answer
// takes as long as for somebody's.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// checkPIN compares a PIN with its stored form in constant time.
func (o *Office) checkPIN(ctx context.Context, stored, pin string) (bool, error) {
	known := stored != ""
	if !known {
		stored = nobody
	}
	parts := strings.Split(stored, "$")
	want := fmt.Sprintf("m=%d,t=%d,p=%d", argonMemoryKiB, argonPasses, argonLanes)
	if len(parts) != 6 || parts[1] != "argon2id" || parts[3] != want {
		return false, errHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errHash
	}
	key, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, errHash
	}
	got, err := o.argon(ctx, pin, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, key) == 1 && known, nil
}
