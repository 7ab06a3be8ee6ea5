// Package bench measures how fast money is taken: payments per second end to
// end, where the time goes, and how near that is to what this machine can do at
// all. Limits and payments are measured in turns within one run, and reported as
// ratios: the same command varies from day to day and from machine to machine.
//
// It is never part of the program and proves nothing about safety, but a run
// whose money does not add up fails. It may import every room, and only tests
// may import it; all of it is test code. `make bench` runs it.
//
// Start reading at bench_test.go, which is the plan of a run; limits_test.go,
// street_test.go (the real programs), house_test.go (our rooms in a process of
// their own, with clocks in between), standin_test.go (a wallet that replays
// answers signed beforehand) and booking_test.go (the store alone) measure;
// report_test.go writes. docs/performance.md explains the figures.
package bench
