package book

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// maxLine bounds one line of the journal; see tx.full for what keeps below it.
const maxLine = 16 << 20

// entry is one line on disk: a change and the CRC-32C of its bytes, so that a
// flipped bit is found and not replayed.
type entry struct {
	CRC  uint32          `json:"crc"`
	Line json.RawMessage `json:"line"`
}

// journal appends lines. Callers that wait at the same time share one fsync:
// the first of them writes for all.
type journal struct {
	table *crc32.Table

	mu      sync.Mutex
	done    *sync.Cond
	file    *os.File
	pending []byte
	added   uint64
	synced  uint64
	writing bool
	err     error // once set, nothing can be kept any more
}

// openJournal replays every whole line and cuts off a torn last one: its
// change was never told to anybody.
func openJournal(path string, apply func(*line)) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{table: crc32.MakeTable(crc32.Castagnoli), file: f}
	j.done = sync.NewCond(&j.mu)
	whole, err := j.replay(f, apply)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), f.Close())
	}
	return j, nil
}

func (j *journal) replay(r io.Reader, apply func(*line)) (whole int64, err error) {
	buf := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		raw, err := readLine(buf)
		if err == io.EOF {
			return whole, nil // what is left of raw is torn
		}
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", n, err)
		}
		l, err := j.decode(raw)
		if err != nil {
			if _, peek := buf.Peek(1); peek == io.EOF {
				return whole, nil // the last one: torn inside
			}
			return 0, fmt.Errorf("line %d: %w", n, err)
		}
		apply(l)
		whole += int64(len(raw)) + 1
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := r.ReadSlice('\n')
		out = append(out, part...)
		if len(out) > maxLine {
			return nil, errors.New("too long")
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return nil, err
		}
		return out[:len(out)-1], nil
	}
}

func (j *journal) decode(raw []byte) (*line, error) {
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, errors.New("not JSON")
	}
	if crc32.Checksum(e.Line, j.table) != e.CRC {
		return nil, errors.New("checksum differs")
	}
	l := new(line)
	if err := json.Unmarshal(e.Line, l); err != nil {
		return nil, errors.New("not a change")
	}
	return l, nil
}

// add puts a line behind those that wait for the disk.
func (j *journal) add(l *line) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	raw := bytes.TrimSpace(text.Bytes())
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	j.pending = fmt.Appendf(j.pending, `{"crc":%d,"line":%s}`+"\n", crc32.Checksum(raw, j.table), raw)
	j.added++
	return nil
}

// mark names everything added so far.
func (j *journal) mark() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.added
}

// wait returns when all up to mark is on disk.
func (j *journal) wait(mark uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.synced < mark && j.err == nil {
		if j.writing {
			j.done.Wait()
			continue
		}
		j.flush()
	}
	if j.synced >= mark {
		return nil
	}
	return j.err
}

// flush writes what is pending; mu is held on entry and on return, and free
// while the disk works.
func (j *journal) flush() {
	out, upTo := j.pending, j.added
	j.pending, j.writing = nil, true
	j.mu.Unlock()
	_, err := j.file.Write(out)
	if err == nil {
		err = j.file.Sync()
	}
	j.mu.Lock()
	j.writing = false
	if err != nil {
		// After a failed fsync nobody knows what is on disk: stop for good.
		j.err = fmt.Errorf("journal: %w", err)
	} else {
		j.synced = upTo
	}
	j.done.Broadcast()
}

func (j *journal) close() error {
	j.mu.Lock()
	mark := j.added
	j.mu.Unlock()
	err := j.wait(mark)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = errors.New("journal: closed")
	}
	return errors.Join(err, j.file.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
