//go:build unix

package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// day is a day at the counter: what the clients asked for and what they saw.
type day struct {
	*street
	seed      uint64
	clerkGone atomic.Bool
	twins     sync.WaitGroup // requests sent twice at once

	mu      sync.Mutex
	asked   map[string]bool // payments by the client's own id
	shown   map[string]bool // those that a client has seen as paid
	refunds []string        // refunds by the client's own id
}

type moneyView struct {
	Value    int64  `json:"value"`
	Currency string `json:"currency"`
}

type nextView struct {
	Action string `json:"action"`
	At     string `json:"at"`
}

type paymentView struct {
	ID        string    `json:"id"`
	State     string    `json:"state"`
	Amount    moneyView `json:"amount"`
	Refunded  moneyView `json:"refunded"`
	Wallet    string    `json:"wallet"`
	OrderNo   string    `json:"order_no"`
	Sale      string    `json:"sale"`
	CreatedAt string    `json:"created_at"`
	Next      *nextView `json:"next"`
	Code      *struct {
		Text string `json:"text"`
	} `json:"code"`
	Suspense []suspenseView `json:"suspense"`
}

type refundView struct {
	ID      string    `json:"id"`
	Payment string    `json:"payment"`
	State   string    `json:"state"`
	Amount  moneyView `json:"amount"`
	Next    *nextView `json:"next"`
}

type suspenseView struct {
	ID       string    `json:"id"`
	Payment  string    `json:"payment"`
	Amount   moneyView `json:"amount"`
	Reason   string    `json:"reason"`
	State    string    `json:"state"`
	ReturnAt string    `json:"return_at"`
}

func (n *nextView) String() string {
	if n == nil {
		return "nothing"
	}
	return n.Action + " at " + n.At
}

func ended(state string) bool { return state == "paid" || state == "failed" || state == "closed" }

// client is one payment at the counter, with its own dice.
type client struct {
	*day
	ctx    context.Context
	n      int
	id     string
	r      *rand.Rand
	wallet string
	body   map[string]any
	last   paymentView
}

