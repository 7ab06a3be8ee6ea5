package pay_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/pay"
)

// TestBadRequests: each code of a wrong request, with nothing stored and
// nothing sent.
func TestBadRequests(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		long := strings.Repeat("长", 128)
		for _, c := range []struct {
			what  string
			wrong func(*pay.Request)
			code  guitai.Code
			field string
		}{
			{"nothing", func(r *pay.Request) { r.Amount.Fen = 0 }, guitai.CodeAmountZero, "amount.value"},
			{"less than nothing", func(r *pay.Request) { r.Amount.Fen = -1 }, guitai.CodeAmountNegative, "amount.value"},
			{"too much", func(r *pay.Request) { r.Amount.Fen = s.Policy.MaxFen + 1 }, guitai.CodeAmountTooLarge, "amount.value"},
			{"no currency", func(r *pay.Request) { r.Amount.Currency = "" }, guitai.CodeCurrencyUnknown, "amount.currency"},
			{"other currency", func(r *pay.Request) { r.Amount.Currency = "USD" }, guitai.CodeCurrencyUnknown, "amount.currency"},
			{"no such currency", func(r *pay.Request) { r.Amount.Currency = "XXX" }, guitai.CodeCurrencyUnknown, "amount.currency"},
			{"ID with a space", func(r *pay.Request) { r.ID = "a b" }, guitai.CodeIDMalformed, "id"},
			{"ID too long", func(r *pay.Request) { r.ID = guitai.PaymentID(strings.Repeat("a", 65)) }, guitai.CodeIDMalformed, "id"},
			{"no kind", func(r *pay.Request) { r.Kind = "" }, guitai.CodeKindUnknown, "kind"},
			{"card", func(r *pay.Request) { r.Kind = guitai.Card }, guitai.CodeKindUnknown, "kind"},
			{"unknown wallet", func(r *pay.Request) { r.Wallet = "paypal" }, guitai.CodeWalletUnknown, "wallet"},
			{"wallet without an account", func(r *pay.Request) { r.Kind, r.AuthCode, r.Wallet = guitai.Show, "", guitai.UnionPay }, guitai.CodeWalletNotEnabled, "wallet"},
			{"code of a wallet without an account", func(r *pay.Request) { r.AuthCode = "6212345678901234567" }, guitai.CodeWalletNotEnabled, "wallet"},
			{"no code", func(r *pay.Request) { r.AuthCode = "" }, guitai.CodeCodeMissing, "auth_code"},
			{"code of another wallet", func(r *pay.Request) { r.Wallet = guitai.Alipay }, guitai.CodeCodeNoWallet, "auth_code"},
			{"code too short", func(r *pay.Request) { r.AuthCode = "1300" }, guitai.CodeCodeMalformed, ""},
			{"code of nobody", func(r *pay.Request) { r.AuthCode = "990000000000000000" }, guitai.CodeCodeNoWallet, ""},
			{"scan that expires", func(r *pay.Request) { r.ExpiresIn = time.Minute }, guitai.CodeExpiryInvalid, "expires_in"},
			{"show with a code", func(r *pay.Request) { r.Kind = guitai.Show }, guitai.CodeFieldInvalid, "auth_code"},
			{"show that ends at once", func(r *pay.Request) { r.Kind, r.AuthCode, r.ExpiresIn = guitai.Show, "", time.Second }, guitai.CodeExpiryInvalid, "expires_in"},
			{"show that never ends", func(r *pay.Request) { r.Kind, r.AuthCode, r.ExpiresIn = guitai.Show, "", 3*time.Hour }, guitai.CodeExpiryInvalid, "expires_in"},
			{"show before it began", func(r *pay.Request) { r.Kind, r.AuthCode, r.ExpiresIn = guitai.Show, "", -time.Minute }, guitai.CodeExpiryInvalid, "expires_in"},
			{"sale with a slash", func(r *pay.Request) { r.Sale = "a/b" }, guitai.CodeIDMalformed, "sale"},
			{"tender with a space", func(r *pay.Request) { r.Tender = "a b" }, guitai.CodeIDMalformed, "tender"},
			{"description too long", func(r *pay.Request) { r.Description = long }, guitai.CodeFieldInvalid, "description"},
			{"description with a line feed", func(r *pay.Request) { r.Description = "a\nb" }, guitai.CodeFieldInvalid, "description"},
			{"description that is no text", func(r *pay.Request) { r.Description = "\xff" }, guitai.CodeFieldInvalid, "description"},
			{"metadata without a name", func(r *pay.Request) { r.Metadata = map[string]string{"": "x"} }, guitai.CodeFieldInvalid, "metadata"},
			{"metadata too long", func(r *pay.Request) { r.Metadata = map[string]string{"k": strings.Repeat("x", 501)} }, guitai.CodeFieldInvalid, "metadata"},
			{"metadata with a zero", func(r *pay.Request) { r.Metadata = map[string]string{"k": "\x00"} }, guitai.CodeFieldInvalid, "metadata"},
			{"too much metadata", func(r *pay.Request) { r.Metadata = many(21) }, guitai.CodeFieldInvalid, "metadata"},
		} {
			r := s.scan(s.wechat, channeltest.Pays)
			c.wrong(&r)
			p, err := s.Take(context.Background(), r)
			e := guitai.AsError(err)
			if e == nil || e.Kind != guitai.Invalid || e.Code != c.code || c.field != "" && e.Field != c.field {
				t.Errorf("%s: %+v, %v; want %s of %q", c.what, p, err, c.code, c.field)
			}
			if e != nil && r.AuthCode != "" && strings.Contains(e.Error(), r.AuthCode) {
				t.Errorf("%s: the error holds the payer's code", c.what)
			}
		}
		list, err := s.List(context.Background(), pay.Filter{Merchant: shopkeeper, Limit: 10})
		if err != nil || len(list) != 0 {
			t.Errorf("stored: %v, %v", list, err)
		}
		if calls := append(s.wechat.calls, s.alipay.calls...); len(calls) != 0 {
			t.Errorf("sent: %v", calls)
		}
		s.jobsDone()
	})
}

