package notify

import (
	"encoding/binary"
	"io"
	"time"
)

// gaps are the waits between one try and the next: quick at first, for what
// heals by itself, then over more than a day, for what a person must mend.
var gaps = [...]time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour}

// MaxTries is how often a message is sent before it is given up.
const MaxTries = len(gaps) + 1

// NextTry is how long to wait after so many tries (from 1); false: it is given
// up. The wait is spread by a tenth up or down, so that what failed together
// does not come back together.
func NextTry(tries int, rand io.Reader) (time.Duration, bool, error) {
	if tries < 1 || tries > len(gaps) {
		return 0, false, nil
	}
	var b [2]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return 0, false, err
	}
	gap := gaps[tries-1]
	spread := gap / 5
	return gap - spread/2 + spread*time.Duration(binary.BigEndian.Uint16(b[:]))/(1<<16), true, nil
}
