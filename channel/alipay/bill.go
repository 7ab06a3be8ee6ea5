package alipay

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai"
	"guitai/channel"
)

// The limits of a bill. Alipay packs some ten to one, so that the first is a
// day of several million trades.
const (
	maxPack    = 64 << 20 // of the ZIP
	maxBill    = 1 << 30  // of the bill in it
	maxMembers = 16       // of the ZIP; real ones have two
)

// patience is how long after the end of its day a bill may still be made [14]:
// usually it is there by nine the next morning, now and then later. Until then
// "there is no bill" means "come again".
const patience = 24 * time.Hour

// paper is what Alipay calls a kind of bill.
type paper struct {
	kind   string // bill_type
	detail string // in the name of the member that has the lines
}

func paperOf(b channel.BillRequest) (paper, time.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, b.Day, zone())
	switch b.Kind {
	case channel.TradeBill:
		return paper{"trade", "业务明细"}, day, err == nil
	case channel.FundBill:
		return paper{"signcustomer", "账务明细"}, day, err == nil
	}
	return paper{}, day, false
}

// FetchBill asks where the bill lies and fetches it from there, which has to be
// done within 30 seconds [14]. Bills are made of whole days.
func (c *Channel) FetchBill(ctx context.Context, b channel.BillRequest, into io.Writer) channel.BillAnswer {
	p, day, ok := paperOf(b)
	if !ok {
		return channel.BillAnswer{Outcome: channel.BillRefused, Reason: guitai.CodeFieldInvalid}
	}
	h := c.call(ctx, request{method: "alipay.data.dataservice.bill.downloadurl.query", biz: biz{BillType: p.kind, BillDate: b.Day}})
	a := billAnswer(h, day.AddDate(0, 0, 1), c.now())
	a.Messages, a.WalletCode = h.messages, h.node.walletCode()
	if a.Outcome != channel.BillFetched {
		return a
	}
	m := c.carry(ctx, h.node.BillURL, p.detail, into)
	a.Messages = append(a.Messages, m)
	if m.Failure != "" {
		a.Outcome, a.Reason = channel.BillUnknown, guitai.CodeOutcomeUnknown
	}
	return a
}

// billAnswer reads the answer to the question for the address. end is when the
// bill's day ends.
func billAnswer(h heard, end, now time.Time) channel.BillAnswer {
	n := h.node
	switch {
	case h.fate == notSent:
		return channel.BillAnswer{Outcome: channel.BillUnavailable, Reason: guitai.CodeWalletUnreachable}
	case h.fate != believed:
		return channel.BillAnswer{Outcome: channel.BillUnknown, Reason: guitai.CodeOutcomeUnknown}
	case n.Code == codeSuccess:
		return channel.BillAnswer{Outcome: channel.BillFetched}
	}
	if why, ok := refusal(n); ok {
		if why == guitai.CodeWalletBusy {
			return channel.BillAnswer{Outcome: channel.BillUnknown, Reason: why}
		}
		return channel.BillAnswer{Outcome: channel.BillRefused, Reason: why}
	}
	none := n.SubCode == "BILL_NOT_EXIST" || n.SubCode == "isp.bill_not_exist"
	wrong := n.SubCode == "INVAILID_ARGUMENTS" // spelt so
	switch {
	case n.Code != codeFailed || !none && !wrong:
		return channel.BillAnswer{Outcome: channel.BillUnknown, Reason: guitai.CodeOutcomeUnknown}
	case now.Before(end), none && now.Before(end.Add(patience)):
		return channel.BillAnswer{Outcome: channel.BillNotReady}
	case none:
		return channel.BillAnswer{Outcome: channel.BillEmpty}
	}
	return channel.BillAnswer{Outcome: channel.BillRefused, Reason: guitai.CodeOrderRefused}
}

// carry fetches the pack from an address and writes the bill in it. The
// address is a secret while it counts, so the timeline gets its host and path.
func (c *Channel) carry(ctx context.Context, raw, detail string, into io.Writer) channel.Message {
	at := c.now()
	m := channel.Message{At: at.UTC(), Op: "bill.download"}
	where, err := c.billAddress(raw)
	if err != nil {
		m.Failure = err.Error()
		return m
	}
	m.Out = where.Host + where.Path
	w := c.line.get(ctx, where.String(), maxPack)
	m.HTTP, m.Failure = w.code, w.failure
	if w.failure == "" && w.code != 200 {
		m.Failure = "http " + strconv.Itoa(w.code)
	}
	if m.Failure == "" {
		n, err := unpack(w.body, detail, into)
		if err != nil {
			m.Failure = err.Error()
		}
		m.In = fmt.Sprintf("(ZIP of %d bytes, bill of %d)", len(w.body), n)
	}
	m.Took = c.now().Sub(at)
	return m
}

// billAddress believes an address only at the gateway's host or at the one
// where bills lie: the answer was signed, but our machine must not be sent to
// anywhere inside the shop's network. Alipay writes http for its host, which
// also speaks https; a bill is never fetched in clear text over a network.
func (c *Channel) billAddress(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > 2048 || u.User != nil || u.Fragment != "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("bill: not an address")
	}
	if !slices.Contains(c.billHosts, strings.ToLower(u.Host)) {
		return nil, errors.New("bill: at a strange host")
	}
	if !thisMachine(u.Hostname()) {
		u.Scheme = "https"
	}
	return u, nil
}

// hostsOf are the hosts where bills may lie.
func hostsOf(gateway, billHost string) []string {
	hosts := []string{strings.ToLower(billHost)}
	if u, err := url.Parse(gateway); err == nil {
		hosts = append(hosts, strings.ToLower(u.Host))
	}
	return hosts
}

// unpack writes the one member whose name holds detail and is no summary.
// Names are GBK and not marked as such; they are never used as paths. The ZIP
// carries a checksum of each member, which is compared.
func unpack(pack []byte, detail string, into io.Writer) (int64, error) {
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return 0, errors.New("bill: not a ZIP")
	}
	if len(z.File) > maxMembers {
		return 0, errors.New("bill: too many members")
	}
	var found *zip.File
	for _, f := range z.File {
		name := f.Name
		if f.NonUTF8 {
			if name, err = simplifiedchinese.GB18030.NewDecoder().String(name); err != nil {
				return 0, errors.New("bill: member with an unreadable name")
			}
		}
		if !strings.Contains(name, detail) || strings.Contains(name, "汇总") || !strings.HasSuffix(strings.ToLower(name), ".csv") {
			continue
		}
		if found != nil {
			return 0, errors.New("bill: two members with lines")
		}
		found = f
	}
	if found == nil {
		return 0, errors.New("bill: no member with lines")
	}
	if found.UncompressedSize64 > maxBill {
		return 0, errors.New("bill: too large")
	}
	r, err := found.Open()
	if err != nil {
		return 0, errors.New("bill: packed in an unknown way")
	}
	defer r.Close()
	n, err := io.Copy(into, io.LimitReader(r, maxBill+1))
	switch {
	case err != nil:
		return n, errors.New("bill: damaged, or nowhere to write it")
	case n > maxBill:
		return n, errors.New("bill: too large")
	}
	return n, nil
}