func many(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[strings.Repeat("k", i+1)] = "v"
	}
	return m
}

// TestEdgesOfRequests: the largest and longest that is allowed is taken.
func TestEdgesOfRequests(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.scan(s.wechat, channeltest.Pays)
		r.ID = guitai.PaymentID("A" + strings.Repeat("-", 63))
		r.Amount.Fen, r.Description, r.Metadata = s.Policy.MaxFen, strings.Repeat("长", 127), many(20)
		r.Wallet = guitai.WeChat
		p := s.take(r)
		if p.State != guitai.PaymentPaid || len(s.get(r.ID).Metadata) != 20 {
			t.Errorf("%+v", p)
		}
		one := s.scan(s.alipay, channeltest.Pays)
		one.Amount.Fen, one.Description = 1, ""
		s.want(s.take(one).ID, guitai.PaymentPaid, "")
		for _, d := range []time.Duration{s.Policy.ShowMin, s.Policy.ShowMax} {
			r := s.show(s.wechat)
			r.ExpiresIn = d
			s.take(r)
		}
	})
}

// TestBadRefunds: each code of a wrong refund, with nothing held and nothing
// sent.
func TestBadRefunds(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p, open := s.paid(s.wechat), s.take(s.show(s.alipay))
		good := pay.RefundRequest{ID: "ref-1", Merchant: shopkeeper, Payment: p.ID, Amount: guitai.Fen(1)}
		for _, c := range []struct {
			what  string
			wrong func(*pay.RefundRequest)
			kind  guitai.Kind
			code  guitai.Code
		}{
			{"nothing", func(r *pay.RefundRequest) { r.Amount.Fen = 0 }, guitai.Invalid, guitai.CodeAmountZero},
			{"less", func(r *pay.RefundRequest) { r.Amount.Fen = -1 }, guitai.Invalid, guitai.CodeAmountNegative},
			{"currency", func(r *pay.RefundRequest) { r.Amount.Currency = "HKD" }, guitai.Invalid, guitai.CodeCurrencyUnknown},
			{"ID", func(r *pay.RefundRequest) { r.ID = "!" }, guitai.Invalid, guitai.CodeIDMalformed},
			{"reason too long", func(r *pay.RefundRequest) { r.Reason = strings.Repeat("长", 81) }, guitai.Invalid, guitai.CodeFieldInvalid},
			{"reason with a tab", func(r *pay.RefundRequest) { r.Reason = "a\tb" }, guitai.Invalid, guitai.CodeFieldInvalid},
			{"no such payment", func(r *pay.RefundRequest) { r.Payment = "pay-none" }, guitai.NotFound, guitai.CodePaymentNotFound},
			{"not paid", func(r *pay.RefundRequest) { r.Payment = open.ID }, guitai.Conflict, guitai.CodePaymentNotPaid},
			{"more than was paid", func(r *pay.RefundRequest) { r.Amount.Fen = 1251 }, guitai.Conflict, guitai.CodeRefundExceeds},
		} {
			r := good
			c.wrong(&r)
			_, err := s.Refund(context.Background(), r)
			if e := guitai.AsError(err); e == nil || e.Kind != c.kind || e.Code != c.code {
				t.Errorf("%s: %v, want %s %s", c.what, err, c.kind, c.code)
			}
		}
		_, err := s.Void(context.Background(), pay.RefundRequest{Merchant: shopkeeper, Payment: open.ID})
		s.refused(err, guitai.Conflict, guitai.CodePaymentNotPaid)
		_, err = s.Void(context.Background(), pay.RefundRequest{Merchant: shopkeeper, Payment: p.ID, Day: p.PaidAt.Add(time.Second)})
		s.refused(err, guitai.Conflict, guitai.CodeNotVoidable)
		if w := s.whole(p.ID); len(w.Refunds) != 0 || w.Payment.RefundHeld != 0 {
			t.Errorf("stored: %+v", w)
		}
		if _, err := s.GetRefund(context.Background(), shopkeeper, "ref-1"); !guitai.NotFound.Is(err) {
			t.Errorf("the refund: %v", err)
		}
	})
}
