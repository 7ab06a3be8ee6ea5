//go:build unix

package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// A CPU profile says where the processor was, not where a payment waited. It is
// read here by hand, in the format of pprof's profile.proto, to be summed up in
// the words of the house.

// kinds are the parts of the work, the first match of a stack counts. Each is a
// list of names, one of which stands in the stack.
var kinds = []struct {
	name  string
	parts []string
}{
	{"RSA: signing our requests", []string{"crypto/rsa.SignPKCS1v15", "crypto/rsa.(*PrivateKey).Sign"}},
	{"RSA: verifying answers", []string{"crypto/rsa.VerifyPKCS1v15"}},
	{"garbage collection", []string{"runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.bgsweep", "runtime.bgscavenge"}},
	{"SQL: commits (log, fsync)", []string{"sqlite3WalFrames", "_walFrames", "_sqlite3WalFrames", "_vdbeCommit", "_sqlite3PagerCommitPhaseOne"}},
	{"SQL: statements", []string{"modernc.org/sqlite", "guitai/store.", "database/sql."}},
	{"HTTP to the wallet", []string{"net/http.(*persistConn)", "net/http.(*Transport)", "guitai/channel/"}},
	{"HTTP from the till, API", []string{"net/http.(*conn).serve", "net/http.(*Server)", "net/http.(*connReader)"}},
	{"the switch", []string{"guitai/pay."}},
	{"news and jobs", []string{"guitai/after."}},
}

const otherKind = "scheduler and the rest"

// shares sums a CPU profile up: for each kind the share of the time.
func shares(profile []byte) (map[string]float64, error) {
	z, err := gzip.NewReader(bytes.NewReader(profile))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	p, err := parseProfile(raw)
	if err != nil {
		return nil, err
	}
	sums, total := map[string]float64{}, 0.0
	for _, s := range p.samples {
		var stack strings.Builder
		for _, loc := range s.locations {
			for _, fn := range p.locations[loc] {
				if i := p.functions[fn]; i < uint64(len(p.texts)) {
					stack.WriteString(p.texts[i] + "\n")
				}
			}
		}
		sums[kindOf(stack.String())] += float64(s.nanos)
		total += float64(s.nanos)
	}
	for k := range sums {
		sums[k] /= max(1, total)
	}
	return sums, nil
}

func kindOf(stack string) string {
	for _, k := range kinds {
		for _, part := range k.parts {
			if strings.Contains(stack, part) {
				return k.name
			}
		}
	}
	return otherKind
}

// cpuProfile is what is needed of one.
type cpuProfile struct {
	samples   []cpuSample
	locations map[uint64][]uint64 // functions, innermost first
	functions map[uint64]uint64   // where its name stands in texts
	texts     []string
}

type cpuSample struct {
	locations []uint64
	nanos     uint64
}

var errProfile = errors.New("bench: not a profile")

// fields calls do for each field of a message: the number for varints, the
// bytes for what has a length.
func fields(b []byte, do func(field int, number uint64, bytes []byte) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return errProfile
		}
		b = b[n:]
		var number uint64
		var bytes []byte
		switch tag & 7 {
		case 0:
			if number, n = binary.Uvarint(b); n <= 0 {
				return errProfile
			}
			b = b[n:]
		case 2:
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return errProfile
			}
			bytes, b = b[n:n+int(size)], b[n+int(size):]
		default:
			return errProfile
		}
		if err := do(int(tag>>3), number, bytes); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads a packed list, or the one number.
func numbers(number uint64, packed []byte) []uint64 {
	if packed == nil {
		return []uint64{number}
	}
	var list []uint64
	for len(packed) > 0 {
		v, n := binary.Uvarint(packed)
		if n <= 0 {
			return list
		}
		list, packed = append(list, v), packed[n:]
	}
	return list
}

func parseProfile(raw []byte) (*cpuProfile, error) {
	p := &cpuProfile{locations: map[uint64][]uint64{}, functions: map[uint64]uint64{}}
	err := fields(raw, func(field int, _ uint64, b []byte) error {
		switch field {
		case 2:
			return p.sample(b)
		case 4:
			return p.location(b)
		case 5:
			var id, name uint64
			err := fields(b, func(f int, n uint64, _ []byte) error {
				switch f {
				case 1:
					id = n
				case 2:
					name = n
				}
				return nil
			})
			p.functions[id] = name
			return err
		case 6:
			p.texts = append(p.texts, string(b))
		}
		return nil
	})
	return p, err
}

func (p *cpuProfile) sample(b []byte) error {
	var s cpuSample
	var values []uint64
	err := fields(b, func(f int, n uint64, b []byte) error {
		switch f {
		case 1:
			s.locations = append(s.locations, numbers(n, b)...)
		case 2:
			values = append(values, numbers(n, b)...)
		}
		return nil
	})
	if len(values) > 1 {
		s.nanos = values[1] // the first counts samples
	}
	p.samples = append(p.samples, s)
	return err
}

func (p *cpuProfile) location(b []byte) error {
	var id uint64
	var list []uint64
	err := fields(b, func(f int, n uint64, line []byte) error {
		switch f {
		case 1:
			id = n
		case 4:
			return fields(line, func(f int, n uint64, _ []byte) error {
				if f == 1 {
					list = append(list, n)
				}
				return nil
			})
		}
		return nil
	})
	p.locations[id] = list
	return err
}
