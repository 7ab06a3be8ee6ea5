package channel

import "context"

// Inside can take money inside the wallet's own app: our page runs in its
// browser and hands an order to the app (WeChat JSAPI, Alipay's in-app pay).
type Inside interface {
	// Greet is where to send the payer's browser, so that it comes back to
	// `back` with state and a proof of who the payer is. Empty: this wallet
	// needs no such proof.
	Greet(back, state string) string
	// Payer turns the query with which the browser came back into the payer's
	// name at our app. It moves no money. The answer's outcome is Waiting when
	// Answer.Payer is set (in full: it is needed for ShowInside and masked by
	// nobody else; keep it no longer than the page), else why not.
	Payer(ctx context.Context, query map[string][]string) Answer
	// ShowInside makes an order for this payer. Waiting: Answer.Code is a JSON
	// object of strings for the app's own script, or an address to send the
	// browser to. Otherwise as Show. It is ended, asked about and told of like
	// an order of Show.
	ShowInside(ctx context.Context, s Show, payer string) Answer
}
