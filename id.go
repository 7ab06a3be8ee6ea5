package guitai

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// The names of things. Each is its own type so that one cannot be handed over
// for another. What Guitai makes itself is a prefix, an underscore and 26
// characters of base32 over the layout of a UUID version 7 (RFC 9562 §5.7), so
// that names sort by the time they were made. What a client makes for itself
// (payments, refunds) may be any text that ValidID accepts.
type (
	// PaymentID names a payment, unique per merchant. Prefix "pay".
	PaymentID string
	// RefundID names a refund, unique per merchant. Prefix "ref".
	RefundID string
	// MerchantID names a merchant. Prefix "mer".
	MerchantID string
	// ShopID names a shop of a merchant. Prefix "shp".
	ShopID string
	// TillID names a counter in a shop. Prefix "til".
	TillID string
	// SaleID names a bill, made by the till. Prefix "sal".
	SaleID string
	// ShiftID names one person's time at a till, made by the till. Prefix "shf".
	ShiftID string
	// BookID names a till's journal in one browser. Prefix "jrn"; its entries have "jen".
	BookID string
	// HoldID names a bill laid aside, made by the till. Prefix "hld".
	HoldID string
	// MemberID names a customer who is known. Prefix "mem".
	MemberID string
	// StaffID names a person who works in a shop. Prefix "stf".
	StaffID string
	// AccountID names our credentials at a wallet. It stands in callback
	// paths. Prefix "acc".
	AccountID string
	// EventID names something that happened. Prefix "evt".
	EventID string
	// SuspenseID names money that waits to be attached or given back. Prefix "sus".
	SuspenseID string
	// EntryID names one line of the ledger. Prefix "ent".
	EntryID string
	// MessageID names one message on the wire, kept for the timeline. Prefix "msg".
	MessageID string
	// SessionID names a signed-in person at a till. Prefix "ses".
	SessionID string
	// IncidentID names a case for a person. Prefix "inc".
	IncidentID string
	// KeyID names an API key. Prefix "key".
	KeyID string
	// TillKeyID names the key of an enrolled till; it is made from the key
	// itself. Prefix "tky".
	TillKeyID string
	// WebhookID names an address that is told what happens. Prefix "whk".
	WebhookID string
	// DeliveryID names one message to one such address. Prefix "dlv".
	DeliveryID string
)

// crockford is Crockford's base32 alphabet in lower case: no i, l, o, u, so
// that a name read aloud is written down right.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID makes a name of the given type for something that came to be at now.
// Only rand decides the 74 random bits; it must be unpredictable in production.
func NewID[T ~string](prefix string, now time.Time, rand io.Reader) (T, error) {
	var b [16]byte
	if _, err := io.ReadFull(rand, b[6:]); err != nil {
		return "", fmt.Errorf("id: no randomness: %w", err)
	}
	ms := now.UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return T(prefix + "_" + Base32(b[:])), nil
}

// Base32 writes bytes in Crockford's alphabet, five bits a character from the
// left, the last character padded with zero bits.
func Base32(b []byte) string {
	out := make([]byte, 0, (len(b)*8+4)/5)
	var acc, bits uint
	for _, c := range b {
		acc, bits = acc<<8|uint(c), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, crockford[acc>>bits&31])
		}
	}
	if bits > 0 {
		out = append(out, crockford[acc<<(5-bits)&31])
	}
	return string(out)
}

var errID = errors.New("id: 1 to 64 letters, digits or . _ : -, beginning with a letter or digit")

// ValidID checks the text of a name from outside: 1 to 64 characters of
// A–Z a–z 0–9 . _ : -, the first a letter or digit.
func ValidID(s string) error {
	if len(s) < 1 || len(s) > 64 {
		return errID
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && (i == 0 || c != '.' && c != '_' && c != ':' && c != '-') {
			return errID
		}
	}
	return nil
}
