package thermal

// realtime finds the commands that a printer obeys on arrival, whatever stands
// before them in its memory: DLE EOT (questions), DLE ENQ (recover), DLE DC4
// (drawer, clear). It finds them inside pictures too, as real printers do.
type realtime struct{ held []byte }

const (
	eot = 0x04
	enq = 0x05
	dc4 = 0x14
)

// see takes the next byte. It returns bytes when it is known what they are: a
// whole command, or plain ones.
func (r *realtime) see(c byte) (bytes []byte, whole bool) {
	if len(r.held) == 1 && !urgent(c) { // what was held is plain; c may begin anew
		bytes, r.held = r.held, nil
	}
	if len(r.held) == 0 && c != dle {
		return append(bytes, c), false
	}
	r.held = append(r.held, c)
	if len(r.held) < 3 || len(r.held) < 3+realtimeRest(r.held[1], r.held[2]) {
		return bytes, false
	}
	bytes, r.held = r.held, nil
	return bytes, true
}

// urgent reports whether a byte behind DLE makes a real-time command.
func urgent(kind byte) bool { return kind == eot || kind == enq || kind == dc4 }

// realtimeRest is how many bytes follow DLE, kind and n.
func realtimeRest(kind, n byte) int {
	switch {
	case kind == eot && n >= 7: // ink, and more than one kind of paper
		return 1
	case kind == dc4 && (n == 1 || n == 2):
		return 2
	case kind == dc4 && n == 8:
		return 7
	}
	return 0
}

// The bits of the answers to DLE EOT n.
const (
	bitsFixed    = 0x12
	bitDrawer    = 0x04 // n = 1: pin 3 of the drawer connector is high
	bitOffline   = 0x08 // n = 1
	bitCover     = 0x04 // n = 2
	bitPaperStop = 0x20 // n = 2
	bitsPaperLow = 0x0C // n = 4
	bitsPaperOut = 0x60 // n = 4
)

// answer is the byte that DLE EOT n is answered with.
func (s State) answer(n byte) (byte, bool) {
	b := byte(bitsFixed)
	switch n {
	case 1:
		if s.Drawer == DrawerOpen {
			b |= bitDrawer
		}
		if !s.ready() {
			b |= bitOffline
		}
	case 2:
		if s.Cover == CoverOpen {
			b |= bitCover
		}
		if s.Paper == PaperOut {
			b |= bitPaperStop
		}
	case 3: // nothing of this printer ever breaks
	case 4:
		switch s.Paper {
		case PaperLow:
			b |= bitsPaperLow
		case PaperOut:
			b |= bitsPaperLow | bitsPaperOut
		}
	default:
		return 0, false
	}
	return b, true
}
