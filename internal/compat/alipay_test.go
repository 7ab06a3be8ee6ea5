package compat

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	ali "github.com/smartwalle/alipay/v3"

	"guitai/sandbox"
	"guitai/sandbox/alipay"
	"guitai/sandbox/book"
)

// The ways to be a merchant of Alipay: plain keys, certificates, and a client
// that knows an older certificate of Alipay's than the one that signs.
var alipayModes = []string{"keys", "certificates", "former"}

// alipayShop is a merchant who uses smartwalle/alipay.
type alipayShop struct {
	street *sandbox.Street
	client *ali.Client
	notify string
	came   chan url.Values
}

func openAlipayShop(t *testing.T, street *sandbox.Street, dir, mode string) alipayShop {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Alipay alipay.Credentials }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	c := all.Alipay
	key, err := os.ReadFile(filepath.Join(dir, c.AppPrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	// "Production" is what makes the library fetch certificates that it lacks.
	client, err := ali.New(c.AppID, string(key), true, ali.WithProductionGateway(c.Gateway), ali.WithTimeLocation(time.FixedZone("CST", 8*3600)))
	if err != nil {
		t.Fatal(err)
	}
	steps := []error{}
	if mode == "keys" {
		public, err := os.ReadFile(filepath.Join(dir, c.AlipayPublicKey))
		steps = append(steps, err, client.LoadAliPayPublicKey(string(public)))
	} else {
		cert := c.AlipayCert
		if mode == "former" {
			cert = "alipay/alipay_cert_former.pem"
		}
		steps = append(steps, client.LoadAppCertPublicKeyFromFile(filepath.Join(dir, c.AppCert)),
			client.LoadAlipayCertPublicKeyFromFile(filepath.Join(dir, cert)),
			client.LoadAliPayRootCertFromFile(filepath.Join(dir, c.AlipayRootCert)))
	}
	for _, err := range steps {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := alipayShop{street: street, client: client, came: make(chan url.Values, 10)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		s.came <- r.PostForm
		ali.ACKNotification(w)
	}))
	t.Cleanup(server.Close)
	s.notify = server.URL
	return s
}

func TestSmartwalleAlipay(t *testing.T) {
	street, dir := openStreet(t)
	for _, mode := range alipayModes {
		t.Run(mode, func(t *testing.T) {
			s := openAlipayShop(t, street, dir, mode)
			s.shownAndPaid(t, "SW_SHOW_"+mode)
			s.refunded(t, "SW_SHOW_"+mode)
			s.scanned(t, "SW_SCAN_"+mode)
			s.ended(t, "SW_END_"+mode)
		})
	}
}

// paid asks for a trade that is paid.
func (s alipayShop) paid(t *testing.T, no, amount string) string {
	t.Helper()
	q, err := s.client.TradeQuery(t.Context(), ali.TradeQuery{OutTradeNo: no})
	if err != nil || q.Code != ali.CodeSuccess || q.TradeStatus != ali.TradeStatusSuccess || q.TotalAmount != amount || q.BuyerLogonId == "" || q.SendPayDate == "" {
		t.Fatal(q, err)
	}
	again, err := s.client.TradeQuery(t.Context(), ali.TradeQuery{TradeNo: q.TradeNo})
	if err != nil || again.OutTradeNo != no {
		t.Fatal(again, err)
	}
	return q.TradeNo
}

