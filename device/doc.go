// Package device brings bytes to printers and drawers and says how they are.
//
// It never decides what is printed (receipt does), never keeps a queue, and
// never repeats a slip on its own: whether a slip is printed again is for the
// caller, who can mark it as a copy.
//
// It may import the root package only.
//
// Start reading at printer.go (what a printer is to us); network.go reaches one
// over TCP.
package device
