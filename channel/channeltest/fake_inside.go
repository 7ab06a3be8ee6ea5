package channeltest

import (
	"context"
	"encoding/json"
	"net/url"

	"guitai"
	"guitai/channel"
)

// fakeGate is where a Fake's app would prove who holds the phone.
const fakeGate = "https://wallet.invalid/greet?"

// Greet is an address that nobody serves: a test reads it with Knock.
func (f *Fake) Greet(back, state string) string {
	return fakeGate + url.Values{"back": {back}, "state": {state}}.Encode()
}

// Knock is the payer's browser at an address that Greet made: it returns where
// the wallet sends it back to.
func Knock(greet, payer string) (string, error) {
	u, err := url.Parse(greet)
	if err != nil {
		return "", err
	}
	back, err := url.Parse(u.Query().Get("back"))
	if err != nil {
		return "", err
	}
	q := back.Query()
	q.Set("state", u.Query().Get("state"))
	q.Set("fake_payer", payer)
	back.RawQuery = q.Encode()
	return back.String(), nil
}

// Payer reads the name that Knock put there.
func (f *Fake) Payer(_ context.Context, query map[string][]string) channel.Answer {
	if name := query["fake_payer"]; len(name) == 1 && name[0] != "" {
		return channel.Answer{Outcome: channel.Waiting, Payer: name[0]}
	}
	return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeWalletRefused}
}

// ShowInside makes an order that only this payer may pay. Its code is a JSON
// object for PayInside.
func (f *Fake) ShowInside(ctx context.Context, s channel.Show, payer string) channel.Answer {
	a := f.call(ctx, Call{OpShow, guitai.Show}, s.No, func(p plan) channel.Answer {
		if o := f.orders[s.No]; o != nil && o.only != payer {
			return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeOrderRefused, WalletCode: "order_no_used"}
		}
		a := f.show(s, p)
		o := f.orders[s.No]
		if a.Outcome != channel.Waiting || o == nil {
			return a
		}
		delete(f.shown, o.code)
		o.only, o.code = payer, insideCode(o.code)
		f.shown[o.code] = o.no
		a.Code = o.code
		return a
	})
	if a.Outcome == channel.Waiting {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.scanLater(a.Code)
	}
	return a
}

// insideCode is what the app's script is handed.
func insideCode(token string) string {
	b, err := json.Marshal(map[string]string{"fakeOrder": token})
	if err != nil {
		return "" // a map of strings always marshals
	}
	return string(b)
}

// PayInside lets a payer pay inside the app what ShowInside answered.
func (f *Fake) PayInside(code, payer string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[f.shown[code]]
	switch {
	case o == nil:
		return errNoCode
	case o.only != payer:
		return errNotYours
	}
	return f.settle(o)
}
