package office

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"unicode"

	"guitai"
	"guitai/qr"
	"guitai/store"
)

// Limits of a round.
const (
	mostScans = 2000           // of one round
	mostText  = qr.MaxStranger // bytes of a scanned code
)

// NewRound is a round to be begun.
type NewRound struct {
	Merchant guitai.MerchantID
	Shop     guitai.ShopID // empty: the merchant's only one
	Request  string        // the client's name of this request; empty: none
	Staff    guitai.StaffID
}

// StartRound begins a round. The same request again gets the round that it
// began.
func (o *Office) StartRound(ctx context.Context, n NewRound) (guitai.Round, error) {
	if n.Request != "" && guitai.ValidID(n.Request) != nil {
		return guitai.Round{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	var r guitai.Round
	start := func() error {
		return o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
			r, err = o.started(tx, n)
			return err
		})
	}
	err := start()
	if store.Violates(err, "sticker_round_by_request") {
		err = start() // the same request was faster at another node
	}
	return r, err
}

func (o *Office) started(tx *store.Tx, n NewRound) (guitai.Round, error) {
	shop, err := placeOf(&tx.ReadTx, NewCode{Merchant: n.Merchant, Shop: n.Shop})
	if err != nil {
		return guitai.Round{}, err
	}
	if n.Request != "" {
		had, err := tx.RoundByRequest(n.Merchant, n.Request)
		if err == nil && had.Shop != shop {
			err = guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
		}
		if !errors.Is(err, store.ErrNoRow) {
			return had, err
		}
	}
	id, err := guitai.NewID[guitai.RoundID]("rnd", tx.Now(), o.rand)
	if err != nil {
		return guitai.Round{}, err
	}
	r := guitai.Round{ID: id, Merchant: n.Merchant, Shop: shop, Request: n.Request, Staff: n.Staff, StartedAt: tx.Now()}
	if r.Request == "" {
		r.Request = string(id)
	}
	return r, tx.InsertRound(r)
}

// RoundPlace is where a page of rounds ended; it is the store's.
type RoundPlace = store.RoundPlace

// RoundSum is a round with how it went; it is the store's.
type RoundSum = store.RoundSum

// Rounds lists the rounds of a merchant, newest first.
func (o *Office) Rounds(ctx context.Context, m guitai.MerchantID, shop guitai.ShopID, before RoundPlace, limit int) ([]RoundSum, error) {
	var list []RoundSum
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Rounds(m, shop, before, limit)
		return err
	})
	return list, err
}

// Scanned is a code that somebody scanned in a round.
type Scanned struct {
	Merchant guitai.MerchantID
	Round    guitai.RoundID
	ID       string // the client's name of this scan; empty: none
	Text     string
	Staff    guitai.StaffID
}

// Seen is a scan with the code that was met, if it is one of the register.
type Seen struct {
	Scan      guitai.RoundScan
	Hung      Hung
	Misplaced bool // it was made for another shop
}

// ScanCode judges a scanned code and keeps the scan. The same scan again gets
// the verdict that it got. Nothing is fetched.
func (o *Office) ScanCode(ctx context.Context, n Scanned) (Seen, error) {
	switch {
	case n.ID != "" && guitai.ValidID(n.ID) != nil:
		return Seen{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	case len(n.Text) > mostText:
		return Seen{}, guitai.FailField(guitai.CodeCodeTooLong, "text")
	}
	if n.Text = qr.Tidy(n.Text); n.Text == "" {
		return Seen{}, guitai.FailField(guitai.CodeCodeMissing, "text")
	}
	var seen Seen
	scan := func() error {
		return o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
			seen, err = o.scanned(tx, n)
			return err
		})
	}
	err := scan()
	for range 3 { // others scan in the same round
		if !store.Violates(err, "sticker_scan_by_place") && !store.Violates(err, "sticker_scan_pkey") {
			break
		}
		err = scan()
	}
	return seen, err
}

