// Package house holds the rules of the house as tests: who may import whom,
// which library belongs to which room, how large things may grow, what must be
// written down and what must never be called. It reads the source of the whole
// repository as text and syntax and reports each broken rule with its place and
// with what to do about it.
//
// It never changes a file, never runs the code it reads, and no other package
// may import it. It may import nothing from the project and nothing but the
// standard library.
//
// Start reading at table.go, which is the house as data; a new room or a new
// library is a line there. rule.go lists the rules. exceptions.txt holds what
// is let off, one line each, and may only shrink. The folder tally is the small
// program that counts the tests of all runners for `make test`.
package house
