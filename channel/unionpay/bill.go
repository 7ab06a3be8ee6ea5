package unionpay

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// The limits of a reconciliation file. A line of ZM has 607 bytes: 64 MiB hold
// a hundred thousand trades.
const (
	fileTime      = 2 * time.Minute
	maxFileAnswer = 48 << 20
	maxPacked     = 48 << 20
	maxUnpacked   = 64 << 20 // all members together
	maxMembers    = 32
	maxLine       = 8 << 10
)

// member is one file of the pack: ZM the trades, ZME the adjustments.
type member struct {
	name  string
	lines [][]byte // in GBK, fixed columns, without line ends
}

// noFileCode says that there is no file for that day, or not yet [2].
const noFileCode = "98"

// fileAge is how long UnionPay is asked for a day: settleDate names no year.
const fileAge = 300 * 24 * time.Hour

// FetchBill fetches the file of a settlement day: 76/01 [4]. A settlement day
// goes from 23:00 of the day before to 23:00 in Beijing. Only the trade bill
// exists. What is written are the lines of ZM, and those of ZME behind a line
// that says so. "No file" means that nothing happened only when the day is over
// for a day.
func (c *Channel) FetchBill(ctx context.Context, b channel.BillRequest, into io.Writer) channel.BillAnswer {
	day, err := time.ParseInLocation(time.DateOnly, b.Day, zone())
	ended := day.Add(23 * time.Hour)
	age := c.now().Sub(ended)
	switch {
	case err != nil, b.Kind != channel.TradeBill, age > fileAge:
		return channel.BillAnswer{Outcome: channel.BillRefused, Reason: guitai.CodeOrderRefused}
	case age < -24*time.Hour: // to come; without a year it would name the last one
		return channel.BillAnswer{Outcome: channel.BillNotReady}
	case c.fileURL == "":
		return channel.BillAnswer{Outcome: channel.BillUnavailable, Reason: guitai.CodeNotSent}
	}
	mmdd := day.Format("0102")
	f := c.head("76", "01")
	delete(f, "channelType")
	f["txnTime"], f["settleDate"], f["fileType"] = beijing(c.now()), mmdd, "00"
	h := c.call(ctx, request{op: "file", url: c.fileURL, fields: f, file: true})
	a := channel.BillAnswer{WalletCode: h.walletCode(), Messages: h.messages}
	code := h.fields["respCode"]
	switch {
	case h.fate == notSent:
		a.Outcome, a.Reason = channel.BillUnavailable, guitai.CodeWalletUnreachable
	case h.fate == believed && code == noFileCode && age >= 24*time.Hour:
		a.Outcome = channel.BillEmpty
	case h.fate == believed && code == noFileCode:
		a.Outcome = channel.BillNotReady
	case h.fate == believed && forbids(code):
		a.Outcome, a.Reason = channel.BillRefused, guitai.CodeAccountTrouble
	case h.fate != believed, code != codeGood, h.fields["txnType"] != "76", h.fields["settleDate"] != mmdd:
		a.Outcome, a.Reason = channel.BillUnknown, guitai.CodeOutcomeUnknown
	default:
		a.Outcome = channel.BillFetched
		if writeBill(h.fields["fileContent"], into) != nil {
			a.Outcome, a.Reason = channel.BillUnknown, guitai.CodeOutcomeUnknown
		}
	}
	return a
}

// forbids: the merchant is not in order (31), or has no right to this (32) [2].
func forbids(code string) bool { return code == "31" || code == "32" }

// adjustments is the line behind which those of ZME stand.
const adjustments = "ZME"

// writeBill unpacks a file and writes its lines as ReadBill takes them.
func writeBill(content string, into io.Writer) error {
	members, err := unpack(content)
	if err != nil {
		return err
	}
	var zm, zme [][]byte
	for _, m := range members {
		switch kind, _, _ := strings.Cut(m.name, "_"); {
		case strings.HasSuffix(kind, "ZM"):
			zm = append(zm, m.lines...)
		case strings.HasSuffix(kind, "ZME"):
			zme = append(zme, m.lines...)
		}
	}
	if len(zme) > 0 {
		zm = append(append(zm, []byte(adjustments)), zme...)
	}
	for _, line := range zm {
		if _, err := into.Write(append(line[:len(line):len(line)], '\r', '\n')); err != nil {
			return err
		}
	}
	return nil
}

var errPack = errors.New("unionpay: the file cannot be unpacked")

// unpack opens base64 of zlib of a ZIP of files of lines.
func unpack(content string) ([]member, error) {
	squeezed, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		return nil, errPack
	}
	z, err := zlib.NewReader(bytes.NewReader(squeezed))
	if err != nil {
		return nil, errPack
	}
	packed, err := io.ReadAll(io.LimitReader(z, maxPacked+1))
	if err != nil || len(packed) > maxPacked {
		return nil, errPack
	}
	pack, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(pack.File) > maxMembers {
		return nil, errPack
	}
	var out []member
	left := int64(maxUnpacked)
	for _, m := range pack.File {
		r, err := m.Open()
		if err != nil {
			return nil, errPack
		}
		text, err := io.ReadAll(io.LimitReader(r, left+1))
		if cerr := r.Close(); err != nil || cerr != nil || int64(len(text)) > left {
			return nil, errPack
		}
		left -= int64(len(text))
		lines, err := splitLines(text)
		if err != nil {
			return nil, err
		}
		out = append(out, member{name: cutText(m.Name, 128), lines: lines})
	}
	return out, nil
}

// splitLines cuts text at its line ends; empty lines are left out.
func splitLines(text []byte) ([][]byte, error) {
	var out [][]byte
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) > maxLine {
			return nil, errPack
		}
		if len(line) > 0 {
			out = append(out, line)
		}
	}
	return out, nil
}
