//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/ledger"
	"guitai/pay"
	"guitai/store"
)

// order is an order in the sandbox's own book: what really happened to the
// payer's money.
type order struct {
	Wallet       string      `json:"wallet"`
	OrderNo      string      `json:"order_no"`
	State        string      `json:"state"`
	ChargedFen   int64       `json:"charged_fen"`
	GivenBackFen int64       `json:"given_back_fen"`
	Charges      []time.Time `json:"charges"`
	Refunds      []struct {
		RefundNo  string `json:"refund_no"`
		State     string `json:"state"`
		AmountFen int64  `json:"amount_fen"`
	} `json:"refunds"`
}

// viaAPI looks at the end of the day as a client does: each id that was used is
// exactly one payment, none is left open, and what was shown as paid is paid.
func (d *day) viaAPI() {
	d.t.Helper()
	found := map[string]paymentView{}
	for _, p := range d.everyPayment(context.Background()) {
		if _, twice := found[p.ID]; twice {
			d.t.Errorf("%s is listed twice", p.ID)
		}
		found[p.ID] = p
		if !d.asked[p.ID] {
			d.t.Errorf("%s was stored, and its client was told that it was not", p.ID)
		}
		if !ended(p.State) {
			d.t.Errorf("%s has no end: %s", p.ID, p.State)
		}
	}
	for id := range d.asked {
		if _, ok := found[id]; !ok {
			d.t.Errorf("%s was acknowledged and is gone", id)
		}
	}
	for id := range d.shown {
		if found[id].State != "paid" {
			d.t.Errorf("phantom: %s was shown as paid and is %q", id, found[id].State)
		}
	}
	for id, p := range found {
		var rows struct {
			Items []struct {
				Kind string `json:"kind"`
				To   string `json:"to"`
			} `json:"items"`
		}
		if code := d.call(context.Background(), http.MethodGet, "/v1/payments/"+id+"/timeline", nil, &rows); code != http.StatusOK || len(rows.Items) == 0 {
			d.t.Errorf("timeline of %s (%s): %d, %d rows", id, p.State, code, len(rows.Items))
		}
	}
}

// account is what one part of the judge adds up.
type account struct {
	counts                map[string]int
	lost, double, phantom int
	want, have            map[ledger.Account]int64 // by ledger account: from the sandbox's book, and as booked
}

