package device_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai"
	"guitai/device"
)

// TestFile: a printer that never answers is printed on; one that is not there is
// told before anything is sent.
func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lp0")
	f := device.File{Path: name}
	wants(t, f.Print(t.Context(), []byte("slip")), guitai.Unavailable, guitai.CodePrinterUnreachable)
	if _, err := f.Look(t.Context()); err == nil {
		t.Error("nothing is ready")
	}
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Print(t.Context(), []byte("slip")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if err != nil || !strings.HasPrefix(string(got), "slip") {
		t.Errorf("%q %v", got, err)
	}
	if c, err := f.Look(t.Context()); err != nil || c.Paper != device.PaperThere {
		t.Errorf("%+v %v", c, err)
	}
	if err := f.Kick(t.Context(), []byte("pulse")); err != nil {
		t.Error(err)
	}
}
