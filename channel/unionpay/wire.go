package unionpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// The limits of a message; documented ones stay below 8 KiB and 50 fields.
const (
	maxAnswer = 256 << 10
	maxFields = 128
	maxName   = 64
)

// maxFen is the largest txnAmt: 12 digits [1].
const maxFen = 999_999_999_999

// request is one message before it is signed.
type request struct {
	op     string // for the timeline
	url    string
	fields fields
	secret string // the payer's code, to be struck out of all that is kept
	file   bool   // the answer may be a whole day's file
}

func (r request) limit() limit {
	if r.file {
		return limit{time: fileTime, size: maxFileAnswer}
	}
	return limit{size: maxAnswer}
}

// masked is the request for the timeline. qrNo is the payer's code.
func (r request) masked() string {
	out := fields{}
	for _, name := range []string{"txnType", "txnSubType", "orderId", "txnTime", "txnAmt", "payTimeout", "termId", "qrNo", "origQryId",
		"origOrderId", "origTxnTime", "settleDate", "fileType"} {
		if r.fields[name] != "" {
			out[name] = r.fields[name]
		}
	}
	if code := out["qrNo"]; code != "" {
		out["qrNo"] = code[:2] + strings.Repeat("*", len(code)-2)
	}
	return short(out)
}

// masked is a message of UnionPay's for the timeline: a list of fields that may
// be kept. secret, the payer's code, is struck out should it be repeated.
func (f fields) masked(secret string) string {
	out := fields{}
	for _, name := range []string{"txnType", "txnSubType", "orderId", "txnTime", "respCode", "respMsg", "origRespCode", "origRespMsg",
		"txnAmt", "settleAmt", "settleDate", "queryId", "origQryId", "traceNo", "traceTime", "payCardType", "qrCode", "fileName", "fileType"} {
		if f[name] != "" {
			out[name] = cutText(f[name], 300)
		}
	}
	if who := f.payer(); who != "" {
		out["accNo"] = who
	}
	text := short(out)
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "*")
	}
	return text
}

// payer is the payer's card as it may be shown: the first six and the last four
// digits. One that is encrypted by agreement says nothing.
func (f fields) payer() string {
	s := f["accNo"]
	if len(s) < 10 || len(s) > 30 || strings.Trim(s, "0123456789*") != "" {
		return ""
	}
	return s[:6] + strings.Repeat("*", len(s)-10) + s[len(s)-4:]
}

// short writes fields as JSON of at most 4096 bytes.
func short(f fields) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return ""
	}
	return cutText(strings.TrimSpace(b.String()), 4096)
}

// cutText shortens text to so many bytes without cutting a character in two.
func cutText(s string, size int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= size {
		return s
	}
	return strings.ToValidUTF8(s[:size], "")
}

var errShape = errors.New("not an answer of the gateway")

// parseAnswer reads form text whose values are not escaped: name=value joined by
// &, where a value may hold = and, inside { }, also & [3]. A gateway that does
// escape its values is known by the signature: base64 has no percent sign.
func parseAnswer(body []byte) (fields, error) {
	text := string(body)
	f := fields{}
	for rest := text; ; {
		name, after, ok := strings.Cut(rest, "=")
		if !ok || name == "" || len(name) > maxName || !alphanumeric(name) || len(f) >= maxFields {
			return nil, errShape
		}
		if _, twice := f[name]; twice {
			return nil, errShape
		}
		end, ok := valueEnd(after)
		if !ok {
			return nil, errShape
		}
		f[name] = after[:end]
		if end == len(after) {
			break
		}
		rest = after[end+1:]
	}
	if strings.Contains(f["signature"], "%") {
		return parseForm(text)
	}
	if sig := f["signature"]; sig != "" {
		f["signature"] = strings.TrimRight(sig, "\r\n") // a line end behind the last value
	}
	return f, nil
}

// valueEnd returns where a value ends: at the next &, or, when it begins with {,
// behind the matching }.
func valueEnd(s string) (int, bool) {
	if !strings.HasPrefix(s, "{") {
		if i := strings.IndexByte(s, '&'); i >= 0 {
			return i, true
		}
		return len(s), true
	}
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			return i + 1, i+1 == len(s) || s[i+1] == '&'
		}
	}
	return 0, false
}

// parseForm reads an escaped form: one value per name, nothing without a name.
func parseForm(text string) (fields, error) {
	if strings.Count(text, "&") >= maxFields {
		return nil, errShape
	}
	form, err := url.ParseQuery(text)
	if err != nil || len(form) == 0 {
		return nil, errShape // the parser's words may quote it
	}
	f := fields{}
	for name, values := range form {
		if len(name) > maxName || !alphanumeric(name) || name == "" || len(values) != 1 {
			return nil, errShape
		}
		f[name] = values[0]
	}
	return f, nil
}

// fate says what became of a call.
type fate int

const (
	unread   fate = iota // something may have left, nothing can be believed
	notSent              // nothing left
	believed             // the answer was proven to be UnionPay's
)

// heard is what a call brought: the fields count only when they are believed.
type heard struct {
	fate     fate
	fields   fields
	message  channel.Message
	messages []channel.Message
}

// told closes the record of the one message that was sent.
func (h heard) told(took time.Duration) heard {
	h.message.Took = took
	h.messages = []channel.Message{h.message}
	return h
}

// dress completes an answer with what every answer has.
func (h heard) dress(a channel.Answer) channel.Answer {
	a.Messages, a.WalletCode = h.messages, h.walletCode()
	return a
}

func (h heard) dressRefund(a channel.RefundAnswer) channel.RefundAnswer {
	a.Messages, a.WalletCode = h.messages, h.walletCode()
	return a
}

// walletCode is the code that says most, for the record.
func (h heard) walletCode() string {
	if code := h.fields["origRespCode"]; code != "" {
		return cutText(code, 16)
	}
	return cutText(h.fields["respCode"], 16)
}

// amount reads txnAmt.
func (f fields) amount() (guitai.Money, bool) {
	s := f["txnAmt"]
	n, err := strconv.ParseInt(s, 10, 64)
	ok := err == nil && s != "" && digits(s) && n >= 1 && n <= maxFen && (f["currencyCode"] == "" || f["currencyCode"] == "156")
	return guitai.Fen(n), ok
}

// happened is when a trade went through: traceTime has month, day and time, and
// the year is the first in which that is not more than a day before txnTime. No
// time is the zero time.
func (f fields) happened() time.Time {
	asked, err := parseTime(f["txnTime"])
	if err != nil || len(f["traceTime"]) != 10 {
		return time.Time{}
	}
	year := asked.In(zone()).Year()
	for _, y := range []int{year - 1, year, year + 1} {
		at, err := parseTime(strconv.Itoa(y) + f["traceTime"])
		if err == nil && at.After(asked.Add(-24*time.Hour)) {
			return at
		}
	}
	return time.Time{}
}

const stamp = "20060102150405"

// beijing writes a time as UnionPay does: yyyyMMddHHmmss, UTC+8.
func beijing(t time.Time) string { return t.In(zone()).Format(stamp) }

func parseTime(s string) (time.Time, error) {
	t, err := time.ParseInLocation(stamp, s, zone())
	return t.UTC(), err
}

func zone() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func alphanumeric(s string) bool {
	for i := range len(s) {
		if b := s[i]; !(b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z') {
			return false
		}
	}
	return true
}
