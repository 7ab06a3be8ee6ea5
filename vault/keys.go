package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"guitai"
)

// Key is one key-encryption key.
type Key struct {
	ID      string
	Secret  []byte // 32 bytes
	Created time.Time
}

// String and GoString keep the key out of logs.
func (k Key) String() string { return "key " + k.ID }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Keys are all key-encryption keys of a house. The current one seals, the
// others still open.
type Keys struct {
	Current string
	List    []Key
}

func (k Keys) find(id string) ([]byte, bool) {
	for _, key := range k.List {
		if key.ID == id {
			return key.Secret, true
		}
	}
	return nil, false
}

func (k Keys) check() error {
	seen := map[string]bool{}
	for _, key := range k.List {
		if guitai.ValidID(key.ID) != nil || len(key.Secret) != keyBytes || seen[key.ID] {
			return fmt.Errorf("vault: a key is doubled, or not %d bytes with an id", keyBytes)
		}
		if bytes.Equal(key.Secret, make([]byte, keyBytes)) {
			return errors.New("vault: a key is all zero")
		}
		seen[key.ID] = true
	}
	if !seen[k.Current] {
		return errNoKey
	}
	return nil
}

// Add makes a new key and lets it be the current one.
func (k Keys) Add(now time.Time, rand io.Reader) (Keys, error) {
	secret := make([]byte, keyBytes)
	if _, err := io.ReadFull(rand, secret); err != nil {
		return k, errNoRandom
	}
	id, err := guitai.NewID[string]("kek", now, rand)
	if err != nil {
		return k, err
	}
	list := append(make([]Key, 0, len(k.List)+1), k.List...)
	return Keys{Current: id, List: append(list, Key{ID: id, Secret: secret, Created: now.UTC().Truncate(time.Second)})}, nil
}

// Without drops the keys that nothing is sealed by any more. The current one
// stays.
func (k Keys) Without(used func(id string) bool) Keys {
	out := Keys{Current: k.Current}
	for _, key := range k.List {
		if key.ID == k.Current || used(key.ID) {
			out.List = append(out.List, key)
		}
	}
	return out
}

// keysFile is the shape of the keys file.
type keysFile struct {
	Current string    `json:"current"`
	Keys    []keyLine `json:"keys"`
}

type keyLine struct {
	ID      string    `json:"id"`
	Key     string    `json:"key"` // base64
	Created time.Time `json:"created_at"`
}

// ParseKeys reads a keys file, strictly.
func ParseKeys(text []byte) (Keys, error) {
	var f keysFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Keys{}, errors.New("vault: the keys file is not what it should be") // its own words could hold a key
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Keys{}, errors.New("vault: something stands after the keys file's end")
	}
	k := Keys{Current: f.Current}
	for _, l := range f.Keys {
		secret, err := base64.StdEncoding.Strict().DecodeString(l.Key)
		if err != nil {
			return Keys{}, errors.New("vault: a key is not base64")
		}
		k.List = append(k.List, Key{ID: l.ID, Secret: secret, Created: l.Created})
	}
	return k, k.check()
}

// Text writes a keys file. It is as secret as the keys.
func (k Keys) Text() ([]byte, error) {
	f := keysFile{Current: k.Current}
	for _, key := range k.List {
		f.Keys = append(f.Keys, keyLine{ID: key.ID, Key: base64.StdEncoding.EncodeToString(key.Secret), Created: key.Created})
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}
