package store

import (
	"strconv"
	"strings"
	"time"

	"guitai"
)

// Entry is one line of the ledger. Debit positive, credit negative. Merchant,
// Payment, Version and Line make it unique.
type Entry struct {
	Merchant guitai.MerchantID
	Payment  guitai.PaymentID
	Version  int64
	Line     int
	Refund   guitai.RefundID
	Account  string
	Money    guitai.Money
	At       time.Time
}

// places writes "($1, $2), ($3, $4)" for rows of width columns.
func places(rows, width int) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// InsertEntries appends lines to the ledger. It violates "entry_pkey" when the
// same change was booked before.
func (tx *Tx) InsertEntries(list []Entry) error {
	if len(list) == 0 {
		return nil
	}
	v := make(values, 0, 9*len(list))
	for _, e := range list {
		v = append(v, e.Merchant, e.Payment, e.Version, e.Line, e.Refund, e.Account, e.Money.Fen, e.Money.Currency, us(e.At))
	}
	_, err := tx.exec(`INSERT INTO entry (merchant_id, payment_id, version, line, refund_id, account, amount_fen, currency, at_us)
		VALUES `+places(len(list), 9), v)
	return err
}

// EntriesOf lists the ledger's lines of one payment.
func (tx *ReadTx) EntriesOf(m guitai.MerchantID, id guitai.PaymentID) ([]Entry, error) {
	return all(tx, `SELECT merchant_id, payment_id, version, line, refund_id, account, amount_fen, currency, at_us
		FROM entry WHERE merchant_id = $1 AND payment_id = $2 ORDER BY version, line`, values{m, id},
		func(r scanner) (Entry, error) {
			var e Entry
			var at int64
			err := r.Scan(&e.Merchant, &e.Payment, &e.Version, &e.Line, &e.Refund, &e.Account, &e.Money.Fen, &e.Money.Currency, &at)
			e.At = timeOf(at)
			return e, err
		})
}

// Balance is the sum of the lines of one account in one currency.
type Balance struct {
	Account string
	Money   guitai.Money
}

// Balances sums the ledger of a merchant by account and currency.
func (tx *ReadTx) Balances(m guitai.MerchantID) ([]Balance, error) {
	return all(tx, `SELECT account, currency, CAST(SUM(amount_fen) AS BIGINT) FROM entry
		WHERE merchant_id = $1 GROUP BY account, currency ORDER BY account, currency`, values{m},
		func(r scanner) (Balance, error) {
			var b Balance
			return b, r.Scan(&b.Account, &b.Money.Currency, &b.Money.Fen)
		})
}

// TopicNews is changed whenever news is written, TopicNumbered when it has its
// numbers.
const (
	TopicNews     = "news"
	TopicNumbered = "numbered"
)