func (o *Office) scanned(tx *store.Tx, n Scanned) (Seen, error) {
	r, err := round(&tx.ReadTx, n.Merchant, n.Round)
	if err != nil {
		return Seen{}, err
	}
	if n.ID != "" {
		had, err := tx.RoundScan(r.ID, n.ID)
		if err == nil {
			return seenOf(newPlaces(&tx.ReadTx), r, had)
		}
		if !errors.Is(err, store.ErrNoRow) {
			return Seen{}, err
		}
	}
	if r.Ended() {
		return Seen{}, guitai.Fail(guitai.Conflict, guitai.CodeRoundEnded)
	}
	s, err := o.judge(&tx.ReadTx, r, n.Text)
	if err != nil {
		return Seen{}, err
	}
	so, met, err := tx.ScansSoFar(r.ID, s.Token)
	switch {
	case err != nil:
		return Seen{}, err
	case so >= mostScans:
		return Seen{}, guitai.Fail(guitai.Limited, guitai.CodeRoundFull)
	case s.Verdict == guitai.ScanOurs && met > 0:
		s.Verdict = guitai.ScanDoubled
	}
	s.Round, s.ID, s.Place, s.At, s.Staff = r.ID, n.ID, so+1, tx.Now(), n.Staff
	if s.ID == "" {
		if s.ID, err = guitai.NewID[string]("scn", tx.Now(), o.rand); err != nil {
			return Seen{}, err
		}
	}
	if err := tx.InsertScan(s); err != nil {
		return Seen{}, err
	}
	return seenOf(newPlaces(&tx.ReadTx), r, s)
}

// The kinds of codes that are not ours, besides qr's.
const (
	kindMerchant     = "other_merchant" // of another merchant on this server
	kindUnregistered = "unregistered"   // sealed with our key, and not in the register
	kindForged       = "our_address"    // our address, not sealed with our key
	kindImitation    = "imitation"      // one of our codes under a stranger's address
	kindPayment      = "own_payment"    // ours, for one payment: no sticker
	kindPage         = "own_page"       // another page of this server
)

// judge compares a text with the register.
func (o *Office) judge(tx *store.ReadTx, r guitai.Round, text string) (guitai.RoundScan, error) {
	rest, ours := strings.CutPrefix(text, o.Own.begin())
	if !ours || o.Own.begin() == "" {
		return o.judgeStranger(text), nil
	}
	own, err := qr.ReadOwn(rest, o.Own.Key)
	switch {
	case err != nil:
		return alarm(guitai.ScanForged, kindForged, text), nil
	case own.Kind != qr.OwnStatic:
		return guitai.RoundScan{Verdict: guitai.ScanOther, Kind: kindPayment}, nil
	}
	c, err := tx.StaticCode(guitai.CodeToken(own.Token.String()))
	switch {
	case errors.Is(err, store.ErrNoRow):
		return alarm(guitai.ScanForged, kindUnregistered, text), nil
	case err != nil:
		return guitai.RoundScan{}, err
	case c.Merchant != r.Merchant:
		return alarm(guitai.ScanForeign, kindMerchant, text), nil
	case !c.Valid():
		return guitai.RoundScan{Verdict: guitai.ScanRevoked, Token: c.Token}, nil
	}
	return guitai.RoundScan{Verdict: guitai.ScanOurs, Token: c.Token}, nil
}

// alarm is a scan whose text is kept as evidence.
func alarm(v guitai.Verdict, kind, text string) guitai.RoundScan {
	printable := func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}
	return guitai.RoundScan{Verdict: v, Kind: kind, Text: strings.Map(printable, text)}
}

// judgeStranger judges a text that does not begin as ours do.
func (o *Office) judgeStranger(text string) guitai.RoundScan {
	stranger := qr.TellStranger(text)
	switch stranger.Kind {
	case qr.StrangerPayer, qr.StrangerGoods, qr.StrangerText: // a payer's code is money: it is not kept
		return guitai.RoundScan{Verdict: guitai.ScanOther, Kind: string(stranger.Kind)}
	}
	s := alarm(guitai.ScanForeign, string(stranger.Kind), text)
	s.Host = stranger.Host
	if stranger.Kind != qr.StrangerAddress {
		return s
	}
	u, err := url.Parse(text)
	own, err2 := url.Parse(o.Own.Address)
	if err != nil || err2 != nil {
		return s
	}
	switch last := u.Path[strings.LastIndexByte(u.Path, '/')+1:]; {
	case o.isOwn(last):
		s.Kind = kindImitation
		if strings.EqualFold(u.Host, own.Host) {
			s.Verdict, s.Kind = guitai.ScanForged, kindForged
		}
	case own.Host != "" && strings.EqualFold(u.Host, own.Host) && strings.HasPrefix(u.Path, payPath):
		s.Verdict, s.Kind = guitai.ScanForged, kindForged
	case own.Host != "" && strings.EqualFold(u.Host, own.Host):
		return guitai.RoundScan{Verdict: guitai.ScanOther, Kind: kindPage}
	}
	return s
}

