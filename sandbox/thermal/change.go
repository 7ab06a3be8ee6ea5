package thermal

import "errors"

// Change is what somebody does to the printer; what is empty stays.
type Change struct {
	Paper   Paper  `json:"paper"`
	Cover   Cover  `json:"cover"`
	Line    Line   `json:"line"`
	Drawer  Drawer `json:"drawer"` // only shut: it is opened by a pulse
	WidthMM int    `json:"width"`
	Power   Power  `json:"power"`
	DelayMS *int   `json:"delay_ms"` // 0 to 60,000
	// AfterBytes lets the change come about in the midst of a slip: when so many
	// more bytes are taken from memory to be printed. 0: now.
	AfterBytes int `json:"after_bytes"`
}

// check names the field that is wrong.
func (c Change) check() error {
	switch {
	case c.Paper != "" && c.Paper != PaperThere && c.Paper != PaperLow && c.Paper != PaperOut:
		return errors.New("paper: there, low or out")
	case c.Cover != "" && c.Cover != CoverShut && c.Cover != CoverOpen:
		return errors.New("cover: shut or open")
	case c.Line != "" && c.Line != Online && c.Line != Offline:
		return errors.New("line: online or offline")
	case c.Drawer != "" && c.Drawer != DrawerShut:
		return errors.New("drawer: only shut; a pulse opens it")
	case c.Power != "" && c.Power != PowerOn && c.Power != PowerOff && c.Power != PowerHung:
		return errors.New("power: on, off or hung")
	case c.DelayMS != nil && (*c.DelayMS < 0 || *c.DelayMS > 60_000):
		return errors.New("delay_ms: 0 to 60000")
	case c.AfterBytes < 0 || c.AfterBytes > memoryBytes:
		return errors.New("after_bytes: 0 to 131072")
	case c.WidthMM != 0 && c.WidthMM != 58 && c.WidthMM != 80:
		return errors.New("width: 58 or 80")
	}
	return nil
}

// Set changes the printer. An error names the field that is wrong; nothing was
// changed then.
func (p *Printer) Set(c Change) error {
	if c.Paper == "ok" {
		c.Paper = PaperThere
	}
	if err := c.check(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.AfterBytes > 0 {
		p.later = &c
		return nil
	}
	p.later = nil
	p.turn(c)
	return nil
}

// turn changes the printer, which is locked.
func (p *Printer) turn(c Change) {
	if c.Paper != "" {
		p.state.Paper = c.Paper
	}
	if c.Cover != "" {
		p.state.Cover = c.Cover
	}
	if c.Line != "" {
		p.state.Line = c.Line
	}
	if c.Drawer != "" {
		p.state.Drawer = c.Drawer
	}
	if c.WidthMM != 0 {
		p.state.WidthMM = c.WidthMM
		p.press.setWidth(c.WidthMM)
	}
	if c.DelayMS != nil {
		p.state.DelayMS = *c.DelayMS
	}
	if c.Power != "" {
		p.state.Power = c.Power
	}
	if c.Power == PowerOff {
		p.die()
	}
	p.version++
	close(p.turned)
	p.turned = make(chan struct{})
}

// die is the plug pulled: the line drops and the memory is lost. What the head
// had burnt stays on the paper.
func (p *Printer) die() {
	p.forget()
	if p.line != nil {
		_ = p.line.Close() // it may be closed by its sender
	}
	select {
	case p.memory <- received{end: true}: // a broken command is not gone on with
	default:
	}
	p.press.reset(nil)
}

// wear lets a change come about that was to come in the midst of a slip, and
// tells what is left of the power.
func (p *Printer) wear() Power {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.later == nil {
		return p.state.Power
	}
	if p.later.AfterBytes--; p.later.AfterBytes <= 0 {
		c := *p.later
		p.later = nil
		p.turn(c)
	}
	return p.state.Power
}