// InsertNews writes news, to be numbered and told after the commit.
func (tx *Tx) InsertNews(n guitai.News) error {
	_, err := tx.exec(`INSERT INTO news (merchant_id, id, shop_id, till_id, topic, payment_id, refund_id, at_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		values{n.Merchant, n.ID, n.Shop, n.Till, n.Topic, n.Payment, n.Refund, us(n.At)})
	tx.Changed(TopicNews)
	return err
}

// NumberNews gives the next numbers to up to limit news without one (in
// InSerialTx: the next number is a maximum, and two nodes may number at once), and
// returns how many. Numbers have no gaps per merchant, and a reader who has
// seen a number has seen all smaller ones.
func (tx *Tx) NumberNews(limit int) (int64, error) {
	// FROM, not a subquery in SET: SQLite would work that one out anew for each
	// row, over rows that have their number already. $1 + 0, not $1: SQLite
	// plans a statement anew each time when a parameter stands alone in LIMIT.
	n, err := tx.exec(`
		WITH fresh AS (
			SELECT merchant_id, id, at_us FROM news WHERE n IS NULL ORDER BY merchant_id, at_us, id LIMIT $1 + 0
		), numbered AS (
			SELECT f.merchant_id, f.id,
				(SELECT COALESCE(MAX(o.n), 0) FROM news o WHERE o.merchant_id = f.merchant_id AND o.n IS NOT NULL)
				+ ROW_NUMBER() OVER (PARTITION BY f.merchant_id ORDER BY f.at_us, f.id) AS n
			FROM fresh f
		)
		UPDATE news SET n = u.n FROM numbered u
		WHERE u.merchant_id = news.merchant_id AND u.id = news.id AND news.n IS NULL`, values{limit})
	if n > 0 {
		tx.Changed(TopicNumbered)
	}
	return n, err
}

// UnnumberedNews reports whether any news waits for its number.
func (tx *ReadTx) UnnumberedNews() (bool, error) {
	n := 0
	err := tx.row(`SELECT COUNT(*) FROM (SELECT 1 FROM news WHERE n IS NULL LIMIT 1) AS waiting`, nil, &n)
	return n > 0, err
}

// NewsAfter lists numbered news of a merchant after the number after, in order.
func (tx *ReadTx) NewsAfter(m guitai.MerchantID, after int64, limit int) ([]guitai.News, error) {
	return all(tx, `SELECT merchant_id, id, shop_id, till_id, topic, payment_id, refund_id, at_us, n FROM news
		WHERE merchant_id = $1 AND n IS NOT NULL AND n > $2 ORDER BY n LIMIT $3 + 0`, values{m, after, limit},
		func(r scanner) (guitai.News, error) {
			var n guitai.News
			var at int64
			err := r.Scan(&n.Merchant, &n.ID, &n.Shop, &n.Till, &n.Topic, &n.Payment, &n.Refund, &at, &n.N)
			n.At = timeOf(at)
			return n, err
		})
}

// LastNews is the number of the latest numbered news of a merchant; 0: none.
func (tx *ReadTx) LastNews(m guitai.MerchantID) (int64, error) {
	var n int64
	err := tx.row(`SELECT COALESCE(MAX(n), 0) FROM news WHERE merchant_id = $1 AND n IS NOT NULL`, values{m}, &n)
	return n, err
}

// TimelineRow is one thing that is kept about a payment: a message on the wire
// (Kind "message") or a change of state (Kind "state").
type TimelineRow struct {
	Merchant guitai.MerchantID
	Payment  guitai.PaymentID
	ID       guitai.MessageID
	Refund   guitai.RefundID
	Attempt  int
	At       time.Time
	Kind     string
	Op       string
	Out, In  string
	HTTP     int
	Took     time.Duration
	Failure  string
	From, To string
}

// AppendTimeline appends rows, which have their IDs.
func (tx *Tx) AppendTimeline(rows []TimelineRow) error {
	if len(rows) == 0 {
		return nil
	}
	v := make(values, 0, 15*len(rows))
	for _, r := range rows {
		v = append(v, r.Merchant, r.Payment, r.ID, r.Refund, r.Attempt, us(r.At), r.Kind, r.Op, r.Out, r.In, r.HTTP,
			r.Took.Microseconds(), r.Failure, r.From, r.To)
	}
	_, err := tx.exec(`INSERT INTO timeline (merchant_id, payment_id, id, refund_id, attempt, at_us, kind, op, sent, got, http,
		took_us, failure, was, became) VALUES `+places(len(rows), 15), v)
	return err
}

// Timeline lists what is kept about a payment, in the order it was stored.
func (tx *ReadTx) Timeline(m guitai.MerchantID, id guitai.PaymentID) ([]TimelineRow, error) {
	return all(tx, `SELECT merchant_id, payment_id, id, refund_id, attempt, at_us, kind, op, sent, got, http, took_us,
			failure, was, became
		FROM timeline WHERE merchant_id = $1 AND payment_id = $2 ORDER BY at_us, id`, values{m, id},
		func(r scanner) (TimelineRow, error) {
			var t TimelineRow
			var at, took int64
			err := r.Scan(&t.Merchant, &t.Payment, &t.ID, &t.Refund, &t.Attempt, &at, &t.Kind, &t.Op, &t.Out, &t.In, &t.HTTP,
				&took, &t.Failure, &t.From, &t.To)
			t.At, t.Took = timeOf(at), time.Duration(took)*time.Microsecond
			return t, err
		})
}
