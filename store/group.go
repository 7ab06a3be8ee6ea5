package store

import (
	"context"
	"errors"
	"sync/atomic"

	"guitai"
)

// The group commit of the SQLite engine. One goroutine owns the one writing
// connection. It opens a transaction, gives each waiting writer its turn in a
// savepoint, and makes all of them durable with one COMMIT, hence one fsync.
// Nobody is made to wait for company: those who came while the last COMMIT was
// on its way go together.
//
// A writer's function runs in the writer's own goroutine while the committer
// waits for it, so that a panic, or a test that ends, goes its usual way there.

const (
	queueLimit = 1024 // writers that may wait; the next wait to wait
	batchLimit = 128  // writers in one COMMIT
)

// The places of a member.
const (
	queued int32 = iota
	started
	left
)

// member is one call of InTx on its way.
type member struct {
	ctx   context.Context // inside the transaction; it cannot be cancelled
	fn    func(*Tx) error
	place atomic.Int32
	// said holds at most one word: a turn, or the answer.
	said chan word

	tx  *Tx   // of its last run
	err error // what its last run returned
}

// word is what the committer says to a member: take your turn with tx, or,
// when tx is nil, the answer.
type word struct {
	tx     *Tx
	answer error
}

// ended is what a member says when its turn is over. gone: its function did not
// return (panic, Goexit), and nobody waits for an answer.
type ended struct {
	err  error
	gone bool
}

// group is the queue before the writer and its committer.
type group struct {
	store   *Store
	lite    *sqlite
	conn    *liteConn // used by the committer, and by the member whose turn it is
	queue   chan *member
	ended   chan ended
	closing chan struct{}
	done    chan struct{}
}