// shownAndPaid: the trade comes to be when a payer scans the code.
func (s alipayShop) shownAndPaid(t *testing.T, no string) {
	t.Helper()
	ctx := t.Context()
	made, err := s.client.TradePreCreate(ctx, ali.TradePreCreate{Trade: ali.Trade{
		Subject: "铁观音 100 克", OutTradeNo: no, TotalAmount: "123.45", NotifyURL: s.notify, TimeoutExpress: "5m",
	}})
	if err != nil || made.IsFailure() || made.QRCode == "" || made.OutTradeNo != no {
		t.Fatal(made, err)
	}
	q, err := s.client.TradeQuery(ctx, ali.TradeQuery{OutTradeNo: no})
	if err != nil || q.SubCode != "ACQ.TRADE_NOT_EXIST" {
		t.Fatalf("before anybody scanned: %+v %v", q, err)
	}
	if _, err := s.street.Book().Pay(made.QRCode, "", book.Normal); err != nil {
		t.Fatal(err)
	}
	n := s.notice(t)
	if n.OutTradeNo != no || n.TradeStatus != ali.TradeStatusSuccess || n.TotalAmount != "123.45" || n.TradeNo != s.paid(t, no, "123.45") ||
		n.Subject != "铁观音 100 克" || n.NotifyType != ali.NotifyTypeTradeStatusSync {
		t.Errorf("notice %+v", n)
	}
	closed, err := s.client.TradeClose(ctx, ali.TradeClose{OutTradeNo: no})
	if err != nil || closed.SubCode != "ACQ.TRADE_STATUS_ERROR" {
		t.Errorf("close of a paid trade: %+v %v", closed, err)
	}
}

func (s alipayShop) notice(t *testing.T) *ali.Notification {
	t.Helper()
	select {
	case form := <-s.came:
		n, err := s.client.DecodeNotification(t.Context(), form)
		if err != nil {
			t.Fatal(err)
		}
		form.Set("total_amount", "0.01")
		if _, err := s.client.DecodeNotification(t.Context(), form); err == nil {
			t.Error("a notice with a swapped amount was taken")
		}
		return n
	case <-time.After(10 * time.Second):
		t.Fatal("no notice")
		return nil
	}
}

