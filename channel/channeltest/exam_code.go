package channeltest

import (
	"testing"

	"guitai"
	"guitai/channel"
)

// codeCases put every documented code of the wallet, and an undocumented one,
// to every call.
func codeCases() []Case {
	return []Case{
		{"documented codes", documentedCodes},
		{"undocumented code", undocumentedCode},
	}
}

// every lists the calls that there are.
func every() []Call {
	return []Call{
		{OpCharge, guitai.Scan}, {OpShow, guitai.Show},
		{OpAsk, guitai.Scan}, {OpAsk, guitai.Show},
		{OpEnd, guitai.Scan}, {OpEnd, guitai.Show},
		{OpRefund, guitai.Scan}, {OpAskRefund, guitai.Scan},
	}
}

func documentedCodes(t *testing.T, r Rig) {
	if len(r.Codes) == 0 {
		t.Fatal("the rig has no table of codes")
	}
	for _, c := range r.Codes {
		codeSaid(t, r, c)
	}
}

func undocumentedCode(t *testing.T, r Rig) {
	for _, call := range every() {
		for _, code := range []string{"A_CODE_OF_TOMORROW", "SUCCESS_BUT_NOT_QUITE"} {
			c := CodeCase{Call: call, Code: code, Outcome: channel.Unknown}
			if call.Op == OpRefund || call.Op == OpAskRefund {
				c.Outcome, c.Refund = "", channel.RefundUnknown
			}
			codeSaid(t, r, c)
		}
	}
}

// codeSaid makes the call against a wallet that answers the code.
func codeSaid(t *testing.T, r Rig, c CodeCase) {
	t.Helper()
	s := sit(t, r)
	o := s.order(c.Call.Kind, 100)
	var charge channel.Charge
	if c.Call.Op == OpCharge {
		charge = s.scanOf(o, Pays)
	}
	s = s.with(r.Saying(t, c.Call, c.Code))
	var a channel.Answer
	var back channel.RefundAnswer
	switch c.Call.Op {
	case OpCharge:
		a = s.charge(charge)
	case OpShow:
		a = s.show(o)
	case OpAsk:
		a = s.ask(o)
	case OpEnd:
		a = s.end(o)
	case OpRefund:
		back = s.refund(s.back(o, 100))
	case OpAskRefund:
		back = s.askRefund(s.back(o, 100))
	default:
		t.Fatalf("no such call: %q", c.Call.Op)
	}
	reason := a.Reason
	if c.Call.Op == OpRefund || c.Call.Op == OpAskRefund {
		reason = back.Reason
	}
	if a.Outcome != c.Outcome || back.Outcome != c.Refund || c.Reason != "" && reason != c.Reason {
		t.Errorf("%s of a %s told %s: %s%s for %q, want %s%s for %q%s%s", c.Call.Op, c.Call.Kind, c.Code,
			a.Outcome, back.Outcome, reason, c.Outcome, c.Refund, c.Reason, told(a.Messages), told(back.Messages))
	}
}
