//go:build unix

package bench

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

// paper is what the report is written on.
type paper struct {
	strings.Builder
	x *experiment
}

func (p *paper) line(format string, a ...any) { fmt.Fprintf(p, format+"\n", a...) }

// report writes what was measured, medians of all rounds.
func (x *experiment) report() string {
	p := &paper{x: x}
	mode := "full"
	if os.Getenv("BENCH_SHORT") != "" {
		mode = "short: shorter slices, so rougher figures"
	}
	p.line("\nGuitai bench, %s (%s)", x.began.UTC().Format(time.DateOnly), mode)
	p.line("%d × %s, %s, load before the run %s", runtime.NumCPU(), processor(), runtime.Version(), x.load)
	p.line("Medians of %d rounds; in each round every section runs for %v in turn.", x.rounds, x.slice)
	p.limits()
	p.sales()
	p.where()
	p.bookings()
	p.targets()
	p.line("\nMoney: the ledgers balance, and sales equal what the wallets charged.")
	p.line("The run took %v.", time.Since(x.began).Round(time.Second))
	return p.String()
}

func processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.SplitSeq(string(b), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(name, "model name") {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func (p *paper) limits() {
	x := p.x
	p.line("\nLimits of this machine, measured in the same rounds")
	p.line("  %-52s %9.0f /s", "fsync after appending 4 KiB", x.med("fsync"))
	p.line("  %-52s %9.2f ms", "RSA-2048 signature", x.med("sign"))
	p.line("  %-52s %9.3f ms", "RSA-2048 verification", x.med("verify"))
	p.line("  %-52s %9.2f ms", "both, CPU time", x.med("rsa/cpu"))
	for _, batch := range []int{1, 4, 16} {
		p.line("  %-52s %9.0f /s", fmt.Sprintf("SQLite, a payment and two entries, %d per COMMIT", batch), x.med(fmt.Sprint("raw/", batch)))
	}
	p.line("  %-52s %9.0f /s", "PostgreSQL, the same as one statement, 1 client", x.med("onestatement/1"))
	p.line("  %-52s %9.0f /s", "PostgreSQL, the same as one statement, 8 clients", x.med("onestatement/8"))
	p.line("  %-52s %s /s", "net/http echo, 1 / 8 / 32 connections", fmt.Sprintf("%.0f / %.0f / %.0f", x.med("echo/1"), x.med("echo/8"), x.med("echo/32")))
}

func (p *paper) sales() {
	x := p.x
	p.line("\nEnd to end: till → guitai serve → guitai sandbox, a process each, over sockets")
	p.line("  %-8s %7s %11s %8s %8s   %s", "wallet", "clients", "payments/s", "p50 ms", "p99 ms", "CPU ms per payment: server, sandbox, till; what was full")
	for _, wallet := range []string{"wechat", "alipay"} {
		for _, clients := range []int{1, 8, 32} {
			n := fmt.Sprintf("sell/%s/%d", wallet, clients)
			p.line("  %-8s %7d %11.0f %8.1f %8.1f   %.2f, %.2f, %.2f; %s", wallet, clients, x.med(n), x.med(n+"/p50"), x.med(n+"/p99"),
				x.med(n+"/server"), x.med(n+"/sandbox"), x.med(n+"/client"), x.full(n))
		}
	}
}

// full names the resource that was full.
func (x *experiment) full(name string) string {
	cores := float64(runtime.NumCPU())
	busy, others := x.med(name+"/busy"), x.med(name+"/others")
	switch {
	case busy == 0:
		return "unknown"
	case busy > 0.88*cores:
		text := fmt.Sprintf("processors (%.0f %% of %d)", 100*busy/cores, runtime.NumCPU())
		if others > 0.15*cores {
			text += fmt.Sprintf(", %.0f %% by the kernel and others on this machine", 100*others/cores)
		}
		return text
	}
	return fmt.Sprintf("nothing: processors %.0f %%, the rest was waiting", 100*busy/cores)
}

// where says where the time of a payment goes.
func (p *paper) where() {
	x := p.x
	p.line("\nWhere a payment's time goes (clocks between the rooms; mean ms per payment)")
	p.line("  %-34s %8s %8s %8s %8s %8s", "", "request", "wallet's", "sign and", "our SQL,", "payments")
	p.line("  %-34s %8s %8s %8s %8s %8s", "", "answered", "answer", "verify", "web, API", "/COMMIT")
	for _, row := range []struct{ name, label string }{
		{"replay/1", "Alipay, signed before, 1 client"}, {"replay/8", "Alipay, signed before, 8 clients"}, {"replay/32", "Alipay, signed before, 32 clients"},
		{"inside/alipay", "Alipay, sandbox, 8 clients"}, {"inside/wechat", "WeChat Pay, sandbox, 8 clients"},
	} {
		h, c, w := x.med(row.name+"/handler"), x.med(row.name+"/charge"), x.med(row.name+"/wire")
		p.line("  %-34s %8.2f %8.2f %8.2f %8.2f %8.1f", row.label, h, w, c-w, h-c, x.med(row.name+"/percommit"))
	}
	book := x.med("book/sqlite/group/1/mean")
	p.line("  Of the last column but one, at 1 client: %.2f ms in the two transactions (measured alone), %.2f ms in HTTP,", book,
		max(0, x.med("replay/1/handler")-x.med("replay/1/charge")-book))
	p.line("  the key, and the reading of the answer.")
	p.line("\n  Our process's CPU per payment: %.2f ms (Alipay, 8 clients, answers signed before). Of it:", x.med("replay/8/cpu"))
	p.cpu("replay/8")
	p.line("  With WeChat Pay (HMAC) %.2f ms, of it:", x.med("inside/wechat/cpu"))
	p.cpu("inside/wechat")
}

func (p *paper) cpu(name string) {
	x := p.x
	type share struct {
		kind string
		part float64
	}
	list := []share{{otherKind, x.med(name + "/cpu/" + otherKind)}}
	for _, k := range kinds {
		list = append(list, share{k.name, x.med(name + "/cpu/" + k.name)})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].part > list[j].part })
	total := x.med(name + "/cpu")
	for _, s := range list {
		if s.part >= 0.005 {
			p.line("    %-32s %5.1f %%   %6.3f ms", s.kind, 100*s.part, s.part*total)
		}
	}
}