// refunded gives 23.45 and then the rest back.
func (s alipayShop) refunded(t *testing.T, no string) {
	t.Helper()
	ctx := t.Context()
	back := func(refundNo, amount string) *ali.TradeRefundRsp {
		r, err := s.client.TradeRefund(ctx, ali.TradeRefund{OutTradeNo: no, RefundAmount: amount, RefundReason: "退货", OutRequestNo: refundNo})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	ask := func(refundNo string) *ali.TradeFastPayRefundQueryRsp {
		q, err := s.client.TradeFastPayRefundQuery(ctx, ali.TradeFastPayRefundQuery{OutTradeNo: no, OutRequestNo: refundNo})
		if err != nil || q.Code != ali.CodeSuccess {
			t.Fatal(q, err)
		}
		return q
	}
	if q := ask("R1"); q.RefundStatus != "" || q.RefundAmount != "" {
		t.Errorf("a refund that never was: %+v", q)
	}
	if r := back("R1", "23.45"); r.FundChange != "Y" || r.RefundFee != "23.45" || r.OutTradeNo != no {
		t.Errorf("refund %+v", r)
	}
	if r := back("R1", "23.45"); r.FundChange != "N" || r.RefundFee != "23.45" {
		t.Errorf("the same refund again %+v", r)
	}
	if r := back("R1", "23.46"); r.SubCode != "ACQ.DISCORDANT_REPEAT_REQUEST" {
		t.Errorf("another refund under the number %+v", r)
	}
	if n := s.notice(t); n.OutBizNo != "R1" || n.RefundFee != "23.45" || n.TradeStatus != ali.TradeStatusSuccess {
		t.Errorf("notice of a part %+v", n)
	}
	if q := ask("R1"); q.RefundStatus != "REFUND_SUCCESS" || q.RefundAmount != "23.45" || q.TotalAmount != "123.45" {
		t.Errorf("refund query %+v", q)
	}
	s.paid(t, no, "123.45")
	if r := back("R2", "100.00"); r.FundChange != "Y" || r.RefundFee != "123.45" {
		t.Errorf("the rest %+v", r)
	}
	if n := s.notice(t); n.OutBizNo != "R2" || n.TradeStatus != ali.TradeStatusClosed {
		t.Errorf("notice of the rest %+v", n)
	}
	q, err := s.client.TradeQuery(ctx, ali.TradeQuery{OutTradeNo: no})
	if err != nil || q.TradeStatus != ali.TradeStatusClosed {
		t.Errorf("all given back: %+v %v", q, err)
	}
}

// scanned charges a payer's code, and reverses it.
func (s alipayShop) scanned(t *testing.T, no string) {
	t.Helper()
	ctx := t.Context()
	pay := func(no, code string) *ali.TradePayRsp {
		r, err := s.client.TradePay(ctx, ali.TradePay{Scene: "bar_code", AuthCode: code, Trade: ali.Trade{
			Subject: "茶 a/b", OutTradeNo: no, TotalAmount: "8.80", ProductCode: "FACE_TO_FACE_PAYMENT", StoreId: "S1",
		}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	code, err := s.street.Book().PayerCode(book.Alipay, "", book.Normal)
	if err != nil {
		t.Fatal(err)
	}
	if r := pay(no, code.Text); r.Code != ali.CodeSuccess || r.TotalAmount != "8.80" || r.GmtPayment == "" || len(r.FundBillList) != 1 {
		t.Fatalf("pay %+v", r)
	}
	s.paid(t, no, "8.80")
	if r := pay(no, code.Text); r.SubCode != "ACQ.TRADE_HAS_SUCCESS" {
		t.Errorf("pay again %+v", r)
	}
	if r := pay(no+"_B", code.Text); r.SubCode != "ACQ.PAYMENT_AUTH_CODE_INVALID" {
		t.Errorf("the code again %+v", r)
	}
	for range 2 {
		c, err := s.client.TradeCancel(ctx, ali.TradeCancel{OutTradeNo: no})
		if err != nil || c.Code != ali.CodeSuccess || c.RetryFlag != "N" || c.Action != "refund" {
			t.Errorf("cancel %+v %v", c, err)
		}
	}
	slow, err := s.street.Book().PayerCode(book.Alipay, "", book.AskPassword)
	if err != nil {
		t.Fatal(err)
	}
	if r := pay(no+"_C", slow.Text); r.Code != ali.CodeOrderSuccessPayInProcess {
		t.Errorf("password %+v", r)
	}
	closed, err := s.client.TradeClose(ctx, ali.TradeClose{OutTradeNo: no + "_C"})
	if err != nil || closed.Code != ali.CodeSuccess || closed.OutTradeNo != no+"_C" {
		t.Errorf("close %+v %v", closed, err)
	}
	q, err := s.client.TradeQuery(ctx, ali.TradeQuery{OutTradeNo: no + "_C"})
	if err != nil || q.TradeStatus != ali.TradeStatusClosed {
		t.Errorf("closed trade %+v %v", q, err)
	}
}

// ended: close knows nothing of a code that nobody scanned, cancel kills it.
func (s alipayShop) ended(t *testing.T, no string) {
	t.Helper()
	ctx := t.Context()
	made, err := s.client.TradePreCreate(ctx, ali.TradePreCreate{Trade: ali.Trade{Subject: "茶", OutTradeNo: no, TotalAmount: "1.00"}})
	if err != nil || made.QRCode == "" {
		t.Fatal(made, err)
	}
	closed, err := s.client.TradeClose(ctx, ali.TradeClose{OutTradeNo: no})
	if err != nil || closed.SubCode != "ACQ.TRADE_NOT_EXIST" {
		t.Errorf("close %+v %v", closed, err)
	}
	c, err := s.client.TradeCancel(ctx, ali.TradeCancel{OutTradeNo: no})
	if err != nil || c.Code != ali.CodeSuccess || c.RetryFlag != "N" || c.Action != "" {
		t.Errorf("cancel %+v %v", c, err)
	}
	if _, err := s.street.Book().Pay(made.QRCode, "", book.Normal); err == nil {
		t.Error("a dead code was paid")
	}
}
