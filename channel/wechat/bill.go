package wechat

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// Bounds of a bill's download. A shop with a million payments a day has a file
// of some 400 MiB.
const (
	maxPacked  = 512 << 20
	maxBill    = 4 << 30
	billWithin = 10 * time.Minute
)

// FetchBill asks for a bill and downloads it. The answer that names the file is
// signed; the file is not, but that answer tells its digest. What was written
// counts only when the outcome is BillFetched.
func (c *Channel) FetchBill(ctx context.Context, b channel.BillRequest, into io.Writer) channel.BillAnswer {
	target, op := "/v3/bill/tradebill?bill_date="+b.Day+"&bill_type=ALL", "tradebill"
	if b.Kind == channel.FundBill {
		target, op = "/v3/bill/fundflowbill?bill_date="+b.Day+"&account_type=BASIC", "fundflowbill"
	}
	if _, err := time.Parse(time.DateOnly, b.Day); err != nil || b.Kind != channel.FundBill && b.Kind != channel.TradeBill {
		return channel.BillAnswer{Outcome: channel.BillUnavailable, Reason: guitai.CodeFieldInvalid}
	}
	switch {
	case c.subMchID == "":
	case b.Kind == channel.FundBill:
		// The only account that could be told of is the provider's own.
		return channel.BillAnswer{Outcome: channel.BillRefused, Reason: guitai.CodeAccountTrouble}
	default:
		target += "&sub_mchid=" + url.QueryEscape(c.subMchID)
	}
	a := c.v3(ctx, op, http.MethodGet, target+"&tar_type=GZIP", nil)
	out := channel.BillAnswer{Outcome: channel.BillUnknown, Reason: guitai.CodeOutcomeUnknown, WalletCode: a.code, Messages: a.messages}
	if a.refusal() {
		out.Outcome, out.Reason = billVerdict(a.code)
		return out
	}
	if !a.sent {
		out.Outcome, out.Reason = channel.BillUnavailable, guitai.CodeWalletUnreachable
		return out
	}
	var at billAt
	if !a.read(&at) {
		return out
	}
	m, err := c.download(ctx, at, into)
	out.Messages = append(out.Messages, m)
	if err == nil {
		out.Outcome, out.Reason = channel.BillFetched, ""
	}
	return out
}

// billAt is where a bill lies and what it must be.
type billAt struct {
	HashType    string `json:"hash_type"`
	HashValue   string `json:"hash_value"`
	DownloadURL string `json:"download_url"`
}

var (
	errBillHost  = errors.New("the bill lies at another host")
	errBillHash  = errors.New("the bill is not what its digest says")
	errBillLarge = errors.New("the bill is too large")
)

// billAddress is where to fetch a bill: only where we send our other messages, or
// where the settings say. Our signature goes along, and what comes back is read.
func (c *Channel) billAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Fragment != "" || len(s) > 2048 {
		return nil, errBillHost
	}
	for _, ours := range []*url.URL{c.base, c.billBase} {
		if ours != nil && u.Scheme == ours.Scheme && strings.EqualFold(u.Host, ours.Host) {
			return u, nil
		}
	}
	return nil, errBillHost
}

// download fetches the file, unpacks it on its way and compares the digest,
// which is of the unpacked file.
func (c *Channel) download(ctx context.Context, at billAt, into io.Writer) (channel.Message, error) {
	start := c.now()
	m := channel.Message{At: start, Op: "billdownload"}
	fail := func(err error) (channel.Message, error) {
		m.Took, m.Failure = c.now().Sub(start), short(err)
		return m, err
	}
	want, err := hex.DecodeString(at.HashValue)
	if err != nil || len(want) != sha1.Size || at.HashType != "SHA1" {
		return fail(errBillHash)
	}
	u, err := c.billAddress(at.DownloadURL)
	if err != nil {
		return fail(err)
	}
	m.Out = "GET " + cut(u.Path, 256) // the query is a key to the file
	q := request{method: http.MethodGet, url: u}
	if err := c.signed(&q); err != nil {
		return fail(err)
	}
	ctx, stop := context.WithTimeout(ctx, billWithin)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), nil)
	if err != nil {
		return fail(errBillHost)
	}
	req.Header = q.header
	res, err := c.plain.RoundTrip(req) // follows no redirect
	if err != nil {
		return fail(err)
	}
	defer res.Body.Close()
	m.HTTP = res.StatusCode
	if res.StatusCode != http.StatusOK {
		return fail(refusedBill(res.Body))
	}
	sum := sha1.New()
	if err := unpack(io.MultiWriter(sum, into), res.Body); err != nil {
		return fail(err)
	}
	if subtle.ConstantTimeCompare(sum.Sum(nil), want) != 1 {
		return fail(errBillHash)
	}
	m.Took = c.now().Sub(start)
	return m, nil
}

// refusedBill tells the code of a refused download, which proves nothing.
func refusedBill(body io.Reader) error {
	var e struct {
		Code string `json:"code"`
	}
	if json.NewDecoder(io.LimitReader(body, 64<<10)).Decode(&e) == nil && e.Code != "" {
		return errors.New("refused: " + cut(e.Code, 64))
	}
	return errors.New("not HTTP 200")
}

// unpack copies a file out of its gzip, or as it is when it came without.
func unpack(to io.Writer, from io.Reader) error {
	packed := &io.LimitedReader{R: from, N: maxPacked}
	r := bufio.NewReader(packed)
	var file io.Reader = r
	if head, err := r.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		file = z
	}
	n, err := io.Copy(to, io.LimitReader(file, maxBill))
	if n >= maxBill || packed.N <= 0 {
		return errBillLarge
	}
	return err
}

// billVerdict reads the code of a refused bill.
func billVerdict(code string) (channel.BillOutcome, guitai.Code) {
	switch code {
	case "NO_STATEMENT_EXIST":
		return channel.BillEmpty, ""
	case "STATEMENT_CREATING":
		return channel.BillNotReady, ""
	}
	if busy(code) {
		return channel.BillUnknown, guitai.CodeWalletBusy
	}
	v := either(code, declined)
	if v.outcome == channel.Declined {
		return channel.BillRefused, v.reason
	}
	return channel.BillUnknown, v.reason
}