func (p *paper) bookings() {
	x := p.x
	p.line("\nThe switch and the store alone: both transactions of a payment with their real statements, no wallet")
	p.line("  %-40s %9s %9s %9s   %s", "payments/s", "1 client", "8", "32", "payments per COMMIT (fsync) at 1 / 8 / 32")
	for _, way := range []struct{ name, label string }{
		{"sqlite/group", "SQLite, group commit"}, {"sqlite/alone", "SQLite, one COMMIT per transaction"}, {"postgres", "PostgreSQL"},
	} {
		at := func(clients int, suffix string) float64 {
			n := fmt.Sprintf("book/%s/%d%s", way.name, clients, suffix)
			if clients == 1 && way.name == "sqlite/alone" {
				n = "book/sqlite/group/1" + suffix
			}
			return x.med(n)
		}
		p.line("  %-40s %9.0f %9.0f %9.0f   %.2f / %.2f / %.2f", way.label, at(1, ""), at(8, ""), at(32, ""),
			at(1, "/percommit"), at(8, "/percommit"), at(32, "/percommit"))
	}
	p.line("  PostgreSQL ran %.2f transactions again per payment at 8 clients, %.2f at 32, after conflicts.",
		x.med("book/postgres/8/again"), x.med("book/postgres/32/again"))
	p.line("  Not sent, because to store the intention took longer than the switch allows: %.2f %% at 8 clients, %.2f %% at 32 (means).",
		100*mean(x.got["book/postgres/8/late"]), 100*mean(x.got["book/postgres/32/late"]))
	p.line("  Group commit is worth %.2f× at 8 clients and %.2f× at 32.", x.med("book/sqlite/group/8")/x.med("book/sqlite/alone/8"),
		x.med("book/sqlite/group/32")/x.med("book/sqlite/alone/32"))
}

// targets holds the figures against what was to be reached.
func (p *paper) targets() {
	x := p.x
	rsa := x.med("sign") + x.med("verify")
	commits := 2 * 1000 / x.med("raw/1")
	p.line("\nAgainst the targets")
	p.target("overhead p50 ÷ (sign + verify + 2 commits), 1 client", x.med("replay/1/p50")/(rsa+commits), "≤", 1.6)
	p.target("overhead p99, ms, 1 client", x.med("replay/1/p99"), "≤", 15)
	cpu := x.med("rsa/cpu")
	p.target("payments per CPU second × (sign + verify), 8 clients", cpu/x.med("replay/8/cpu"), "≥", 0.75)
	p.target("payments per CPU second × (sign + verify), 32 clients", cpu/x.med("replay/32/cpu"), "≥", 0.75)
	p.target("booking ÷ raw group commit, 8 clients", x.med("book/sqlite/group/8")/x.med("raw/4"), "≥", 0.5)
	p.target("booking ÷ raw group commit, 32 clients", x.med("book/sqlite/group/32")/x.med("raw/16"), "≥", 0.5)
	p.target("payments per fsync, 32 clients", x.med("book/sqlite/group/32/percommit"), "≥", 5)
	p.target("PostgreSQL ÷ its one-statement transaction, 8 clients", x.med("book/postgres/8")/x.med("onestatement/8"), "≥", 0.6)
	p.line("  (A payment here is two transactions of 13 statements together; the limits book three rows in one.)")
}

func (p *paper) target(what string, got float64, sense string, want float64) {
	verdict := "reached"
	if sense == "≤" && got > want || sense == "≥" && got < want {
		verdict = "not reached"
	}
	p.line("  %-56s %8.2f   target %s %-5g %s", what, got, sense, want, verdict)
}
