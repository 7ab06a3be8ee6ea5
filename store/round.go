package store

import (
	"time"

	"guitai"
)

const roundColumns = `id, merchant_id, shop_id, request, staff_id, started_us, ended_us, ended_by`

func scanRound(r scanner) (guitai.Round, error) {
	var o guitai.Round
	var started, ended int64
	err := r.Scan(&o.ID, &o.Merchant, &o.Shop, &o.Request, &o.Staff, &started, &ended, &o.EndedBy)
	o.StartedAt, o.EndedAt = timeOf(started), timeOf(ended)
	return o, err
}

// InsertRound stores a new round. It violates "sticker_round_by_request" when
// the merchant has one of that request.
func (tx *Tx) InsertRound(r guitai.Round) error {
	_, err := tx.exec(`INSERT INTO sticker_round (`+roundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		values{r.ID, r.Merchant, r.Shop, r.Request, r.Staff, us(r.StartedAt), us(r.EndedAt), r.EndedBy})
	return err
}

// Round reads one round of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) Round(m guitai.MerchantID, id guitai.RoundID) (guitai.Round, error) {
	return one(tx, `SELECT `+roundColumns+` FROM sticker_round WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanRound)
}

// RoundByRequest reads the round that a request began; ErrNoRow when there is
// none.
func (tx *ReadTx) RoundByRequest(m guitai.MerchantID, request string) (guitai.Round, error) {
	return one(tx, `SELECT `+roundColumns+` FROM sticker_round WHERE merchant_id = $1 AND request = $2`, values{m, request}, scanRound)
}

// RoundPlace is where a page of rounds ended.
type RoundPlace struct {
	StartedAt time.Time
	ID        guitai.RoundID
}

// RoundSum is a round with how it went. Due and Found are told of rounds that
// have ended.
type RoundSum struct {
	Round                    guitai.Round
	Due, Found, Alarms, Dead int // Alarms: strangers' codes; Dead: revoked ones that still hung
}

// Rounds lists rounds of a merchant, newest first. An empty shop is all.
func (tx *ReadTx) Rounds(m guitai.MerchantID, shop guitai.ShopID, before RoundPlace, limit int) ([]RoundSum, error) {
	at := int64(1) << 62
	if !before.StartedAt.IsZero() {
		at = us(before.StartedAt)
	}
	return all(tx, `SELECT `+roundColumns+`,
			(SELECT COUNT(*) FROM sticker_due d WHERE d.round_id = r.id),
			(SELECT COUNT(*) FROM sticker_due d WHERE d.round_id = r.id AND d.found = 1),
			(SELECT COUNT(*) FROM sticker_scan s WHERE s.round_id = r.id AND s.verdict IN ('foreign', 'forged')),
			(SELECT COUNT(*) FROM sticker_scan s WHERE s.round_id = r.id AND s.verdict = 'revoked')
		FROM sticker_round r
		WHERE merchant_id = $1 AND ($2 = '' OR shop_id = $2) AND (started_us < $3 OR started_us = $3 AND id < $4)
		ORDER BY started_us DESC, id DESC LIMIT $5 + 0`, values{m, shop, at, before.ID, limit},
		func(r scanner) (RoundSum, error) {
			var o RoundSum
			var err error
			o.Round, err = scanRound(more{r, []any{&o.Due, &o.Found, &o.Alarms, &o.Dead}})
			return o, err
		})
}

const scanColumns = `round_id, id, place, verdict, kind, token, host, text, scanned_us, staff_id`

func scanScan(r scanner) (guitai.RoundScan, error) {
	var s guitai.RoundScan
	var at int64
	err := r.Scan(&s.Round, &s.ID, &s.Place, &s.Verdict, &s.Kind, &s.Token, &s.Host, &s.Text, &at, &s.Staff)
	s.At = timeOf(at)
	return s, err
}

// InsertScan stores a scan. It violates "sticker_scan_pkey" or
// "sticker_scan_by_place" when the round has one of that name or place.
func (tx *Tx) InsertScan(s guitai.RoundScan) error {
	_, err := tx.exec(`INSERT INTO sticker_scan (`+scanColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		values{s.Round, s.ID, s.Place, s.Verdict, s.Kind, s.Token, s.Host, s.Text, us(s.At), s.Staff})
	return err
}

// RoundScan reads one scan of a round; ErrNoRow when there is none.
func (tx *ReadTx) RoundScan(round guitai.RoundID, id string) (guitai.RoundScan, error) {
	return one(tx, `SELECT `+scanColumns+` FROM sticker_scan WHERE round_id = $1 AND id = $2`, values{round, id}, scanScan)
}

// RoundScans lists the scans of a round in their order.
func (tx *ReadTx) RoundScans(round guitai.RoundID) ([]guitai.RoundScan, error) {
	return all(tx, `SELECT `+scanColumns+` FROM sticker_scan WHERE round_id = $1 ORDER BY place`, values{round}, scanScan)
}

// ScansSoFar is how many scans a round has, and how many of them met a code.
func (tx *ReadTx) ScansSoFar(round guitai.RoundID, token guitai.CodeToken) (n, met int, err error) {
	err = tx.row(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN token = $2 THEN 1 ELSE 0 END), 0) FROM sticker_scan WHERE round_id = $1`,
		values{round, token}, &n, &met)
	return n, met, err
}

