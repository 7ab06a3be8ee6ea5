package thermal

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Paper is how much paper there is.
type Paper string

// The three amounts of paper.
const (
	PaperThere Paper = "there"
	PaperLow   Paper = "low" // the roll is nearly at its end
	PaperOut   Paper = "out"
)

// Cover is the paper door.
type Cover string

// The two places of the cover.
const (
	CoverShut Cover = "shut"
	CoverOpen Cover = "open"
)

// Line is the printer's own switch.
type Line string

// The two states of the switch.
const (
	Online  Line = "online"
	Offline Line = "offline"
)

// Power is the printer's plug.
type Power string

// The three states of the plug.
const (
	PowerOn   Power = "on"
	PowerOff  Power = "off"  // nobody answers; what was in memory is lost
	PowerHung Power = "hung" // it takes lines and bytes, and neither answers nor prints
)

// Drawer is the cash drawer below the printer.
type Drawer string

// The two places of the drawer.
const (
	DrawerShut Drawer = "shut"
	DrawerOpen Drawer = "open"
)

// State is how the printer is.
type State struct {
	Paper   Paper  `json:"paper"`
	Cover   Cover  `json:"cover"`
	Line    Line   `json:"line"`
	Drawer  Drawer `json:"drawer"`
	WidthMM int    `json:"width"` // of the paper: 58 or 80
	Power   Power  `json:"power"`
	DelayMS int    `json:"delay_ms"` // before each answer
}

func (s State) ready() bool {
	return s.Power == PowerOn && s.Line == Online && s.Cover == CoverShut && s.Paper != PaperOut
}

const (
	memoryBytes = 128 << 10        // what the printer holds before the sender must wait
	idleMost    = 60 * time.Second // a line on which nothing comes is dropped
	stallMost   = 10 * time.Second // so is one that waits for paper: others want to ask
)

// Printer is a receipt printer that listens. Its methods may be called at once.
type Printer struct {
	now      func() time.Time
	listener net.Listener
	commands map[key]fixed
	memory   chan received
	closed   chan struct{}
	once     sync.Once
	work     sync.WaitGroup
	owesEnd  bool // the end mark of a sender did not fit into memory; serve's own

	mu      sync.Mutex
	state   State
	turned  chan struct{} // closed and replaced when state changes
	press   *press
	line    net.Conn // that is being served; nil: none
	later   *Change  // comes about when later.AfterBytes more are printed
	version uint64
}

// received is a byte in memory, or the mark that its sender hung up.
type received struct {
	b   byte
	end bool
}

// Start lets a printer with 80 mm paper serve l, one line at a time, until
// Close. now must be the true time: lines are dropped by it.
func Start(l net.Listener, now func() time.Time) *Printer {
	p := switchedOn(now)
	p.listener = l
	p.work.Go(func() { machine{in: p, on: p}.run() })
	p.work.Go(p.serve)
	return p
}

// switchedOn is a printer that nobody can reach yet.
func switchedOn(now func() time.Time) *Printer {
	return &Printer{
		now: now, commands: commands(), memory: make(chan received, memoryBytes), closed: make(chan struct{}),
		state:  State{Paper: PaperThere, Cover: CoverShut, Line: Online, Drawer: DrawerShut, WidthMM: 80, Power: PowerOn},
		turned: make(chan struct{}), press: newPress(now),
	}
}

