package wallet

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// Desk is what a provider is given.
type Desk struct {
	Dir    string // its own folder, for keys; named after the wallet
	Book   *book.Book
	Faults *fault.Set
	Now    func() time.Time
	Rand   io.Reader

	// BillReady says whether the bill of a day (2006-01-02, in Beijing) lies
	// ready, and up to when it counts. Nil: every past day is ready, up to its
	// end, and today is not.
	BillReady func(day string) (cut time.Time, ok bool)
	// SpoilBill changes what a bill tells. Nil: the truth.
	SpoilBill func(rows []book.Row) []book.Row
}

// Provider is one wallet of the street. It serves its real paths from the root
// of its own port: signatures cover the path.
type Provider interface {
	// Wallet names it, in the book, in faults and in credentials.json.
	Wallet() book.Wallet
	// Ops names its calls for fault rules, fault.OpNotice included.
	Ops() []string
	// Doors are the addresses it listens at.
	Doors() []Door
	// Credentials is the object under its name in credentials.json, made
	// from the base URLs of its doors, in their order. File names in it are
	// relative to the folder of that file: they begin with the base name of
	// Desk.Dir.
	Credentials(urls []string) any
	// NoticeRequest makes one delivery of a notice, signed now. The plan may
	// ask for WrongAmount, BadSignature, ForgedNotice or SignTestProbe: then
	// this very delivery is spoilt so.
	NoticeRequest(ctx context.Context, n book.Notice, plan fault.Plan) (*http.Request, error)
	// NoticeTaken reports whether the merchant's answer means "I have it".
	NoticeTaken(code int, body []byte) bool
}

// Door is one listening address of a provider: the street's port plus Offset,
// or a free port when the street's is 0. TLS may be nil.
type Door struct {
	Offset  int
	TLS     *tls.Config
	Handler http.Handler
}
