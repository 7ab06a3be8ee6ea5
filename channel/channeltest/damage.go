package channeltest

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"guitai/channel"
)

// Damage reads a genuine notice thousands of times, each time with one bit of
// its body or of a header flipped, cut short, or with a piece of it repeated:
// none may be taken, unless it still says the very same (a form may write one
// thing in two ways).
func Damage(t *testing.T, c channel.Noticer, n channel.RawNotice, times int) {
	t.Helper()
	want, err := c.ReadNotice(n)
	if err != nil {
		t.Fatalf("the genuine notice: %v", err)
	}
	want.Message = channel.Message{}
	names := slices.Sorted(maps.Keys(n.Header))
	r := rand.New(rand.NewPCG(1, uint64(len(n.Body))))
	same := 0
	for i := range times {
		d := channel.RawNotice{Header: maps.Clone(n.Header), Body: slices.Clone(n.Body)}
		at := r.IntN(len(d.Body))
		switch what := r.IntN(12); {
		case what == 0:
			d.Body = d.Body[:at]
		case what == 1:
			d.Body = slices.Insert(d.Body, at, d.Body[at:min(len(d.Body), at+1+r.IntN(20))]...)
		case what < 5 && len(names) > 0:
			name := names[r.IntN(len(names))]
			value := []byte(d.Header[name][0])
			value[r.IntN(len(value))] ^= 1 << r.IntN(8)
			d.Header[name] = []string{string(value)}
		default:
			d.Body[at] ^= 1 << r.IntN(8)
		}
		got, err := c.ReadNotice(d)
		if err != nil {
			continue
		}
		got.Message = channel.Message{}
		if same++; !reflect.DeepEqual(got, want) {
			t.Errorf("forgery %d was taken as %+v:\n%q", i, got, d.Body)
		}
	}
	t.Logf("%d forgeries refused; %d wrote the same in another way", times-same, same)
	if same > times/10 {
		t.Errorf("%d of %d were taken: what does this prove?", same, times)
	}
}
