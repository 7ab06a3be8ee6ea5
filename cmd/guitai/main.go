package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// version is set by the linker in releases.
const version = "0.1.0"

// commands is the command line.
type commands struct {
	Demo    demoCmd    `cmd:"" help:"Start a whole fake shop: server, wallets and a phone, all on this machine."`
	Serve   serveCmd   `cmd:"" help:"Serve a shop from a configuration file."`
	Sandbox sandboxCmd `cmd:"" help:"Start the fake wallets alone."`
	Device  deviceCmd  `cmd:"" help:"Run beside a till's browser: printers and drawer of this machine, with and without a line."`
	Account accountCmd `cmd:"" help:"Our accounts at the wallets, sealed in the database."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// outside is what a command is given of the world; nothing below cmd reads it.
type outside struct {
	ctx context.Context
	now func() time.Time
	log *slog.Logger
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("guitai", version)
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	k := kong.Parse(&c, kong.Name("guitai"), kong.Description("柜台: a point of sale for shops that are paid by QR code."),
		kong.UsageOnError())
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	err := k.Run(&outside{ctx: ctx, now: time.Now, log: log})
	if err != nil {
		fmt.Fprintln(os.Stderr, "guitai:", err)
		stop()
		os.Exit(1)
	}
}