// Close stops listening and printing.
func (p *Printer) Close() error {
	var err error
	p.once.Do(func() {
		close(p.closed)
		err = p.listener.Close()
		p.mu.Lock()
		if p.line != nil {
			err = errors.Join(err, p.line.Close())
		}
		p.mu.Unlock()
	})
	p.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Addr is where the printer listens, host:port.
func (p *Printer) Addr() string { return p.listener.Addr().String() }

// serve takes one line after another; who comes meanwhile waits.
func (p *Printer) serve() {
	for {
		line, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.line = line
		dead := p.state.Power == PowerOff
		p.mu.Unlock()
		select {
		case <-p.closed:
		default:
			if !dead {
				p.listen(line)
			}
		}
		p.mu.Lock()
		p.line = nil
		p.mu.Unlock()
		_ = line.Close() // the sender may have closed it before
	}
}

// listen answers what must be answered at once and puts the rest in memory.
// Questions before the first slip are not kept, or a till that only asks would
// fill the memory of a printer that waits for paper.
func (p *Printer) listen(line net.Conn) {
	var arriving realtime
	begun := false
	buf := make([]byte, 4096)
	for {
		if line.SetReadDeadline(p.now().Add(idleMost)) != nil {
			return
		}
		n, err := line.Read(buf)
		for _, c := range buf[:n] {
			bytes, whole := arriving.see(c)
			if whole {
				p.obey(line, bytes)
			}
			if begun = begun || !whole && len(bytes) > 0; begun && !p.hold(bytes) {
				return
			}
		}
		if err != nil {
			break
		}
	}
	if begun && p.hold(arriving.held) {
		p.hangUp()
	}
}

// hangUp marks in memory that a sender has gone, now or before the next byte.
func (p *Printer) hangUp() {
	p.mu.Lock()
	p.version++ // more is waiting, perhaps
	p.mu.Unlock()
	select {
	case p.memory <- received{end: true}:
		p.owesEnd = false
	default:
		p.owesEnd = true
	}
}

// hold puts bytes in memory. When there is no room for long the line is given
// up: the slip stays half printed.
func (p *Printer) hold(bytes []byte) bool {
	if p.owesEnd && len(bytes) > 0 {
		if p.hangUp(); p.owesEnd {
			return false
		}
	}
	for _, c := range bytes {
		if !p.keep(c) {
			p.owesEnd = true
			return false
		}
	}
	return true
}

func (p *Printer) keep(c byte) bool {
	r := received{b: c}
	select {
	case p.memory <- r:
		return true
	default:
	}
	timer := time.NewTimer(stallMost)
	defer timer.Stop()
	select {
	case p.memory <- r:
		return true
	case <-timer.C:
	case <-p.closed:
	}
	return false
}

// pause waits as long as the printer takes to answer, and reports whether it
// answers at all.
func (p *Printer) pause() bool {
	p.mu.Lock()
	state := p.state
	p.mu.Unlock()
	if state.DelayMS > 0 {
		timer := time.NewTimer(time.Duration(state.DelayMS) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.closed:
			return false
		}
	}
	return state.Power == PowerOn
}

// obey does a real-time command.
func (p *Printer) obey(line net.Conn, command []byte) {
	switch {
	case !p.pause():
	case command[1] == eot:
		p.mu.Lock()
		b, known := p.state.answer(command[2])
		p.mu.Unlock()
		if known {
			p.reply(line, b)
		}
	case command[1] == dc4 && command[2] == 1 && command[3] <= 1 && command[4] >= 1 && command[4] <= 8:
		p.kick()
	case command[1] == dc4 && command[2] == 8, command[1] == enq && command[2] == 2:
		p.forget()
		if command[1] == dc4 {
			p.reply(line, 0x37, 0x25, 0x00)
		}
	}
}

// reply answers a sender; one who does not read is not waited for.
func (p *Printer) reply(line net.Conn, b ...byte) {
	if line.SetWriteDeadline(p.now().Add(time.Second)) == nil {
		_, _ = line.Write(b) // who has gone needs no answer
	}
}

// tell answers GS r: 1 paper, 2 drawer.
func (p *Printer) tell(n byte) {
	p.mu.Lock()
	line, state := p.line, p.state
	p.mu.Unlock()
	var b byte
	switch {
	case n == 1 && state.Paper == PaperLow:
		b = 0x03
	case n == 1 && state.Paper == PaperOut:
		b = 0x0F
	case n == 2 && state.Drawer == DrawerOpen:
		b = 0x01
	}
	if line != nil && (n == 1 || n == 2) && p.pause() {
		p.reply(line, b)
	}
}

// forget empties the memory.
func (p *Printer) forget() {
	for {
		select {
		case <-p.memory:
		default:
			return
		}
	}
}

// kick opens the drawer.
func (p *Printer) kick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Drawer = DrawerOpen
	p.version++
}

// ReadByte gives the next byte to print, while there is paper, the cover is
// shut and the switch is on.
func (p *Printer) ReadByte() (byte, error) {
	if err := p.wait(); err != nil {
		return 0, err
	}
	select {
	case <-p.closed:
		return 0, io.EOF
	case r := <-p.memory:
		// It may have come while the paper ran out.
		if err := p.wait(); err != nil {
			return 0, err
		}
		if r.end {
			return 0, errJobEnd
		}
		if p.wear() == PowerOff {
			return 0, errJobEnd // and this byte with it
		}
		return r.b, nil
	}
}

// wait returns when the printer can print.
func (p *Printer) wait() error {
	for {
		p.mu.Lock()
		ready, turned := p.state.ready(), p.turned
		p.mu.Unlock()
		if ready {
			return nil
		}
		select {
		case <-turned:
		case <-p.closed:
			return io.EOF
		}
	}
}

// Clear throws the paper away, that in the printer too.
func (p *Printer) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.press.clear()
	p.version++
}

// View is the printer as one sees it.
type View struct {
	State
	Addr         string `json:"addr"`
	WaitingBytes int    `json:"waiting_bytes"` // received and not printed
	First        int    `json:"first"`         // the ID of the oldest slip that is kept
	Slips        []Slip `json:"slips"`         // the last 50, oldest first; the last may still be uncut
}

// View shows the printer and the slips with an ID of at least from.
func (p *Printer) View(from int) View {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := View{State: p.state, Addr: p.Addr(), WaitingBytes: len(p.memory), First: p.press.slip.ID, Slips: []Slip{}}
	if len(p.press.kept) > 0 {
		v.First = p.press.kept[0].ID
	}
	for _, s := range p.press.kept {
		if s.ID >= from {
			v.Slips = append(v.Slips, s)
		}
	}
	if s := p.press.slip; !p.press.blank() && s.ID >= from {
		s.HeightDots += tearBelow
		v.Slips = append(v.Slips, s.show(&p.press.kiln))
	}
	return v
}

// Version counts up with every change of what View shows.
func (p *Printer) Version() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.version
}
