package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"guitai/beside"
)

type deviceCmd struct {
	Origin  []string          `required:"" help:"Address of the server as the till's browser has it, such as https://till.lan. May be given more than once."`
	Listen  string            `default:"127.0.0.1:7878" help:"Address on this machine alone."`
	Printer map[string]string `help:"A printer by name: front=192.168.1.20:9100, usb=/dev/usb/lp0, serial=/dev/ttyUSB0."`
	Data    string            `help:"Folder that keeps the pairing; default the user's configuration folder."`
}

// Run is `guitai device`: see docs/operating/device.md.
func (d deviceCmd) Run(out *outside) error {
	host, _, err := net.SplitHostPort(d.Listen)
	if err != nil || !loopback(host) {
		return fmt.Errorf("device listens on this machine only: %q is not such an address", d.Listen)
	}
	if d.Data == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return err
		}
		d.Data = filepath.Join(base, "guitai")
	}
	if err := os.MkdirAll(d.Data, 0o700); err != nil {
		return err
	}
	o := beside.Options{Find: foundPrinters, State: filepath.Join(d.Data, "device-token"), Now: out.now, Rand: rand.Reader, Log: out.log, Version: version}
	for _, origin := range d.Origin {
		o.Origins = append(o.Origins, strings.TrimSuffix(origin, "/"))
	}
	for name, address := range d.Printer {
		o.Printers = append(o.Printers, beside.Printer{Name: name, Address: address})
	}
	slices.SortFunc(o.Printers, func(a, b beside.Printer) int { return strings.Compare(a.Name, b.Name) })
	s, err := beside.New(o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return err
	}
	fmt.Println("guitai device listens at", l.Addr())
	fmt.Println("pairing code:", s.Code())
	return s.Serve(out.ctx, l)
}

// foundPrinters are the USB printers that Linux shows; serial lines may be
// anything and are named by hand.
func foundPrinters() []beside.Printer {
	names, err := filepath.Glob("/dev/usb/lp*")
	if err != nil {
		return nil
	}
	var out []beside.Printer
	for _, n := range names {
		out = append(out, beside.Printer{Name: filepath.Base(n), Address: n})
	}
	return out
}