// Due is a code that was or is to be found in a round.
type Due struct {
	Code  guitai.StaticCode
	Found bool
}

func scanDue(r scanner) (Due, error) {
	var d Due
	var found int
	c, err := scanCode(more{r, []any{&found}})
	d.Code, d.Found = c, found != 0
	return d, err
}

// more reads columns after those of another scan.
type more struct {
	scanner
	into []any
}

func (m more) Scan(dest ...any) error { return m.scanner.Scan(append(dest, m.into...)...) }

const dueColumns = `c.token, c.merchant_id, c.shop_id, c.till_id, c.name, c.amount_fen, c.currency, c.request, c.created_us, c.staff_id,
	c.revoked_us, c.revoked_by`

// DueNow lists what is to be found in a round that is under way, oldest first:
// the valid codes of its shop that were issued before it began.
func (tx *ReadTx) DueNow(r guitai.Round) ([]Due, error) {
	return all(tx, `SELECT `+dueColumns+`, CASE WHEN EXISTS (SELECT 1 FROM sticker_scan s
			WHERE s.round_id = $1 AND s.token = c.token AND s.verdict = 'ours') THEN 1 ELSE 0 END
		FROM static_code c WHERE c.merchant_id = $2 AND c.shop_id = $3 AND c.revoked_us = 0 AND c.created_us <= $4
		ORDER BY c.created_us, c.token`, values{r.ID, r.Merchant, r.Shop, us(r.StartedAt)}, scanDue)
}

// DueThen lists what was to be found in a round that has ended.
func (tx *ReadTx) DueThen(round guitai.RoundID) ([]Due, error) {
	return all(tx, `SELECT `+dueColumns+`, d.found FROM sticker_due d JOIN static_code c ON c.token = d.token
		WHERE d.round_id = $1 ORDER BY c.created_us, c.token`, values{round}, scanDue)
}

// EndRound ends a round and freezes what was found. ErrNoRow when the round is
// none that is under way.
func (tx *Tx) EndRound(r guitai.Round, due []Due) error {
	err := tx.execOne(`UPDATE sticker_round SET ended_us = $3, ended_by = $4 WHERE merchant_id = $1 AND id = $2 AND ended_us = 0`,
		values{r.Merchant, r.ID, us(r.EndedAt), r.EndedBy})
	if err != nil {
		return err
	}
	for _, d := range due {
		if _, err := tx.exec(`INSERT INTO sticker_due (round_id, token, found) VALUES ($1, $2, $3)`,
			values{r.ID, d.Code.Token, flag(d.Found)}); err != nil {
			return err
		}
	}
	return nil
}
