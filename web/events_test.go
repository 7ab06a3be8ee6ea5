package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/web"
)

// event is one event, or comment, of a stream.
type event struct {
	id, name, comment string
	data              answer
}

// listener reads a stream in the background.
type listener struct {
	t      testing.TB
	events chan event // closed at the stream's end
	cancel func()
}

// listen opens a stream after an event; "" begins now.
func (c client) listen(after string) *listener {
	c.t.Helper()
	return c.listenAt(c.h.url, after)
}

func (c client) listenAt(url, after string) *listener {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/v1/events", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for k, v := range c.header {
		req.Header[k] = v
	}
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := c.h.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		c.t.Fatalf("the stream is %d %v", resp.StatusCode, resp.Header)
	}
	l := &listener{t: c.t, events: make(chan event, 1000)}
	var done sync.WaitGroup
	done.Go(func() {
		defer resp.Body.Close()
		defer close(l.events)
		l.read(bufio.NewScanner(resp.Body))
	})
	l.cancel = sync.OnceFunc(func() {
		cancel()
		done.Wait()
	})
	c.t.Cleanup(l.cancel)
	return l
}

// read takes a stream apart (WHATWG HTML, section 9.2.6).
func (l *listener) read(lines *bufio.Scanner) {
	lines.Buffer(nil, 1<<20)
	var e event
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "":
			if value != "" {
				l.events <- event{comment: value}
				continue
			}
			if e.name != "" {
				l.events <- e
			}
			e = event{}
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = answer{t: l.t, what: "event", body: value}
			if err := json.Unmarshal([]byte(value), &e.data.value); err != nil {
				l.t.Error(err)
			}
		}
	}
}

// next waits for the next event.
func (l *listener) next(within time.Duration) event {
	l.t.Helper()
	select {
	case e, ok := <-l.events:
		if !ok {
			l.t.Fatal("the stream has ended")
		}
		return e
	case <-time.After(within):
		l.t.Fatalf("nothing came within %v", within)
	}
	return event{}
}

// ends waits for the end of the stream.
func (l *listener) ends(within time.Duration) {
	l.t.Helper()
	end := time.After(within)
	for {
		select {
		case _, ok := <-l.events:
			if !ok {
				return
			}
		case <-end:
			l.t.Fatalf("the stream goes on after %v", within)
		}
	}
}

// TestEvents: hello, then each piece of news with what it is about; nothing of
// another merchant.
func TestEvents(t *testing.T) {
	h := open(t)
	mine, theirs := h.mine().listen(""), h.as(h.otherKey).listen("")
	hello := mine.next(5 * time.Second)
	if hello.name != "hello" || hello.id != "0" || hello.data.value["n"] != 0.0 || hello.data.get("now") == "" {
		t.Fatalf("%+v", hello)
	}
	if e := theirs.next(5 * time.Second); e.name != "hello" {
		t.Fatalf("%+v", e)
	}
	id := h.paid(1000)
	var topics []string
	for i := 1; len(topics) == 0 || topics[len(topics)-1] != "payment.paid"; i++ {
		e := mine.next(5 * time.Second)
		topics = append(topics, e.name)
		if e.id != strconv.Itoa(i) || e.data.value["n"] != float64(i) || e.data.get("topic") != e.name || e.data.get("payment.id") != id || e.data.get("at") == "" {
			t.Errorf("%+v", e)
		}
		news := schema{Ref: "#/components/schemas/News"}
		for _, wrong := range h.doc.mismatches(&news, e.data.value, "") {
			t.Errorf("%s in %s", wrong, e.data.body)
		}
	}
	if topics[0] != "payment.created" {
		t.Errorf("topics %v", topics)
	}
	back := h.mine().do("POST", "/v1/payments/"+id+"/refunds", map[string]any{"amount": money(100)}).want(200)
	if e := mine.next(5 * time.Second); !strings.HasPrefix(e.name, "refund.") || e.data.get("refund.id") != back.get("id") || e.data.get("payment.id") != id {
		t.Errorf("%+v", e)
	}
	select {
	case e := <-theirs.events:
		t.Errorf("another merchant hears %+v", e)
	default:
	}
}

