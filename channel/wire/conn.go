package wire

import (
	"net"
	"sync"
)

// conn is a connection that knows how much was written to it, so that a failed
// call can say for sure that nothing left.
type conn struct {
	net.Conn
	mu    sync.Mutex
	wrote int64
	shut  bool
}

func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.shut {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.wrote += int64(len(p)) // before the write: a failed one may have sent a part
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *conn) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wrote
}

// shutIfUnused reports whether nothing was written since before, and then sees
// to it that nothing ever will be.
func (c *conn) shutIfUnused(before int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrote != before {
		return false
	}
	c.shut = true
	return true
}

// used is what one call did with a connection.
type used struct {
	mu     sync.Mutex
	begun  bool
	kept   bool // it was used by a call before
	conn   *conn
	before int64
}

// begin notes the connection that the call was given.
func (u *used) begin(c net.Conn, kept bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.begun, u.kept = true, kept
	if u.conn, _ = c.(*conn); u.conn != nil {
		u.before = u.conn.count()
	}
}

// mayHaveSent reports whether a byte of the call may have left. Without a
// connection (dialling or the TLS handshake failed) none has.
func (u *used) mayHaveSent() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.begun && (u.conn == nil || !u.conn.shutIfUnused(u.before))
}