// judge compares the sandbox's own book with our database, order by order, and
// the ledger with both.
func (d *day) judge() {
	d.t.Helper()
	var list struct {
		Orders []order `json:"orders"`
	}
	if code := d.wallet(http.MethodGet, "/control/orders", nil, &list); code != http.StatusOK {
		d.t.Fatalf("orders: %d", code)
	}
	orders := map[string]order{}
	for _, o := range list.Orders {
		orders[o.Wallet+" "+o.OrderNo] = o
	}
	acc := &account{counts: map[string]int{}, want: map[ledger.Account]int64{}, have: map[ledger.Account]int64{}}
	st := d.open()
	defer st.Close()
	err := st.Read(context.Background(), func(tx *store.ReadTx) error {
		payments, err := tx.Payments(store.PaymentFilter{Merchant: d.shop.ID, Limit: 1_000_000})
		if err != nil {
			return err
		}
		sales := map[string]string{}
		for _, p := range payments {
			if other := sales[p.Sale]; p.Sale != "" && p.State == guitai.PaymentPaid && other != "" {
				d.t.Errorf("double: %s and %s are both paid for the bill %s", other, p.ID, p.Sale)
			} else if p.State == guitai.PaymentPaid {
				sales[p.Sale] = string(p.ID)
			}
			if err := d.judgePayment(tx, p, orders, acc); err != nil {
				return err
			}
		}
		return d.judgeBalances(tx, acc)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, o := range orders {
		acc.lost++
		d.t.Errorf("lost: the wallet has order %s (%s, charged %d fen) and we know nothing of it", o.OrderNo, o.State, o.ChargedFen)
	}
	// A stuck refund is asked about every day; what seemed paid while it was being
	// reversed is asked about once more a minute later.
	due, found, err := st.NextJobAt(context.Background(), []string{pay.JobPayment, pay.JobRefund})
	if err != nil || found && (acc.counts["refund stuck"] == 0 || time.Until(due) < time.Hour) {
		d.t.Errorf("jobs are left although nothing is expected (%v): %v", due, err)
	}
	d.t.Logf("judged: %v; lost %d, double %d, phantom %d", acc.counts, acc.lost, acc.double, acc.phantom)
}

// judgePayment compares one payment with its orders, and takes them off the
// list.
func (d *day) judgePayment(tx *store.ReadTx, p guitai.Payment, orders map[string]order, acc *account) error {
	refunds, err := tx.RefundsOf(p.Merchant, p.ID)
	if err != nil {
		return err
	}
	suspense, err := tx.SuspenseOf(p.Merchant, p.ID)
	if err != nil {
		return err
	}
	acc.counts[string(p.State)]++
	var refunded, held int64
	for _, r := range refunds {
		acc.counts["refund "+string(r.State)]++
		if r.Kind == guitai.RefundGiveBack {
			continue
		}
		if r.State == guitai.RefundDone {
			refunded += r.Amount.Fen
		}
		if r.State != guitai.RefundFailed {
			held += r.Amount.Fen
		}
	}
	if p.Refunded != refunded || p.RefundHeld != held {
		d.t.Errorf("%s says %d refunded and %d held; its refunds say %d and %d", p.ID, p.Refunded, p.RefundHeld, refunded, held)
	}
	for _, u := range suspense {
		acc.counts["suspense "+string(u.Why)+" "+string(u.State)]++
	}
	captured := 0
	for _, a := range p.Attempts {
		key := string(a.Wallet) + " " + a.OrderNo
		o := orders[key]
		delete(orders, key)
		if d.judgeOrder(p, a, o, outstanding(a, suspense), acc) {
			captured++
		}
	}
	if captured > 1 {
		acc.double++
		d.t.Errorf("double: %s was taken %d times", p.ID, captured)
	}
	return d.judgeEntries(tx, p, acc)
}

// outside is money of an attempt that counts for nothing, and where it is
// booked.
type outside struct {
	fen int64
	in  ledger.Account
}

// outstanding is the money of an attempt that is in suspense, or was kept after
// the wallet had refused to give it back (it had told a wrong amount).
func outstanding(a guitai.Attempt, list []guitai.Suspense) outside {
	for _, u := range list {
		switch {
		case u.Attempt != a.N:
		case u.State == guitai.SuspenseOpen || u.State == guitai.SuspenseReturning:
			return outside{u.Amount.Fen, ledger.Suspense}
		case u.State == guitai.SuspenseKept:
			return outside{u.Amount.Fen, ledger.Investigation}
		}
	}
	return outside{in: ledger.Suspense}
}

// judgeOrder holds: charged − given back = paid − refunded + in suspense. It
// adds what the ledger must say, and reports whether money stayed here.
func (d *day) judgeOrder(p guitai.Payment, a guitai.Attempt, o order, sus outside, acc *account) bool {
	var paid, refunded, lie int64
	if a.Booked {
		paid, refunded = a.Charged.Fen, p.Refunded
		acc.want[ledger.Sales] -= paid
		acc.want[ledger.Refunds] += refunded
	}
	if a.Suspense == guitai.SuspenseAmount {
		// The wallet told, signed, another amount than it took. It must count for
		// nothing; what the record says of it is what the wallet said.
		lie = a.Charged.Fen - o.ChargedFen
		acc.counts["wrong amount told"]++
	}
	net, ours := o.ChargedFen-o.GivenBackFen, paid-refunded+sus.fen
	switch {
	case net+lie > ours:
		acc.lost++
		d.t.Errorf("lost: order %s of %s (%s, attempt %s): the wallet holds %d − %d fen, we count %d − %d + %d",
			a.OrderNo, p.ID, p.State, a.State, o.ChargedFen, o.GivenBackFen, paid, refunded, sus.fen)
	case net+lie < ours:
		acc.phantom++
		d.t.Errorf("phantom: order %s of %s (%s, attempt %s): the wallet holds %d − %d fen, we count %d − %d + %d",
			a.OrderNo, p.ID, p.State, a.State, o.ChargedFen, o.GivenBackFen, paid, refunded, sus.fen)
	}
	if len(o.Charges) > 1 {
		acc.double++
		d.t.Errorf("double: order %s of %s was charged %d times", a.OrderNo, p.ID, len(o.Charges))
	}
	left := guitai.Fen(net + lie)
	fee := ledger.Fee(left, a.FeeRate).Fen
	acc.want[ledger.Receivable(a.Account)] += left.Fen - fee
	acc.want[ledger.Fees] += fee
	acc.want[sus.in] -= sus.fen
	return net > 0
}

// judgeEntries checks that each change was booked in balance.
func (d *day) judgeEntries(tx *store.ReadTx, p guitai.Payment, acc *account) error {
	entries, err := tx.EntriesOf(p.Merchant, p.ID)
	sums := map[int64]int64{}
	for _, e := range entries {
		if e.Money.Currency != guitai.CNY {
			d.t.Errorf("%s is booked in %s", p.ID, e.Money.Currency)
		}
		sums[e.Version] += e.Money.Fen
		acc.have[ledger.Account(e.Account)] += e.Money.Fen
	}
	for version, sum := range sums {
		if sum != 0 {
			d.t.Errorf("the entries of %s, version %d, sum to %d", p.ID, version, sum)
		}
	}
	return err
}

// judgeBalances compares the ledger with what the sandbox's book makes it.
func (d *day) judgeBalances(tx *store.ReadTx, acc *account) error {
	balances, err := tx.Balances(d.shop.ID)
	var all int64
	for _, b := range balances {
		name := ledger.Account(b.Account)
		all += b.Money.Fen
		if b.Money.Fen != acc.want[name] || b.Money.Fen != acc.have[name] {
			d.t.Errorf("the ledger has %d in %s; its lines sum to %d, and the wallets' book makes it %d", b.Money.Fen, name, acc.have[name], acc.want[name])
		}
		delete(acc.want, name)
	}
	for name, fen := range acc.want {
		if fen != 0 {
			d.t.Errorf("the ledger has nothing in %s, and the wallets' book makes it %d", name, fen)
		}
	}
	if all != 0 {
		d.t.Errorf("the ledger sums to %d", all)
	}
	return err
}

// secrets looks for payers' codes and keys in everything that was written: the
// database with its log, the journals, and what the processes printed.
func (d *day) secrets() {
	d.t.Helper()
	texts := map[string][]byte{}
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".json") {
			return err
		}
		texts[filepath.Base(path)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if strings.HasPrefix(d.dsn, "postgres") {
		texts["PostgreSQL"] = dump(d.t, d.dsn)
	}
	codes := 0
	d.codes.Range(func(code, _ any) bool {
		codes++
		for name, text := range texts {
			if bytes.Contains(text, []byte(code.(string))) {
				d.t.Errorf("the payer's code %s… is in %s", code.(string)[:4], name)
			}
		}
		return true
	})
	for name, text := range texts {
		if bytes.Contains(text, []byte(d.key)) {
			d.t.Errorf("the API key is in %s", name)
		}
	}
	if codes == 0 || len(texts) < 4 {
		d.t.Errorf("looked for %d codes in %d files: too few to mean anything", codes, len(texts))
	}
}

// dump is every row of every table as text.
func dump(t *testing.T, dsn string) []byte {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	column := func(query string) []string {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var list []string
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			list = append(list, text)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return list
	}
	var all bytes.Buffer
	for _, table := range column(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`) {
		for _, row := range column(fmt.Sprintf(`SELECT x::text FROM %q x`, table)) {
			all.WriteString(row + "\n")
		}
	}
	return all.Bytes()
}

// reader follows the live events over all kills: numbers without a gap, each
// once, nothing told that is not so.
type reader struct {
	*street
	ended atomic.Bool
	last  int64
	paid  map[string]bool
	fault error
}

func (r *reader) stop() { r.ended.Store(true) }

func (r *reader) read(ctx context.Context) {
	r.paid = map[string]bool{}
	for ctx.Err() == nil && !r.ended.Load() {
		r.follow(ctx, 5*time.Second)
		time.Sleep(20 * time.Millisecond)
	}
}

// follow reads one stream until it breaks.
func (r *reader) follow(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/v1/events", nil)
	if err != nil {
		r.fault = err
		return
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	req.Header.Set("Last-Event-ID", strconv.FormatInt(r.last, 10))
	resp, err := r.web.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	id, topic := int64(-1), ""
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch key {
		case "id":
			id, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			topic = value
		case "data":
			if id >= 0 && topic != "hello" { // which only says where the stream stands
				r.note(id, topic, value)
			}
			id = -1
		}
	}
}

func (r *reader) note(id int64, topic, data string) {
	if id != r.last+1 {
		r.fault = fmt.Errorf("event %d came after event %d", id, r.last)
	}
	r.last = id
	if topic != "payment.paid" {
		return
	}
	_, rest, _ := strings.Cut(data, `"payment":{"id":"`)
	name, _, ok := strings.Cut(rest, `"`)
	if !ok || !strings.Contains(rest, `"state":"paid"`) {
		r.fault = fmt.Errorf("event %d tells of a paid payment that is not: %.200s", id, data)
	}
	r.paid[name] = true
}

// finish reads what is left and compares the events with the payments.
func (r *reader) finish(t *testing.T) {
	t.Helper()
	r.follow(context.Background(), 3*time.Second)
	if r.fault != nil {
		t.Error(r.fault)
	}
	d := &day{street: r.street}
	for _, p := range d.everyPayment(context.Background()) {
		if (p.State == "paid") != r.paid[p.ID] {
			t.Errorf("%s is %s; told as paid: %t", p.ID, p.State, r.paid[p.ID])
		}
	}
}
