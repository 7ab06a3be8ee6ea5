package notify

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Rule says where messages may go.
type Rule struct {
	// Private lets messages go over plain HTTP and to addresses of private
	// networks and of this machine: for the demo, and for a merchant whose
	// programs stand in the same building.
	Private bool
}

// Why an address is refused.
var (
	ErrURL       = errors.New("notify: this address may not be told")
	errForbidden = errors.New("notify: the name leads to an address that may not be reached")
	errNoName    = errors.New("notify: the name leads nowhere")
)

const maxURL = 1024 // bytes

// never is refused whatever the rule: what tells of the machine itself (clouds
// give out their credentials there), and what is no single machine.
var never = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),     // link-local; 169.254.169.254
	netip.MustParsePrefix("100.100.100.200/32"), // the same at Alibaba Cloud
	netip.MustParsePrefix("192.0.0.0/24"),       // RFC 6890; 192.0.0.192 at Oracle
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("240.0.0.0/4"), // reserved, and broadcast
	netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("fd00:ec2::/32"), // 169.254.169.254 in version 6, at Amazon
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("ff00::/8"),
}

// private is what the rule may open.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // RFC 6598
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fc00::/7"),
}

// odd leads nowhere in particular, or hides another address in itself.
var odd = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), // documentation
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("2001::/23"), // Teredo and others
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("3fff::/20"),
}

// global is all of version 6 that is given out. NAT64 (64:ff9b::/96) and the
// old ways to write a version 4 address stand outside of it.
var global = netip.MustParsePrefix("2000::/3")

// Reaches reports whether messages may go to an address. An IPv4 address that
// is written as IPv6 is judged as what it is.
func (r Rule) Reaches(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	switch {
	case within(never, a):
		return false
	case within(private, a):
		return r.Private
	case within(odd, a):
		return false
	}
	return a.Is4() || global.Contains(a)
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Check says whether an address may be told at all: ErrURL or nil. Where its
// name leads is looked at when it is dialled, each time.
func (r Rule) Check(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxURL || u.Opaque != "" || u.Hostname() == "":
		return ErrURL
	case u.Scheme != "https" && (u.Scheme != "http" || !r.Private):
		return ErrURL
	case u.User != nil || u.Fragment != "" || strings.ContainsAny(text, " \\\r\n\t#"):
		return ErrURL
	case !r.port(u.Port()):
		return ErrURL
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !r.Reaches(a) {
		return ErrURL
	}
	return nil
}

// port lets through what web servers listen on. The ports below 1024 belong to
// other services, which may take a request for a command of theirs.
func (r Rule) port(text string) bool {
	if text == "" {
		return true
	}
	n, err := strconv.Atoi(text)
	return err == nil && (n == 443 || n >= 1024 && n <= 65535 || n == 80 && r.Private)
}

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// dialer connects to names whose every address may be reached, and to just the
// addresses that were looked at: a name that leads elsewhere a moment later
// (DNS rebinding) changes nothing.
type dialer struct {
	rule     Rule
	names    Resolver
	patience time.Duration
}

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !d.rule.port(port) && port != "80" {
		return nil, errForbidden
	}
	addrs, err := d.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	raw := net.Dialer{Timeout: d.patience, Control: d.control}
	var conn net.Conn
	for _, a := range addrs {
		conn, err = raw.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
	}
	return nil, err
}

const maxAddresses = 4 // of a name that are tried

func (d dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if !d.rule.Reaches(a) {
			return nil, errForbidden
		}
		return []netip.Addr{a}, nil
	}
	addrs, err := d.names.LookupNetIP(ctx, "ip", host)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || len(addrs) == 0 {
		return nil, errNoName
	}
	// One forbidden address among good ones is no accident.
	for _, a := range addrs {
		if !d.rule.Reaches(a) {
			return nil, errForbidden
		}
	}
	return addrs[:min(len(addrs), maxAddresses)], nil
}

// control sees the very address that is about to be connected to. It is the
// second lock on the same door.
func (d dialer) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !d.rule.Reaches(to.Addr()) {
		return errForbidden
	}
	return nil
}