func (o *Office) isOwn(text string) bool {
	_, err := qr.ReadOwn(text, o.Own.Key)
	return err == nil && len(o.Own.Key) > 0
}

// round reads a round by a name from outside.
func round(tx *store.ReadTx, m guitai.MerchantID, id guitai.RoundID) (guitai.Round, error) {
	none := guitai.Fail(guitai.NotFound, guitai.CodeRoundNotFound)
	if guitai.ValidID(string(id)) != nil {
		return guitai.Round{}, none
	}
	r, err := tx.Round(m, id)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Round{}, none
	}
	return r, err
}

// seenOf finds the code of a scan.
func seenOf(p places, r guitai.Round, s guitai.RoundScan) (Seen, error) {
	if s.Token == "" {
		return Seen{Scan: s}, nil
	}
	c, err := p.tx.StaticCode(s.Token)
	if err != nil {
		return Seen{}, err
	}
	h, err := p.hung(c)
	return Seen{Scan: s, Hung: h, Misplaced: c.Shop != r.Shop}, err
}

// Report is a round with all that was met and all that was to be found.
type Report struct {
	Round   guitai.Round
	Shop    guitai.Shop
	Staff   guitai.Staff // who began it; empty: a program
	Found   []Hung
	Missing []Hung
	Scans   []Seen // in their order
}

// Clean reports whether every code hangs, and nothing else does.
func (r Report) Clean() bool {
	for _, s := range r.Scans {
		if s.Scan.Verdict.Alarming() || s.Scan.Verdict == guitai.ScanRevoked {
			return false
		}
	}
	return len(r.Missing) == 0
}

// Round reports on a round: as it stands, or as it ended.
func (o *Office) Round(ctx context.Context, m guitai.MerchantID, id guitai.RoundID) (Report, error) {
	var report Report
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		report, err = reportOf(tx, m, id)
		return err
	})
	return report, err
}

func reportOf(tx *store.ReadTx, m guitai.MerchantID, id guitai.RoundID) (Report, error) {
	r, err := round(tx, m, id)
	if err != nil {
		return Report{}, err
	}
	out := Report{Round: r}
	if out.Shop, err = tx.Shop(m, r.Shop); err != nil {
		return Report{}, err
	}
	if out.Staff, err = tx.Staff(m, r.Staff); err != nil && !errors.Is(err, store.ErrNoRow) {
		return Report{}, err
	}
	p := newPlaces(tx)
	if err := out.count(p); err != nil {
		return Report{}, err
	}
	scans, err := tx.RoundScans(r.ID)
	if err != nil {
		return Report{}, err
	}
	for _, s := range scans {
		seen, err := seenOf(p, r, s)
		if err != nil {
			return Report{}, err
		}
		out.Scans = append(out.Scans, seen)
	}
	return out, nil
}

// count fills in what was to be found.
func (r *Report) count(p places) error {
	due, err := dueOf(p.tx, r.Round)
	if err != nil {
		return err
	}
	for _, d := range due {
		h, err := p.hung(d.Code)
		if err != nil {
			return err
		}
		if d.Found {
			r.Found = append(r.Found, h)
		} else {
			r.Missing = append(r.Missing, h)
		}
	}
	return nil
}

func dueOf(tx *store.ReadTx, r guitai.Round) ([]store.Due, error) {
	if r.Ended() {
		return tx.DueThen(r.ID)
	}
	return tx.DueNow(r)
}

// EndRound ends a round and freezes its report. One that has ended stays as it
// is.
func (o *Office) EndRound(ctx context.Context, m guitai.MerchantID, id guitai.RoundID, by guitai.StaffID) error {
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		r, err := round(&tx.ReadTx, m, id)
		if err != nil || r.Ended() {
			return err
		}
		due, err := tx.DueNow(r)
		if err != nil {
			return err
		}
		r.EndedAt, r.EndedBy = tx.Now(), by
		return tx.EndRound(r, due)
	})
}
