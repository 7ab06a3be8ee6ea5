// Package testkit gives the tests of all rooms what they need from outside: a
// private PostgreSQL, a run of a test on each engine, a folder whose dear contents
// are made once for a package, and a build of the program with edits in copies
// of its sources (overlay.go).
//
// It is never part of the program, never touches a database that was running
// before, and leaves nothing behind. It imports nothing from the project and no
// SQL driver: it hands out addresses and drives the installed programs.
//
// Start reading at engines.go, then postgres.go.
package testkit
