package unionpay

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"guitai"
	"guitai/channel"
)

// The limits of a reconciliation file. A line of ZM has 609 bytes: 64 MiB hold
// a hundred thousand trades.
const (
	fileTime      = 2 * time.Minute
	maxFileAnswer = 48 << 20
	maxPacked     = 48 << 20
	maxUnpacked   = 64 << 20 // all members together
	maxMembers    = 32
	maxLine       = 8 << 10
)

// ErrNoBill says that UnionPay has no file for that day, or not yet (98).
var ErrNoBill = errors.New("unionpay: no file for that day")

// Bill is the reconciliation file of one settlement day [4] as it was unpacked.
type Bill struct {
	Name     string // of the packed file
	Members  []BillMember
	Messages []channel.Message // also when there is an error
}

// BillMember is one file of the pack: ZM the trades, ZME the adjustments.
type BillMember struct {
	Name  string
	Lines [][]byte // in GBK, fixed columns, without line ends
}

// Bill fetches the file of a settlement day: 76/01 [4]. A settlement day goes
// from 23:00 of the day before to 23:00 in Beijing; only the date of day counts,
// as Beijing writes it. The errors are Unavailable (nothing was sent), ErrNoBill
// inside NotFound, and Unknown for all that cannot be believed.
func (c *Channel) Bill(ctx context.Context, day time.Time) (Bill, error) {
	if c.fileURL == "" {
		return Bill{}, guitai.Fail(guitai.Unavailable, guitai.CodeNotSent, errors.New("unionpay: no address of files"))
	}
	mmdd := day.In(zone()).Format("0102")
	f := c.head("76", "01")
	delete(f, "channelType")
	f["txnTime"], f["settleDate"], f["fileType"] = beijing(c.now()), mmdd, "00"
	h := c.call(ctx, request{op: "file", url: c.fileURL, fields: f, file: true})
	b := Bill{Messages: h.messages}
	switch {
	case h.fate == notSent:
		return b, guitai.Fail(guitai.Unavailable, guitai.CodeWalletUnreachable)
	case h.fate != believed:
		return b, guitai.Fail(guitai.Unknown, guitai.CodeOutcomeUnknown, errors.New("unionpay: "+h.message.Failure))
	case h.fields["respCode"] == "98":
		return b, guitai.Fail(guitai.NotFound, guitai.CodePageNotFound, ErrNoBill)
	case h.fields["respCode"] != codeGood, h.fields["txnType"] != "76", h.fields["settleDate"] != mmdd:
		return b, guitai.Fail(guitai.Unknown, guitai.CodeOutcomeUnknown, errors.New("unionpay: file refused: "+h.walletCode()))
	}
	members, err := unpack(h.fields["fileContent"])
	if err != nil {
		return b, guitai.Fail(guitai.Unknown, guitai.CodeOutcomeUnknown, err)
	}
	b.Name, b.Members = cutText(h.fields["fileName"], 128), members
	return b, nil
}

var errPack = errors.New("unionpay: the file cannot be unpacked")

// unpack opens base64 of zlib of a ZIP of files of lines.
func unpack(content string) ([]BillMember, error) {
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
	var out []BillMember
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
		out = append(out, BillMember{Name: cutText(m.Name, 128), Lines: lines})
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
