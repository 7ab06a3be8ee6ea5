package alipay_test

import (
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/sandbox/fault"
)

// A channel that was opened with a certificate that Alipay no longer signs by
// fetches the new one, once, and goes on.
func TestFormerCertificate(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	o := certified(h)
	o.AlipayCert = h.file("alipay/alipay_cert_former.pem")
	ch := h.open(t, o)
	if err := h.street.Faults().Add(fault.Rule{Provider: "alipay", Op: "cert_download", Kind: fault.HTTP500, Count: 1}); err != nil {
		t.Fatal(err)
	}
	ask := channel.Order{No: "XONEVER", Kind: guitai.Scan, Amount: guitai.Fen(100), Made: time.Now()}
	if a := ch.Ask(t.Context(), ask); a.Outcome != channel.Unknown || len(a.Messages) != 2 {
		t.Fatalf("without the new certificate: %s, %d messages, want unknown with 2", a.Outcome, len(a.Messages))
	}
	if a := ch.Ask(t.Context(), ask); a.Outcome != channel.Unknown || len(a.Messages) != 1 {
		t.Fatalf("at once again: %s, %d messages, want unknown with 1: the certificate is not asked for so soon", a.Outcome, len(a.Messages))
	}

	o.Now = func() time.Time { return time.Now().Add(-time.Minute) }
	ch = h.open(t, o)
	charge := channel.Charge{Order: channel.Order{No: "XOFORMER1", Kind: guitai.Scan, Amount: guitai.Fen(100), Made: time.Now()},
		AuthCode: h.payerCode(t, channeltest.Pays), Description: "former"}
	a := ch.Charge(t.Context(), charge)
	if a.Outcome != channel.Paid || len(a.Messages) != 2 || a.Messages[0].Op != "open.app.alipaycert.download" {
		t.Fatalf("%s with %+v, want paid after a download", a.Outcome, a.Messages)
	}
	if a := ch.Ask(t.Context(), charge.Order); a.Outcome != channel.Paid || len(a.Messages) != 1 {
		t.Fatalf("%s with %d messages, want paid with 1", a.Outcome, len(a.Messages))
	}
}