// serve takes the n-th payment of the day in one of the ways that payments go.
func (d *day) serve(ctx context.Context, n int) {
	c := &client{day: d, ctx: ctx, n: n, r: rand.New(rand.NewPCG(d.seed, uint64(n)+1000)), id: fmt.Sprintf("pay_day%d_%d", d.seed, n)}
	c.wallet = []string{"wechat", "alipay"}[c.r.IntN(2)]
	c.body = map[string]any{"id": c.id, "amount": moneyView{1 + c.r.Int64N(50_000), "CNY"}, "description": "第 " + strconv.Itoa(n) + " 位"}
	ways := []struct {
		weight int
		way    func(*client)
	}{
		{20, func(c *client) { c.scan("") }},
		{8, func(c *client) {
			c.wallet = "unionpay" // its shown codes cannot be closed: a day would wait for them
			c.scan(pick(c.r, "", "", "password_ok", "poor", "slow"))
		}},
		{5, func(c *client) { c.scan("password_ok") }},
		{4, (*client).scanAndType},
		{3, func(c *client) { c.scan("password_wrong") }},
		{3, func(c *client) { c.scan(pick(c.r, "refuse", "cancel")) }},
		{4, func(c *client) { c.scan(pick(c.r, "poor", "risk", "expired")) }},
		{3, func(c *client) { c.scan("slow") }},
		{3, func(c *client) {
			c.wallet = "wechat" // Alipay has no word for it: there such a refund is on its way for ever
			c.scan("refund_abnormal")
		}},
		{4, (*client).scanAndClose},
		{3, (*client).scanUsedCode},
		{4, (*client).twoTills},
		{3, (*client).otherBody},
		{24, func(c *client) { c.show(pick(c.r, "", "", "password_ok")) }},
		{4, (*client).showToNobody},
		{5, (*client).showAndClose},
	}
	dice := c.r.IntN(100)
	for _, w := range ways {
		if dice -= w.weight; dice < 0 {
			w.way(c)
			break
		}
	}
	c.afterwards()
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// scan takes the money by the payer's code.
func (c *client) scan(behaviour string) {
	c.body["kind"], c.body["auth_code"] = "scan", c.payerCode(c.wallet, behaviour)
	c.take()
	c.watch(5 * time.Second)
}

// scanAndType is a payer who types the password after a while; half of the
// amounts are so large that the wallet asks anybody.
func (c *client) scanAndType() {
	code := ""
	if c.r.IntN(2) == 0 {
		c.body["amount"] = moneyView{200_000 + c.r.Int64N(1000), "CNY"}
		code = c.payerCode(c.wallet, "")
	} else {
		code = c.payerCode(c.wallet, "password")
	}
	c.body["kind"], c.body["auth_code"] = "scan", code
	c.take()
	c.pause(1500)
	// The switch may have reversed it by now; the wallet then refuses.
	c.street.wallet(http.MethodPost, "/control/payer-act", map[string]any{"code": code, "act": "password", "password": "123456"}, nil)
	c.watch(5 * time.Second)
}

// scanAndClose is a cashier who changes her mind while the answer is awaited.
func (c *client) scanAndClose() {
	c.body["kind"], c.body["auth_code"] = "scan", c.payerCode(c.wallet, pick(c.r, "", "slow", "password"))
	wait := time.Duration(c.r.IntN(400)) * time.Millisecond // drawn here: take draws from the same source
	var both sync.WaitGroup
	both.Go(c.take)
	time.Sleep(wait)
	c.insist(c.ctx, http.MethodPost, "/v1/payments/"+c.id+"/close", nil, nil)
	both.Wait()
	c.watch(5 * time.Second)
}

// scanUsedCode shows a code that has paid for something else.
func (c *client) scanUsedCode() {
	c.body["kind"], c.body["auth_code"] = "scan", c.payerCode(c.wallet, "")
	c.take()
	second := *c
	second.last = paymentView{}
	second.id = c.id + "_again"
	second.body = map[string]any{"id": second.id, "amount": moneyView{777, "CNY"}, "kind": "scan", "auth_code": c.body["auth_code"]}
	second.take()
	second.watch(5 * time.Second)
	c.watch(5 * time.Second)
}

// twoTills collect the same bill at once.
func (c *client) twoTills() {
	sale := fmt.Sprintf("sal_%d", c.n)
	var both sync.WaitGroup
	for i, id := range []string{c.id, c.id + "_two"} {
		till := &client{day: c.day, ctx: c.ctx, n: c.n, id: id, r: rand.New(rand.NewPCG(c.seed, uint64(c.n*10+i)))}
		till.body = map[string]any{"id": id, "amount": c.body["amount"], "kind": "scan", "sale": sale, "tender": "t1",
			"auth_code": c.payerCode(c.wallet, pick(c.r, "", "", "poor"))}
		both.Go(func() {
			till.take()
			till.watch(5 * time.Second)
		})
	}
	both.Wait()
}

// otherBody says something else under the same id: it must be refused.
func (c *client) otherBody() {
	c.scan("")
	other := map[string]any{"id": c.id, "amount": moneyView{1, "CNY"}, "kind": "show", "wallet": c.wallet}
	if code := c.insist(c.ctx, http.MethodPost, "/v1/payments", other, nil); code != http.StatusConflict && c.ctx.Err() == nil {
		c.t.Errorf("%s with another body: %d", c.id, code)
	}
}

// show makes a code and lets a payer scan and pay it.
func (c *client) show(behaviour string) {
	c.body["kind"], c.body["wallet"], c.body["expires_in"] = "show", c.wallet, 20
	c.take()
	if c.code() {
		c.pause(800)
		c.street.wallet(http.MethodPost, "/control/pay", map[string]any{"code": c.last.Code.Text, "behaviour": behaviour}, nil)
		c.watch(6 * time.Second)
	}
}

// showToNobody makes a code that lapses.
func (c *client) showToNobody() {
	c.body["kind"], c.body["wallet"], c.body["expires_in"] = "show", c.wallet, 5
	c.take()
	c.watch(time.Second)
}

// showAndClose closes a code while a payer has it before the eyes.
func (c *client) showAndClose() {
	c.body["kind"], c.body["wallet"] = "show", c.wallet
	c.take()
	if !c.code() {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		c.street.wallet(http.MethodPost, "/control/pay", map[string]any{"code": c.last.Code.Text}, nil)
	})
	c.pause(30)
	c.insist(c.ctx, http.MethodPost, "/v1/payments/"+c.id+"/close", nil, nil)
	both.Wait()
	c.watch(5 * time.Second)
}

// take sends the request, sometimes twice at once, until it is answered; later
// sometimes once more. It is the same payment every time.
func (c *client) take() {
	c.day.mu.Lock()
	c.asked[c.id] = true
	c.day.mu.Unlock()
	if c.r.IntN(4) == 0 && c.body["sale"] == nil {
		c.twins.Go(func() { c.call(c.ctx, http.MethodPost, "/v1/payments", c.body, nil) })
	}
	for range 1 + c.r.IntN(2) {
		var p paymentView
		code := c.insist(c.ctx, http.MethodPost, "/v1/payments", c.body, &p)
		switch {
		case code == http.StatusOK:
			c.see(p)
		case code == http.StatusConflict && c.body["sale"] != nil:
			c.day.mu.Lock()
			delete(c.asked, c.id) // the other till was faster: nothing was stored
			c.day.mu.Unlock()
			return
		case c.ctx.Err() == nil:
			c.t.Errorf("%s: %d", c.id, code)
		}
	}
}

// see notes what the screen says.
func (c *client) see(p paymentView) {
	if p.ID != c.id {
		c.t.Errorf("%s was answered with %s", c.id, p.ID)
	}
	c.last = p
	c.day.mu.Lock()
	defer c.day.mu.Unlock()
	if p.State == "paid" {
		c.shown[c.id] = true
	} else if c.shown[c.id] {
		c.t.Errorf("%s was shown as paid and is now shown as %s", c.id, p.State)
	}
}

