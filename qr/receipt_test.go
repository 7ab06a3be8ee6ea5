package qr_test

import (
	"bytes"
	"strings"
	"testing"

	"guitai/qr"
)

func TestReceiptCode(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	r := qr.Receipt{Merchant: [16]byte{1, 2, 3}, Sale: [16]byte{9, 8, 7}}
	text := r.Write(key)
	if got, err := qr.ReadReceipt(text, key); err != nil || got != r || len(text) != 59 {
		t.Errorf("%+v %v, %d characters", got, err, len(text))
	}
	for i := range text {
		forged := text[:i] + string("AB"[b2i(text[i] == 'A')]) + text[i+1:]
		if got, err := qr.ReadReceipt(forged, key); err == nil {
			t.Errorf("changed at %d it is read as %+v", i, got)
		}
	}
	for _, bad := range []string{"", text + "A", text[1:], strings.ToUpper(text), text[:20] + "\n" + text[20:]} {
		if _, err := qr.ReadReceipt(bad, key); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if _, err := qr.ReadReceipt(text, bytes.Repeat([]byte{8}, 32)); err == nil {
		t.Error("read with another key")
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func FuzzReadReceipt(f *testing.F) {
	key := bytes.Repeat([]byte{7}, 32)
	f.Add(qr.Receipt{Sale: [16]byte{1}}.Write(key))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := qr.ReadReceipt(text, key); err == nil && r.Write(key) != text {
			t.Errorf("%q is not the only way to write it", text)
		}
	})
}
