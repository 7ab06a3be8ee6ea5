package guitai

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Member is a customer who is known.
type Member struct {
	ID         MemberID
	Merchant   MerchantID
	Code       string // on the card
	Phone      string // normalised by NormalPhone; empty: none
	Name       string
	Segment    string // whose prices; empty: the usual ones
	BirthMonth int    // 0: not known
	BirthDay   int
	Purse      string // whose points: the member's own ID, or a pool's
	PoolName   string // of a pool; empty: the member's own purse
	MadeAt     time.Time
	ChangedAt  time.Time
	GoneAt     time.Time // zero: a member
}

// Pooled reports whether the points are shared with others.
func (m Member) Pooled() bool { return m.Purse != string(m.ID) }

// Limits of what is kept of a member.
const (
	mostMemberName = 60 // characters
	mostMemberCode = 32
)

// Check says what is wrong with a member; the field at fault is named by its
// name in the API.
func (m Member) Check() error {
	days := [...]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	switch {
	case ValidID(string(m.ID)) != nil:
		return FailField(CodeIDMalformed, "id")
	case ValidID(m.Code) != nil || len(m.Code) > mostMemberCode:
		return FailField(CodeFieldInvalid, "code")
	case strings.TrimSpace(m.Name) == "" || utf8.RuneCountInString(m.Name) > mostMemberName:
		return FailField(CodeFieldInvalid, "name")
	case utf8.RuneCountInString(m.Segment) > mostMemberCode:
		return FailField(CodeFieldInvalid, "segment")
	case m.BirthMonth < 0 || m.BirthMonth > 12 || m.BirthDay < 0 || m.BirthDay > days[m.BirthMonth] || m.BirthMonth > 0 && m.BirthDay == 0:
		return FailField(CodeFieldInvalid, "birthday")
	}
	return nil
}

// NormalPhone writes a phone number in one way: the eleven digits of the
// mainland without a prefix, others with + and their country. "" is none.
func NormalPhone(s string) (string, error) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '　' || r == '.':
		default:
			return "", Fail(Invalid, CodePhoneInvalid)
		}
		if b.Len() > 20 {
			return "", Fail(Invalid, CodePhoneInvalid)
		}
	}
	n := b.String()
	if n == "" {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(n, "00"); ok {
		n = "+" + rest
	}
	if rest, ok := strings.CutPrefix(n, "+86"); ok {
		n = rest
	}
	mainland := len(n) == 11 && n[0] == '1' && n[1] >= '3'
	foreign := strings.HasPrefix(n, "+") && len(n) >= 8 && len(n) <= 16 && n[1] != '0'
	if !mainland && !foreign {
		return "", Fail(Invalid, CodePhoneInvalid)
	}
	return n, nil
}

// MaskPhone hides the middle of a phone number: 138****1234.
func MaskPhone(phone string) string {
	const head, tail = 3, 4
	if len(phone) < head+tail+1 {
		return strings.Repeat("*", len(phone))
	}
	return phone[:head] + strings.Repeat("*", len(phone)-head-tail) + phone[len(phone)-tail:]
}
