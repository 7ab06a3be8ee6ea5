package sandbox

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// writeCredentials replaces credentials.json at one stroke: whoever waits for
// it never reads half of it. It holds keys: only its owner may read it.
func writeCredentials(path string, all map[string]any) error {
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "credentials-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
