// Package thermal is the receipt printer of the street: it listens as network
// printers do, speaks ESC/POS, and keeps what it printed as slips of rows that
// a page can draw and a test can read. It also has the drawer that hangs on it.
//
// It never crashes on what it is sent: what it does not know it skips within
// limits. It never prints while it is out of paper, open or offline: it answers
// the questions about its state, holds what fits into its memory, and lets the
// sender wait, as printers do.
//
// It shares no code with the rooms that write and send slips, so that one
// mistake cannot stand on both sides. From the project it imports only qr; from
// others only golang.org/x/text, for GB18030.
//
// Start reading at thermal.go (the line and the memory), then machine.go (the
// commands), press.go (how rows come about) and slip.go (what is kept). The
// commands are named as in the ESC/POS command reference by Epson.
package thermal
