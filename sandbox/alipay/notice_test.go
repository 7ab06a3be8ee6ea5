package alipay_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"guitai/sandbox/alipay"
	"guitai/sandbox/book"
)

// refusing is a notify_url that answers anything but the seven letters.
func refusing(t *testing.T, reply string) (string, *atomic.Int64, chan url.Values) {
	t.Helper()
	var n atomic.Int64
	came := make(chan url.Values, 64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		n.Add(1)
		came <- r.PostForm
		_, _ = w.Write([]byte(reply))
	}))
	t.Cleanup(server.Close)
	return server.URL, &n, came
}

func TestNoticeSchedule(t *testing.T) {
	gaps := alipay.Policy().NoticeGaps
	var sum time.Duration
	for _, g := range gaps {
		sum += g
	}
	if len(gaps) != 7 || sum > 25*time.Hour {
		t.Errorf("%d gaps, %v in all", len(gaps), sum)
	}
	s := openShop(t, 200_000) // 25 hours in half a second
	for reply, want := range map[string]int64{"fail": 8, "success!": 8, "success": 1} {
		at, n, came := refusing(t, reply)
		no := "N" + reply[:1] + string(rune('0'+len(reply)))
		p := s.params("alipay.trade.pay", map[string]string{"out_trade_no": no, "scene": "bar_code", "auth_code": s.payerCode(book.Normal), "subject": "茶", "total_amount": "8.80"})
		p["notify_url"] = at
		s.post(s.signed(p)).says(t, reply, "10000", "")
		first := <-came
		if first.Get("trade_status") != "TRADE_SUCCESS" || first.Get("total_amount") != "8.80" || first.Get("out_trade_no") != no ||
			first.Get("app_id") != s.c.AppID || first.Get("seller_id") != s.c.SellerID {
			t.Errorf("%s: %v", reply, first)
		}
		ref := book.Ref{Wallet: book.Alipay, OrderNo: no}
		for range 300 {
			list, err := s.street.Book().Notices(ref)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if list[0].State != book.NoticeDue {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n.Load() != want {
			t.Errorf("%s: %d deliveries, want %d", reply, n.Load(), want)
		}
	}
}
