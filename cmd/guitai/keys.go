package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"guitai/vault"
)

// keyring is the vault's ring with the file that its keys stand in.
type keyring struct {
	*vault.Ring
	path string
	text []byte // of the file when it was last read
}

const usualKeys = "keys.json"

// openKeys reads the keys file, and makes it the first time.
func openKeys(c config, now func() time.Time) (*keyring, error) {
	name := c.Keys
	if name == "" {
		name = usualKeys
	}
	path := c.file(name)
	k, text, err := readKeys(path)
	if errors.Is(err, os.ErrNotExist) {
		if k, err = (vault.Keys{}).Add(now(), rand.Reader); err == nil {
			err = makeKeys(path, k)
		}
		if err == nil || errors.Is(err, os.ErrExist) { // another process may have been faster: its keys count
			k, text, err = readKeys(path)
		}
	}
	if err != nil {
		return nil, err
	}
	ring, err := vault.NewRing(k, rand.Reader)
	if err != nil {
		return nil, err
	}
	ring.Reload = func() (vault.Keys, error) {
		k, _, err := readKeys(path)
		return k, err
	}
	return &keyring{Ring: ring, path: path, text: text}, nil
}

const maxKeysFile = 1 << 20

// readKeys reads a keys file that only its owner can read.
func readKeys(path string) (vault.Keys, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return vault.Keys{}, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return vault.Keys{}, nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return vault.Keys{}, nil, fmt.Errorf("%s: others can read it: chmod 600 it, and give new keys if they may have", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeysFile))
	if err != nil {
		return vault.Keys{}, nil, err
	}
	k, err := vault.ParseKeys(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return k, text, err
}

// makeKeys writes a keys file where there is none yet; os.ErrExist when there
// is one. It is whole or not there: what was sealed by half a file is lost.
func makeKeys(path string, k vault.Keys) error {
	tmp, err := stageKeys(path, k)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	return errors.Join(os.Link(tmp, path), syncFolder(path))
}

// replaceKeys puts a keys file in the place of the one before.
func replaceKeys(path string, k vault.Keys) error {
	tmp, err := stageKeys(path, k)
	if err != nil {
		return err
	}
	return errors.Join(os.Rename(tmp, path), syncFolder(path))
}

func stageKeys(path string, k vault.Keys) (string, error) {
	text, err := k.Text()
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
	}
	return f.Name(), err
}

// syncFolder makes a file's new name durable.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// refresh takes up keys that were put into the file since, and reports whether
// there were any.
func (r *keyring) refresh() (bool, error) {
	k, text, err := readKeys(r.path)
	if err != nil || bytes.Equal(text, r.text) {
		return false, err
	}
	if err := r.Replace(k); err != nil {
		return false, err
	}
	r.text = text
	return true, nil
}

const (
	keysEvery   = 10 * time.Second
	rewrapEvery = 30 * keysEvery // also without a new key: what failed, or came from an older node
)

// watchKeys takes up new keys and wraps by them what older ones wrap. Nobody
// has to stop for it: the older ones open until nothing needs them.
func (h *house) watchKeys(ctx context.Context) {
	t := time.NewTicker(keysEvery)
	defer t.Stop()
	for turn := 0; ; turn++ {
		fresh, err := h.keys.refresh()
		if err == nil && (fresh || turn%int(rewrapEvery/keysEvery) == 0) {
			err = h.rewrap(ctx)
		}
		if err != nil && ctx.Err() == nil {
			h.log.Error("keys not taken up", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// rewrap wraps every sealed secret by the current key.
func (h *house) rewrap(ctx context.Context) error {
	n, err := h.mail.hooks.Rewrap(ctx)
	more, err2 := h.wallets.Rewrap(ctx)
	n, err = n+more, errors.Join(err, err2)
	if n > 0 {
		h.log.Info("secrets wrapped by the current key", "secrets", n, "key", h.keys.Current())
	}
	return err
}
