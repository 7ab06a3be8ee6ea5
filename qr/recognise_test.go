package qr_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"guitai"
	"guitai/qr"
)

// unionPayCPM is CPV01 with one application A000000333010101 and a made-up
// track-2 equivalent.
var unionPayCPM = base64.StdEncoding.EncodeToString([]byte("\x85\x05CPV01\x61\x13\x4f\x08\xa0\x00\x00\x03\x33\x01\x01\x01\x57\x07\x62\x34\x56\x78\x90\x12\xd2"))

func TestRecognise(t *testing.T) {
	for _, c := range []struct {
		name, text, code string
		wallet           guitai.Wallet
	}{
		{"wechat lowest", "100000000000000001", "100000000000000001", guitai.WeChat},
		{"wechat highest", "159999999999999999", "159999999999999999", guitai.WeChat},
		{"alipay 16", "2500000000000001", "2500000000000001", guitai.Alipay},
		{"alipay usual", "288888888888888888", "288888888888888888", guitai.Alipay},
		{"alipay 24", "300000000000000000000001", "300000000000000000000001", guitai.Alipay},
		{"unionpay", "6200000000000000001", "6200000000000000001", guitai.UnionPay},
		{"scanner's line end", "\t134567890123456789\r\n", "134567890123456789", guitai.WeChat},
		{"typed in groups", "1345 6789 0123 4567 89", "134567890123456789", guitai.WeChat},
		{"ideographic space and mark", "\ufeff 134567890123456789\u3000", "134567890123456789", guitai.WeChat},
		{"full-width digits", "１３４５６７８９０１２３４５６７８９", "134567890123456789", guitai.WeChat},
		{"emv cpm", unionPayCPM, unionPayCPM, guitai.UnionPay},
		{"emv cpm unpadded", strings.TrimRight(unionPayCPM, "="), strings.TrimRight(unionPayCPM, "="), guitai.UnionPay},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := qr.Recognise(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.Wallet != c.wallet || got.Code != c.code {
				t.Errorf("got %s with a code of %d characters, want %s with %d", got.Wallet, len(got.Code), c.wallet, len(c.code))
			}
		})
	}
}

func TestRecogniseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       guitai.Code
	}{
		{"empty", "", "code_malformed"},
		{"blank", " \r\n", "code_malformed"},
		{"goods bar code", "6901234567892", "code_malformed"},
		{"link", "https://example.com/p/1", "code_malformed"},
		{"wechat too short", "13456789012345678", "code_malformed"},
		{"wechat too long", "1345678901234567890", "code_malformed"},
		{"alipay too short", "280000000000001", "code_malformed"},
		{"alipay too long", "2800000000000000000000001", "code_malformed"},
		{"unionpay too short", "620000000000000001", "code_malformed"},
		{"unionpay too long", "62000000000000000001", "code_malformed"},
		{"letter inside", "13456789012345678O", "code_malformed"},
		{"arabic digits", "١٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩", "code_malformed"},
		{"escape byte", "134567890123456789\x1b", "code_malformed"},
		{"far too long", strings.Repeat("1", 1<<16), "code_malformed"},
		{"below wechat", "099999999999999999", "code_unknown_wallet"},
		{"between wechat and alipay", "200000000000000000", "code_unknown_wallet"},
		{"above alipay", "310000000000000000", "code_unknown_wallet"},
		{"digital renminbi", "0100000000000000001", "code_unknown_wallet"},
		{"emv cpm of others", "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=", "code_unknown_wallet"},
		{"emv cpm of others, two", "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==", "code_unknown_wallet"},
		{"emv cpm cut off", unionPayCPM[:24], "code_malformed"},
		{"emv cpm not base64", "hQVDUFYwM!!!!", "code_malformed"},
		{"emv cpm without application", "hQVDUFYwMQ==", "code_malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := qr.Recognise(c.text)
			var e *guitai.Error
			if !errors.As(err, &e) || e.Kind != guitai.Invalid || e.Code != c.want {
				t.Fatalf("got %v, want invalid %s", err, c.want)
			}
			if len(c.text) > 4 && strings.Contains(err.Error(), c.text) {
				t.Error("the error holds the code")
			}
		})
	}
}

func TestPayerNeverShowsItsCode(t *testing.T) {
	p, err := qr.Recognise("134567890123456789")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("scanned", "payer", p)
	shown := fmt.Sprintf("%v %+v %#v %s %q", p, p, p, p, []any{p}) + log.String()
	if strings.Contains(shown, "4567") {
		t.Errorf("shown: %s", shown)
	}
	if !strings.Contains(shown, "wechat 13…89") {
		t.Errorf("the masked code is missing: %s", shown)
	}
}

func TestMask(t *testing.T) {
	for code, want := range map[string]string{"134567890123456789": "13…89", "12345678": "12…78", "1234567": "…", "": "…"} {
		if got := qr.Mask(code); got != want {
			t.Errorf("Mask of %d characters = %q, want %q", len(code), got, want)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	for _, s := range []string{"134567890123456789", "2500000000000001", "6200000000000000001", unionPayCPM, "", "１３"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := qr.Recognise(text)
		if err != nil {
			if !guitai.Invalid.Is(err) || p != (qr.Payer{}) {
				t.Fatalf("not a plain refusal: %v", err)
			}
			return
		}
		again, err := qr.Recognise(p.Code)
		if err != nil || again != p {
			t.Fatalf("a cleaned code is read otherwise the second time: %v", err)
		}
	})
}
