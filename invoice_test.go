package guitai

import (
	"strings"
	"testing"
)

// The credit codes are those of well-known public companies and of GB 32100's
// own example; the person's is the example of GB 11643.
func TestValidTaxNumber(t *testing.T) {
	for s, want := range map[string]bool{
		"91350100M000100Y43": true, "914403001922038216": true, "91440300708461136T": true,
		"91350100M000100Y44": false, "91350100M000100I43": false, "914403001922038217": false,
		"11010519491231002X": true, "110105194912310020": false,
		"440300708461136": true, "11010519491231002X01": true,
		"": false, "1": false, "91350100m000100y43": false, "44030070846113": false, "４４０３００７０８４６１１３６": false, strings.Repeat("1", 21): false,
	} {
		if got := ValidTaxNumber(s); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
}

func TestInvoiceRequestCheck(t *testing.T) {
	good := InvoiceRequest{Title: " 桂花里 ", TaxNumber: "9135 0100 m000 100y 43", Contact: "a@example.cn"}
	if err := good.Check(); err != nil || good.Title != "桂花里" || good.TaxNumber != "91350100M000100Y43" {
		t.Errorf("%+v %v", good, err)
	}
	for name, r := range map[string]InvoiceRequest{
		"no title": {Contact: "13800138000"}, "long": {Title: strings.Repeat("长", 101), Contact: "13800138000"}, "control": {Title: "a\x1bb", Contact: "13800138000"},
		"tax": {Title: "a", TaxNumber: "1", Contact: "13800138000"}, "no contact": {Title: "a"}, "contact": {Title: "a", Contact: "call me"},
		"two mails": {Title: "a", Contact: "a@b.cn,c@d.cn"}, "no host": {Title: "a", Contact: "a@b"}, "short": {Title: "a", Contact: "12345"},
	} {
		if err := r.Check(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, c := range []string{"13800138000", "+86 138-0013-8000", "021-55550118", "lin.xiaoyu+shop@mail.example.com"} {
		if err := (&InvoiceRequest{Title: "林小雨", Contact: c}).Check(); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
}
