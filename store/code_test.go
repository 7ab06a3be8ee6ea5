package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

func sticker(token guitai.CodeToken, at time.Time) guitai.StaticCode {
	return guitai.StaticCode{Token: token, Merchant: "mer-1", Shop: "shp-1", Till: "til-1", Name: "门口", Amount: guitai.Fen(800),
		Request: "req-" + string(token), CreatedAt: at, Staff: "stf-1"}
}

// TestStaticCodes: as they were written, newest first, page by page, chosen by
// shop and state, and revoked once.
func TestStaticCodes(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		old, a, b := sticker("AAAA", noon.Add(-time.Hour)), sticker("BBBB", noon.Add(-time.Minute)), sticker("CCCC", noon.Add(-time.Minute))
		a.Amount.Fen, a.Till, a.Staff = 0, "", ""
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertStaticCode(a), tx.InsertStaticCode(old), tx.InsertStaticCode(b))
		})
		write(t, s, func(tx *Tx) error { return tx.RevokeStaticCode("mer-1", "AAAA", "stf-1") })
		write(t, s, func(tx *Tx) error { return tx.RevokeStaticCode("mer-1", "AAAA", "stf-2") })
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.StaticCode("AAAA")
			if got.Valid() || got.RevokedBy != "stf-1" {
				t.Errorf("revoked by %q, valid %v", got.RevokedBy, got.Valid())
			}
			old.RevokedAt, old.RevokedBy = got.RevokedAt, "stf-1"
			equal(t, "revoked", got, old)
			return err
		})
		for what, c := range map[string]struct {
			f    CodeFilter
			want []guitai.StaticCode
		}{
			"all":        {CodeFilter{Merchant: "mer-1", Limit: 9}, []guitai.StaticCode{b, a, old}},
			"first page": {CodeFilter{Merchant: "mer-1", Limit: 1}, []guitai.StaticCode{b}},
			"next page":  {CodeFilter{Merchant: "mer-1", Limit: 9, Before: CodePlace{b.CreatedAt, b.Token}}, []guitai.StaticCode{a, old}},
			"valid":      {CodeFilter{Merchant: "mer-1", State: CodesValid, Limit: 9}, []guitai.StaticCode{b, a}},
			"revoked":    {CodeFilter{Merchant: "mer-1", State: CodesRevoked, Limit: 9}, []guitai.StaticCode{old}},
			"shop":       {CodeFilter{Merchant: "mer-1", Shop: "shp-1", Limit: 9}, []guitai.StaticCode{b, a, old}},
			"other shop": {CodeFilter{Merchant: "mer-1", Shop: "shp-2", Limit: 9}, nil},
			"stranger":   {CodeFilter{Merchant: "mer-2", Limit: 9}, nil},
		} {
			read(t, s, func(tx *ReadTx) error {
				got, err := tx.StaticCodes(c.f)
				equal(t, what, got, c.want)
				return err
			})
		}
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.StaticCodeByRequest("mer-1", "req-CCCC")
			equal(t, "by request", got, b)
			for what, err := range map[string]error{
				"none":        second(tx.StaticCode("ZZZZ")),
				"of another":  second(tx.StaticCodeOf("mer-2", "AAAA")),
				"its request": second(tx.StaticCodeByRequest("mer-2", "req-CCCC")),
			} {
				if !errors.Is(err, ErrNoRow) {
					t.Errorf("%s: %v", what, err)
				}
			}
			return err
		})
	})
}

// TestStaticCodeRules: what the register refuses.
func TestStaticCodeRules(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		write(t, s, func(tx *Tx) error { return tx.InsertStaticCode(sticker("AAAA", noon)) })
		below, late, again, lost := sticker("BBBB", noon), sticker("BBBB", noon), sticker("BBBB", noon), sticker("BBBB", noon)
		below.Amount.Fen, late.RevokedAt, again.Request, lost.Shop = -1, noon.Add(-time.Second), "req-AAAA", "shp-9"
		for what, c := range map[string]struct {
			do   func(tx *Tx) error
			rule error
			name string
		}{
			"twice":            {func(tx *Tx) error { return tx.InsertStaticCode(sticker("AAAA", noon)) }, ErrTaken, ""},
			"same request":     {func(tx *Tx) error { return tx.InsertStaticCode(again) }, ErrTaken, "static_code_by_request"},
			"below nothing":    {func(tx *Tx) error { return tx.InsertStaticCode(below) }, ErrCheck, "static_code_amount"},
			"revoked before":   {func(tx *Tx) error { return tx.InsertStaticCode(late) }, ErrCheck, "static_code_revoked"},
			"no shop":          {func(tx *Tx) error { return tx.InsertStaticCode(lost) }, ErrNoParent, ""},
			"revoke no code":   {func(tx *Tx) error { return tx.RevokeStaticCode("mer-1", "ZZZZ", "") }, ErrNoRow, ""},
			"revoke another's": {func(tx *Tx) error { return tx.RevokeStaticCode("mer-2", "AAAA", "") }, ErrNoRow, ""},
		} {
			err := s.InTx(context.Background(), c.do)
			if !errors.Is(err, c.rule) || c.name != "" && !Violates(err, c.name) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
