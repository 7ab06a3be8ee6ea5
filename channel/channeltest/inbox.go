package channeltest

import (
	"slices"
	"sync"

	"guitai/channel"
)

// Inbox keeps the notices that came in, in order. The test's HTTP server puts
// them in and replies with what the channel's Reply says. It is safe for
// concurrent use; the zero value is ready.
type Inbox struct {
	mu  sync.Mutex
	all []channel.RawNotice
}

// Put keeps one notice as it came in.
func (b *Inbox) Put(n channel.RawNotice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, n)
}

// All gives what came in so far, the oldest first.
func (b *Inbox) All() []channel.RawNotice {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all)
}
