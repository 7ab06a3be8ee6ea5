package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// TestRounds: as they were written; what is due while a round is under way,
// and what stays of it for ever.
func TestRounds(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		r := guitai.Round{ID: "rnd-1", Merchant: "mer-1", Shop: "shp-1", Request: "q1", Staff: "stf-1", StartedAt: noon}
		later := guitai.Round{ID: "rnd-2", Merchant: "mer-1", Shop: "shp-1", Request: "q2", StartedAt: noon.Add(time.Second)}
		found, missing, fresh := sticker("AAAA", noon.Add(-time.Hour)), sticker("BBBB", noon.Add(-time.Minute)), sticker("CCCC", noon.Add(time.Minute))
		scan := guitai.RoundScan{Round: "rnd-1", ID: "s1", Place: 1, Verdict: guitai.ScanOurs, Token: "AAAA", At: noon, Staff: "stf-1"}
		alien := guitai.RoundScan{Round: "rnd-1", ID: "s2", Place: 2, Verdict: guitai.ScanForeign, Kind: "wechat", Host: "h", Text: "wxp://x", At: noon}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.InsertRound(r), tx.InsertRound(later), tx.InsertStaticCode(found), tx.InsertStaticCode(missing),
				tx.InsertStaticCode(fresh), tx.InsertScan(scan), tx.InsertScan(alien))
		})
		due := []Due{{found, true}, {missing, false}}
		read(t, s, func(tx *ReadTx) error {
			got, err1 := tx.Round("mer-1", "rnd-1")
			by, err2 := tx.RoundByRequest("mer-1", "q1")
			list, err3 := tx.Rounds("mer-1", "", RoundPlace{}, 9)
			rest, err4 := tx.Rounds("mer-1", "shp-1", RoundPlace{later.StartedAt, later.ID}, 9)
			scans, err5 := tx.RoundScans("rnd-1")
			one, err6 := tx.RoundScan("rnd-1", "s2")
			now, err7 := tx.DueNow(r)
			n, met, err8 := tx.ScansSoFar("rnd-1", "AAAA")
			_, none, err9 := tx.ScansSoFar("rnd-2", "AAAA")
			equal(t, "round", got, r)
			equal(t, "by request", by, r)
			equal(t, "rounds", list, []RoundSum{{Round: later}, {Round: r, Alarms: 1}})
			equal(t, "next page", rest, []RoundSum{{Round: r, Alarms: 1}})
			equal(t, "scans", scans, []guitai.RoundScan{scan, alien})
			equal(t, "scan", one, alien)
			equal(t, "due", now, due)
			equal(t, "so far", [3]int{n, met, none}, [3]int{2, 1, 0})
			return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9)
		})
		r.EndedAt, r.EndedBy = noon.Add(time.Hour), "stf-1"
		write(t, s, func(tx *Tx) error { return tx.EndRound(r, due) })
		write(t, s, func(tx *Tx) error { return tx.RevokeStaticCode("mer-1", "BBBB", "") })
		read(t, s, func(tx *ReadTx) error {
			got, err1 := tx.Round("mer-1", "rnd-1")
			then, err2 := tx.DueThen("rnd-1")
			list, err3 := tx.Rounds("mer-1", "", RoundPlace{later.StartedAt, later.ID}, 9)
			equal(t, "how it went", list, []RoundSum{{Round: r, Due: 2, Found: 1, Alarms: 1}})
			equal(t, "ended", got, r)
			if len(then) != 2 || !then[0].Found || then[1].Found || then[1].Code.Token != "BBBB" || then[1].Code.Valid() {
				t.Errorf("%+v", then)
			}
			return errors.Join(err1, err2, err3)
		})
	})
}

// TestRoundRules: what is refused.
func TestRoundRules(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		r := guitai.Round{ID: "rnd-1", Merchant: "mer-1", Shop: "shp-1", Request: "q1", StartedAt: noon}
		scan := guitai.RoundScan{Round: "rnd-1", ID: "s1", Place: 1, Verdict: guitai.ScanOurs, Token: "AAAA", At: noon}
		write(t, s, func(tx *Tx) error { return errors.Join(tx.InsertRound(r), tx.InsertScan(scan)) })
		sameRequest, sameScan, samePlace, odd, lost, early := r, scan, scan, scan, scan, r
		sameScan.Place = 9
		sameRequest.ID, samePlace.ID, odd.ID, odd.Place, odd.Verdict = "rnd-2", "s2", "s3", 3, "nice"
		lost.Round, early.EndedAt = "rnd-9", noon.Add(-time.Second)
		for what, c := range map[string]struct {
			do   func(tx *Tx) error
			rule error
			name string
		}{
			"same request": {func(tx *Tx) error { return tx.InsertRound(sameRequest) }, ErrTaken, "sticker_round_by_request"},
			"same scan":    {func(tx *Tx) error { return tx.InsertScan(sameScan) }, ErrTaken, "sticker_scan_pkey"},
			"same place":   {func(tx *Tx) error { return tx.InsertScan(samePlace) }, ErrTaken, "sticker_scan_by_place"},
			"odd verdict":  {func(tx *Tx) error { return tx.InsertScan(odd) }, ErrCheck, "sticker_scan_verdict"},
			"no round":     {func(tx *Tx) error { return tx.InsertScan(lost) }, ErrNoParent, ""},
			"ends early":   {func(tx *Tx) error { return tx.EndRound(early, nil) }, ErrCheck, "sticker_round_end"},
			"not another's": {func(tx *Tx) error {
				return tx.EndRound(guitai.Round{ID: "rnd-1", Merchant: "mer-2", EndedAt: noon}, nil)
			}, ErrNoRow, ""},
		} {
			err := s.InTx(context.Background(), c.do)
			if !errors.Is(err, c.rule) || c.name != "" && !Violates(err, c.name) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
