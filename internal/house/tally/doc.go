// Command tally runs the checks of `make test` one after the other and counts
// their tests, so that the last line of the run says how many passed and failed.
//
//	tally run -book FILE -name NAME -as go|text|check [-no-skip] -- COMMAND ...
//	tally total -book FILE
//
// run shows what went wrong, keeps the exit code of the command and adds a line
// to the book; total adds the book up. A test that the machine could not run is
// a failure under -no-skip.
//
// It never counts what a runner did not report. It may import only the standard
// library. Start reading at main.go; gotest.go reads `go test -json`, text.go
// the closing lines of other runners.
package main