// watch looks at the payment until it has an end or the client loses patience.
func (c *client) watch(patience time.Duration) {
	for until := time.Now().Add(patience); time.Now().Before(until) && !ended(c.last.State) && c.ctx.Err() == nil; {
		c.look()
		time.Sleep(60 * time.Millisecond)
	}
}

func (c *client) look() {
	var p paymentView
	if c.insist(c.ctx, http.MethodGet, "/v1/payments/"+c.id, nil, &p) == http.StatusOK {
		c.see(p)
	}
}

// code waits for the code to scan.
func (c *client) code() bool {
	for until := time.Now().Add(4 * time.Second); time.Now().Before(until) && c.last.Code == nil && !ended(c.last.State) && c.ctx.Err() == nil; {
		c.look()
		time.Sleep(40 * time.Millisecond)
	}
	return c.last.Code != nil
}

func (c *client) pause(mostMS int) {
	time.Sleep(time.Duration(c.r.IntN(mostMS)) * time.Millisecond)
}

// afterwards gives some of the money back: parts, twice, all, as a void, or
// more than there is.
func (c *client) afterwards() {
	if c.last.State != "paid" {
		return
	}
	value := c.last.Amount.Value
	part := moneyView{1 + c.r.Int64N(value), "CNY"}
	switch dice := c.r.IntN(20); {
	case dice < 5:
		c.refund(1, "refunds", map[string]any{"amount": part})
	case dice < 7:
		// Two at once, which may be too much together.
		var both sync.WaitGroup
		both.Go(func() { c.refund(1, "refunds", map[string]any{"amount": part}) })
		both.Go(func() { c.refund(2, "refunds", map[string]any{"amount": moneyView{value/2 + 1, "CNY"}}) })
		both.Wait()
	case dice < 10:
		c.refund(1, "void", map[string]any{})
	case dice == 10:
		c.refund(1, "refunds", map[string]any{"amount": moneyView{value + 1, "CNY"}})
	case dice == 11:
		var both sync.WaitGroup
		both.Go(func() { c.refund(1, "void", map[string]any{}) })
		both.Go(func() { c.refund(2, "refunds", map[string]any{"amount": part}) })
		both.Wait()
	}
}

func (c *client) refund(n int, how string, body map[string]any) {
	id := fmt.Sprintf("ref_%s_%d", c.id, n)
	body["id"] = id
	var r refundView
	switch code := c.insist(c.ctx, http.MethodPost, "/v1/payments/"+c.id+"/"+how, body, &r); code {
	case http.StatusOK:
		c.day.mu.Lock()
		c.refunds = append(c.refunds, id)
		c.day.mu.Unlock()
	case http.StatusConflict: // more than there is, or not voidable any more
	default:
		if c.ctx.Err() == nil {
			c.t.Errorf("%s: %d", id, code)
		}
	}
}

// clerk attaches some of the money in suspense; what he leaves goes back by
// itself.
func (d *day) clerk(ctx context.Context, closing <-chan struct{}) {
	defer d.clerkGone.Store(true)
	r := rand.New(rand.NewPCG(d.seed, 2))
	seen := map[string]bool{}
	for {
		for _, u := range d.suspense(ctx) {
			if !seen[u.ID] && r.IntN(2) == 0 {
				d.insist(ctx, http.MethodPost, "/v1/suspense/"+u.ID+"/attach", nil, nil)
			}
			seen[u.ID] = true
		}
		select {
		case <-ctx.Done():
			return
		case <-closing:
			return
		case <-time.After(400 * time.Millisecond):
		}
	}
}

func (d *day) suspense(ctx context.Context) []suspenseView {
	var list struct {
		Items []suspenseView `json:"items"`
	}
	d.insist(ctx, http.MethodGet, "/v1/suspense", nil, &list)
	return list.Items
}

// stuckAt reports whether a refund of the payment is a case for a person.
func (d *day) stuckAt(ctx context.Context, u suspenseView) bool {
	var list struct {
		Items []refundView `json:"items"`
	}
	d.insist(ctx, http.MethodGet, "/v1/payments/"+u.Payment+"/refunds", nil, &list)
	return slices.ContainsFunc(list.Items, func(r refundView) bool { return r.State == "stuck" })
}

func (d *day) refundsAsked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.refunds)
}

// everyPayment reads all pages of the list.
func (d *day) everyPayment(ctx context.Context) []paymentView {
	var all []paymentView
	cursor := ""
	for {
		var page struct {
			Items      []paymentView `json:"items"`
			NextCursor string        `json:"next_cursor"`
		}
		if code := d.insist(ctx, http.MethodGet, "/v1/payments?limit=100&cursor="+cursor, nil, &page); code != http.StatusOK {
			d.t.Errorf("list of payments: %d", code)
			return all
		}
		all = append(all, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return all
		}
	}
}
