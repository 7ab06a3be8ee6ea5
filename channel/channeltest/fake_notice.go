package channeltest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"guitai"
	"guitai/channel"
)

// note is the body of a notice of a Fake.
type note struct {
	OrderNo  string                `json:"order_no"`
	RefundNo string                `json:"refund_no,omitempty"`
	Refund   channel.RefundOutcome `json:"refund,omitempty"`
	Fen      int64                 `json:"fen"`
	WalletNo string                `json:"wallet_no"`
	AtUS     int64                 `json:"at_us"`
}

// macHeader carries the keyed hash of a notice's body.
const macHeader = "Fake-Mac"

func (f *Fake) mac(body []byte) string {
	var key [8]byte
	binary.LittleEndian.PutUint64(key[:], f.seed)
	h := hmac.New(sha256.New, key[:])
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (f *Fake) tells(w Telling) bool { return f.opt.Notify != nil && slices.Contains(f.opt.Tells, w) }

// again is when a notice that was not taken is sent again.
var again = [...]time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
}

// tell sends a notice: soon, late or never; once or oftener; again until it is
// taken. The lock is held.
func (f *Fake) tell(n note) {
	body, err := json.Marshal(n)
	if err != nil {
		f.grumble("notice of %s: %v", n.OrderNo, err)
		return
	}
	raw := channel.RawNotice{Header: map[string][]string{macHeader: {f.mac(body)}}, Body: body}
	r := f.stream("notice/" + n.OrderNo + "/" + n.RefundNo + "/" + string(n.Refund))
	x := f.faults.Notice
	if r.Float64() < x.Dropped {
		f.trace("notice dropped " + n.OrderNo)
		return
	}
	times := 1
	if r.Float64() < x.Duplicated {
		times += 1 + r.IntN(3)
	}
	late := r.Float64() < x.Late
	for range times {
		d := between(r, f.opt.Latency, 5*time.Second)
		if late {
			d = between(r, time.Minute, 24*time.Hour)
		}
		f.deliver(raw, d, 0)
	}
}

// deliver hands a notice over d from now, outside the lock. The lock is held.
func (f *Fake) deliver(raw channel.RawNotice, d time.Duration, tries int) {
	if f.closed {
		return
	}
	timer := time.NewTimer(f.wake(d))
	f.done.Go(func() {
		defer timer.Stop()
		select {
		case <-f.stop:
			return
		case <-timer.C:
		}
		f.mu.Lock()
		f.trace("notice " + string(raw.Body))
		f.mu.Unlock()
		reply := f.opt.Notify(channel.RawNotice{Header: raw.Header, Body: slices.Clone(raw.Body)})
		if reply.Code/100 == 2 || tries >= len(again) {
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.deliver(raw, again[tries], tries+1)
	})
}

var (
	errMac  = errors.New("fake: notice: the keyed hash is wrong")
	errNote = errors.New("fake: notice: unreadable")
)

// ReadNotice checks and reads a notice.
func (f *Fake) ReadNotice(raw channel.RawNotice) (channel.Notice, error) {
	got := raw.Header[macHeader]
	if len(got) != 1 || !hmac.Equal([]byte(got[0]), []byte(f.mac(raw.Body))) {
		return channel.Notice{}, errMac
	}
	var n note
	if err := json.Unmarshal(raw.Body, &n); err != nil {
		return channel.Notice{}, errNote
	}
	at := time.UnixMicro(n.AtUS).UTC()
	out := channel.Notice{OrderNo: n.OrderNo, RefundNo: n.RefundNo, Message: channel.Message{At: f.opt.Now().UTC(), Op: "fake.notice", In: string(raw.Body)}}
	if n.RefundNo == "" {
		out.Answer = channel.Answer{Outcome: channel.Paid, Amount: guitai.Fen(n.Fen), WalletNo: n.WalletNo, PaidAt: at, Payer: "f***e"}
		return out, nil
	}
	out.Refund = channel.RefundAnswer{Outcome: n.Refund, Amount: guitai.Fen(n.Fen), WalletNo: n.WalletNo}
	switch n.Refund {
	case channel.RefundDone:
		out.Refund.DoneAt = at
	case channel.RefundStuck:
		out.Refund.Reason = guitai.CodePayerAccountGone
	}
	return out, nil
}

// Reply is 204 for a notice that was taken, 500 for one that was not.
func (f *Fake) Reply(err error) channel.NoticeReply {
	if err != nil {
		return channel.NoticeReply{Code: 500, ContentType: "text/plain", Body: []byte("fail")}
	}
	return channel.NoticeReply{Code: 204}
}