// TestEventsResume: a reader that comes and goes while payments run has each
// piece of news once, in order.
func TestEventsResume(t *testing.T) {
	h := open(t)
	const payments = 12
	var work sync.WaitGroup
	work.Go(func() {
		for i := range payments {
			if a, err := h.mine().try("POST", "/v1/payments", show("wechat", int64(100+i))); err != nil || a.code != 200 {
				t.Error(a.body, err)
			}
		}
	})
	last, waiting := "0", 0
	for want := 1; waiting < payments; {
		l := h.mine().listen(last)
		if e := l.next(5 * time.Second); e.name != "hello" || e.id != last {
			t.Fatalf("after %s: %+v", last, e)
		}
		for range 3 {
			e := l.next(10 * time.Second)
			if e.id != strconv.Itoa(want) {
				t.Fatalf("after %s came %s", last, e.id)
			}
			if e.name == "payment.waiting" {
				waiting++
			}
			last, want = e.id, want+1
			if waiting == payments {
				break
			}
		}
		l.cancel()
	}
	work.Wait()
}

// TestEventsFromTheFuture: a number that was never given (the house was set
// back to a backup) does not make a reader deaf.
func TestEventsFromTheFuture(t *testing.T) {
	h := open(t)
	l := h.mine().listen("900000000000000000")
	if e := l.next(5 * time.Second); e.name != "hello" || e.id != "0" {
		t.Fatalf("%+v", e)
	}
	h.paid(100)
	if e := l.next(5 * time.Second); e.id != "1" {
		t.Errorf("%+v", e)
	}
	for _, id := range []string{"-1", "x", "1.5", "0x1", "99999999999999999999", "+1"} {
		h.mine().with("Last-Event-ID", id).do("GET", "/v1/events", nil).wantProblem(400, "field_invalid", "Last-Event-ID")
	}
}

// TestHeartbeat: a quiet stream says that it is there, every 15 s.
func TestHeartbeat(t *testing.T) {
	h := open(t)
	l := h.mine().listen("")
	l.next(5 * time.Second)
	for range 2 {
		select {
		case e := <-l.events:
			t.Fatalf("too early: %+v", e)
		case <-time.After(1200 * time.Millisecond):
		}
		h.pass(15 * time.Second)
		if e := l.next(5 * time.Second); e.comment == "" {
			t.Fatalf("%+v", e)
		}
	}
}

// TestSignedOutReader: who is signed out hears nothing more after a while.
func TestSignedOutReader(t *testing.T) {
	h := open(t, staffed)
	c := h.person("101", cashierPIN)
	l := c.listen("")
	l.next(5 * time.Second)
	h.pass(15 * time.Second)
	if e := l.next(5 * time.Second); e.comment == "" {
		t.Fatalf("%+v", e)
	}
	c.do("DELETE", "/v1/session", nil).want(204)
	h.pass(15 * time.Second)
	l.ends(5 * time.Second)
}

// TestStopEndsStreams at once, so that the server need not wait for them.
func TestStopEndsStreams(t *testing.T) {
	h := open(t)
	var all []*listener
	for range 5 {
		l := h.mine().listen("")
		l.next(5 * time.Second)
		all = append(all, l)
	}
	begun := time.Now()
	h.close()
	for _, l := range all {
		l.ends(time.Second)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the server took %v to stop", took)
	}
}

// TestStreamOutlivesLimits: the server's limits of time are for requests, not
// for streams.
func TestStreamOutlivesLimits(t *testing.T) {
	h := open(t)
	s := &web.Server{Pay: h.pay, Office: h.office, Now: h.now, Log: h.door.Log, UI: h.door.UI, Version: "0"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: s.Handler(), ReadTimeout: 200 * time.Millisecond, WriteTimeout: 200 * time.Millisecond}
	var served sync.WaitGroup
	served.Go(func() {
		if err := srv.Serve(l); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		srv.Close()
		served.Wait()
	})
	live := h.mine().listenAt("http://"+l.Addr().String(), "")
	live.next(5 * time.Second)
	time.Sleep(time.Second)
	h.paid(100)
	if e := live.next(5 * time.Second); e.name != "payment.created" {
		t.Errorf("%+v", e)
	}
	live.cancel()
}
