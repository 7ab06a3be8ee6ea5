package qr

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"

	"guitai"
)

// cpmStart is how every EMV CPM code begins: base64 of the tag 85, its length
// and "CPV01" (EMV QRCPS consumer-presented mode, Payload Format Indicator).
const cpmStart = "hQVDUFYwM"

// maxCPM is the most characters an EMV CPM code may have.
const maxCPM = 512

// Tags of EMV CPM that tell whose code it is.
const (
	tagFormat      = 0x85 // payload format indicator
	tagApplication = 0x61 // application template
	tagAID         = 0x4F // application identifier, inside 61
)

// unionPayRID is the registered application provider that all UnionPay AIDs
// begin with (ISO/IEC 7816-5): A000000333.
const unionPayRID = "\xA0\x00\x00\x03\x33"

var errTLV = errors.New("not BER-TLV")

// cpmWallet opens an EMV CPM code as far as its application identifiers. Any
// UnionPay application makes it UnionPay's: the payer's app offers them all and
// the network picks.
func cpmWallet(code string) (guitai.Wallet, error) {
	if len(code) > maxCPM {
		return "", malformed()
	}
	// Some scanners eat the padding, so it is optional here.
	raw, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(code, "="))
	if err != nil {
		return "", malformed()
	}
	objects, err := readTLV(raw)
	if err != nil || len(objects) < 2 || objects[0].tag != tagFormat || string(objects[0].value) != "CPV01" {
		return "", malformed()
	}
	wallet, applications := guitai.Wallet(""), 0
	for _, o := range objects[1:] {
		if o.tag != tagApplication {
			continue
		}
		inner, err := readTLV(o.value)
		if err != nil {
			return "", malformed()
		}
		for _, p := range inner {
			if p.tag != tagAID {
				continue
			}
			applications++
			if bytes.HasPrefix(p.value, []byte(unionPayRID)) {
				wallet = guitai.UnionPay
			}
		}
	}
	switch {
	case applications == 0:
		return "", malformed()
	case wallet == "":
		return "", guitai.Fail(guitai.Invalid, guitai.CodeCodeNoWallet)
	}
	return wallet, nil
}

type tlv struct {
	tag   uint32
	value []byte
}

// readTLV splits one level of BER-TLV: tags of up to three bytes, lengths in
// the short form or with one or two bytes behind 81 or 82. At most 64 objects.
func readTLV(b []byte) ([]tlv, error) {
	var out []tlv
	for len(b) > 0 {
		if len(out) == 64 {
			return nil, errTLV
		}
		tag, n := uint32(b[0]), 1
		if b[0]&0x1F == 0x1F { // more bytes of the tag follow (ISO/IEC 8825-1 8.1.2.4)
			for more := true; more; n++ {
				if n == 3 || n >= len(b) {
					return nil, errTLV
				}
				tag, more = tag<<8|uint32(b[n]), b[n]&0x80 != 0
			}
		}
		size, used, err := tlvLength(b[n:])
		if err != nil {
			return nil, err
		}
		b = b[n+used:]
		if size > len(b) {
			return nil, errTLV
		}
		out = append(out, tlv{tag, b[:size]})
		b = b[size:]
	}
	return out, nil
}

// tlvLength reads a length and tells how many bytes it took.
func tlvLength(b []byte) (size, used int, err error) {
	switch {
	case len(b) >= 1 && b[0] < 0x80:
		return int(b[0]), 1, nil
	case len(b) >= 2 && b[0] == 0x81:
		return int(b[1]), 2, nil
	case len(b) >= 3 && b[0] == 0x82:
		return int(b[1])<<8 | int(b[2]), 3, nil
	}
	return 0, 0, errTLV
}
