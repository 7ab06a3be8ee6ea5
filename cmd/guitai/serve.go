package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"path/filepath"
	"sync"

	"guitai/sandbox"
)

type serveCmd struct {
	Config string `required:"" type:"existingfile" help:"JSON file; see docs/operating/serve.md."`
}

func (s serveCmd) Run(out *outside) error {
	c, err := readConfig(s.Config)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return err
	}
	if c.TLS == nil && !loopback(host) {
		return fmt.Errorf("listen %q is not on this machine alone: tell under tls where its certificate comes from", c.Listen)
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	safe, err := c.secured(out)
	if err != nil {
		return err
	}
	h, err := open(out, c)
	if err != nil {
		return err
	}
	if err := h.furnish(c); err != nil {
		return err
	}
	out.log.Info("serving", "at", l.Addr().String(), "version", version)
	if safe == nil {
		return h.run(out.ctx, l, nil)
	}
	h.door.Trust = safe.trust
	if c.TLS.HTTPListen == "" {
		return h.run(out.ctx, l, safe.tls)
	}
	plain, err := net.Listen("tcp", c.TLS.HTTPListen)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(out.ctx)
	var beside sync.WaitGroup
	beside.Go(func() { h.servePlain(ctx, plain, c, safe) })
	err = h.run(out.ctx, l, safe.tls)
	stop()
	beside.Wait()
	return err
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

type sandboxCmd struct {
	Data  string  `required:"" help:"Folder for its book and keys."`
	Addr  string  `default:"127.0.0.1:8090" help:"Address of the phone page and the control; the wallets take the ports after it. Port 0: free ports."`
	Speed float64 `default:"1" help:"Divides the sandbox's delays; its clock stays true."`
}

func (s sandboxCmd) Run(out *outside) error {
	street, err := sandbox.Open(sandbox.Options{Dir: s.Data, Addr: s.Addr, Now: out.now, Rand: rand.Reader, Speed: s.Speed, Log: out.log})
	if err != nil {
		return err
	}
	fmt.Println("sandbox:", street.URL())
	fmt.Println("credentials:", filepath.Join(s.Data, "credentials.json"))
	<-out.ctx.Done()
	return street.Close()
}