func startGroup(s *Store, lite *sqlite, conn *liteConn) *group {
	g := &group{
		store: s, lite: lite, conn: conn,
		queue: make(chan *member, queueLimit), ended: make(chan ended, 1),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	go g.run()
	return g
}

// inTx is the member's side.
func (g *group) inTx(ctx context.Context, fn func(*Tx) error) error {
	m := &member{ctx: inside(context.WithoutCancel(ctx)), fn: fn, said: make(chan word, 1)}
	select {
	case <-g.closing:
		return closed()
	default:
	}
	select {
	case g.queue <- m:
	case <-ctx.Done():
		return waitEnded(ctx)
	case <-g.done:
		return closed()
	}
	impatient, done := ctx.Done(), g.done
	for {
		select {
		case w := <-m.said:
			if w.tx == nil {
				return w.answer
			}
			g.takeTurn(m, w.tx)
		case <-impatient:
			if m.place.CompareAndSwap(queued, left) {
				return waitEnded(ctx)
			}
			impatient = nil // it has started: its outcome matters more
		case <-done:
			if m.place.CompareAndSwap(queued, left) {
				return closed()
			}
			done = nil // answered: the word lies in said
		}
	}
}

// takeTurn runs the function and tells the committer, whatever becomes of it.
func (g *group) takeTurn(m *member, tx *Tx) {
	end := ended{gone: true}
	defer func() {
		tx.over = true
		g.ended <- end
	}()
	err := call(func() error { return m.fn(tx) })
	end = ended{err: tx.result(err)}
}

// run is the committer.
func (g *group) run() {
	defer close(g.done)
	for {
		select {
		case m := <-g.queue:
			g.serve(m)
		case <-g.closing:
			g.turnAway(closed())
			return
		}
	}
}

// turnAway answers all who wait now.
func (g *group) turnAway(err error) {
	for m := g.next(0); m != nil; m = g.next(0) {
		if m.place.CompareAndSwap(queued, started) {
			m.said <- word{answer: err}
		}
	}
}

// next takes the next in the queue if one is there and the batch has room.
func (g *group) next(size int) *member {
	if size >= batchLimit {
		return nil
	}
	select {
	case m := <-g.queue:
		return m
	default:
		return nil
	}
}

// serve makes one batch of first and those who wait behind it. The first to
// succeed needs no savepoint: nothing stands before it that its failure could
// take along.
func (g *group) serve(first *member) {
	var batch []*member // in the open transaction, with their outcomes
	open := false
	for m := first; m != nil; m = g.next(len(batch)) {
		if !m.place.CompareAndSwap(queued, started) {
			continue
		}
		if !open {
			if err := g.begin(); err != nil {
				m.said <- word{answer: err}
				g.turnAway(err)
				return
			}
			open = true
		}
		if len(batch) == 0 {
			end := g.give(m)
			if end.gone || end.err != nil {
				open = false
				g.answerAlone(m, end, g.rollback())
				continue
			}
			batch = append(batch, m)
			continue
		}
		gone, err := g.nested(m)
		if !gone {
			batch = append(batch, m)
		}
		if err != nil {
			g.redo(batch)
			return
		}
	}
	if open {
		g.commit(batch)
	}
}

// begin opens the transaction, unless the store has stopped taking writes.
func (g *group) begin() error {
	if err := g.lite.refusal(); err != nil {
		return err
	}
	return g.control("BEGIN IMMEDIATE")
}

// nested runs a member in a savepoint of its own. An error means that the
// savepoint does not stand as it should, so that nobody can say any more what a
// COMMIT would keep: SQLite undoes the whole transaction by itself on some
// errors (full disk, I/O error, interruption), and what follows would commit
// statement by statement.
func (g *group) nested(m *member) (gone bool, err error) {
	if err := g.control("SAVEPOINT turn"); err != nil {
		return false, err
	}
	end := g.give(m)
	if end.gone || end.err != nil {
		if err := g.control("ROLLBACK TO turn"); err != nil {
			return end.gone, err
		}
	}
	return end.gone, g.control("RELEASE turn")
}

// give lets a member run its function and waits for the end of it.
func (g *group) give(m *member) ended {
	m.tx = &Tx{ReadTx: ReadTx{ctx: m.ctx, on: g.conn, now: g.store.instant()}}
	m.said <- word{tx: m.tx}
	end := <-g.ended
	m.err = end.err
	return end
}

// answerAlone answers a member that failed with nothing else in its
// transaction, after the rollback.
func (g *group) answerAlone(m *member, end ended, rollback error) {
	if rollback != nil {
		g.lite.breakDown(rollback)
	}
	if !end.gone {
		m.said <- word{answer: end.err}
	}
}

// commit makes the batch durable, then answers. A function's own error waits
// for it too: it may rest on what another member has written.
func (g *group) commit(batch []*member) {
	err := g.control("COMMIT")
	if err != nil {
		g.lite.breakDown(err)
		_ = g.rollback() // the connection writes no more; this only frees the lock
	}
	kept := int64(0)
	for _, m := range batch {
		if m.err == nil && err == nil {
			g.store.committed(m.tx)
			kept++
		}
	}
	if err == nil {
		g.store.counts.commits.Add(1)
		g.store.counts.written.Add(kept)
	}
	for _, m := range batch {
		answer := m.err
		switch {
		case err != nil && m.err == nil:
			answer = commitUnknown(err)
		case err != nil:
			answer = g.lite.refusal() // it was undone, and what it saw may not stand
		}
		m.said <- word{answer: answer}
	}
}

// redo rolls the whole batch back and runs its members again, each in a
// transaction of its own.
func (g *group) redo(batch []*member) {
	if err := g.rollback(); err != nil {
		g.lite.breakDown(err)
	}
	for _, m := range batch {
		if err := g.begin(); err != nil {
			m.said <- word{answer: err}
			continue
		}
		g.store.counts.singly.Add(1)
		if end := g.give(m); end.gone || end.err != nil {
			g.answerAlone(m, end, g.rollback())
			continue
		}
		g.commit([]*member{m})
	}
}

// rollback undoes the open transaction. That SQLite has already undone it is
// no error.
func (g *group) rollback() error {
	err := g.control("ROLLBACK")
	if errors.Is(err, errNoTransaction) {
		return nil
	}
	return err
}

// control runs a statement of the transaction itself.
func (g *group) control(text string) error {
	_, err := g.conn.exec(context.Background(), text, nil)
	return err
}

// stop ends the committer after the batch on its way.
func (g *group) stop() {
	close(g.closing)
	<-g.done
}

// refusal is nil while the store takes writes.
func (l *sqlite) refusal() error {
	if cause := l.broken.Load(); cause != nil {
		return guitai.Fail(guitai.Unavailable, codeBroken, *cause)
	}
	return nil
}

// breakDown stops all further writing. After a failed fsync the kernel may have
// dropped the pages and will report success the next time: only reading the
// file anew tells what is on disk.
func (l *sqlite) breakDown(cause error) {
	l.broken.CompareAndSwap(nil, &cause)
}
