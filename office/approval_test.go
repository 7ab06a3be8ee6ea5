package office

import (
	"crypto/ecdh"
	"encoding/json"
	"os"
	"testing"

	"guitai"
)

// approvalVectors is ui/test/vectors/approval.json: what a till and the server
// must agree on. The keys are those of qr/testdata/offline.json.
type approvalVectors struct {
	Key   string `json:"approval_key"`
	Cases []struct {
		Till      string `json:"till"`
		Act       string `json:"act"`
		AmountFen int64  `json:"amount_fen"`
		Challenge string `json:"challenge"`
		Digits    string `json:"digits"`
		Name      string `json:"name"`
	} `json:"cases"`
}

// TestApprovalVectors: both sides reckon the same digits and the same name.
func TestApprovalVectors(t *testing.T) {
	const path = "../ui/test/vectors/approval.json"
	v := readTillVectors(t)
	house, err := deriveHouse(untext(t, v.Secret))
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := ecdh.P256().NewPrivateKey(untext(t, v.Scalar))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := share(house.exchange, scalar.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	var have approvalVectors
	if err == nil {
		err = json.Unmarshal(b, &have)
	}
	if err != nil || len(have.Cases) < 4 {
		t.Fatal("too few vectors", err)
	}
	if text(shared.approval) != have.Key {
		t.Errorf("key %s, want %s", text(shared.approval), have.Key)
	}
	for _, c := range have.Cases {
		a := guitai.ActAsked{Till: guitai.Till{ID: guitai.TillID(c.Till)}, Act: guitai.TillAct(c.Act), AmountFen: c.AmountFen}
		if got := offlineCode(shared.approval, a, c.Challenge); got != c.Digits {
			t.Errorf("%+v: digits %s", c, got)
		}
		if got := offlineName(guitai.TillID(c.Till), c.Challenge); got != c.Name {
			t.Errorf("%+v: name %s", c, got)
		}
	}
}
