// Package testkit gives the tests of all rooms what they need from outside: a
// private PostgreSQL, a run of a test on each engine, and a folder whose dear
// contents are made once for a package.
//
// It is never part of the program, never touches a database that was running
// before, and leaves nothing behind. It imports nothing from the project and no
// SQL driver: it hands out addresses and drives the installed programs.
//
// Start reading at engines.go, then postgres.go.
package testkit
