// Package channeltest holds the exam that every channel passes, and a wallet in
// memory (Fake) for the simulation of shop days under virtual time.
//
// The exam (Exam, Cases) plays a shop at a channel and compares what the
// channel said with what the wallet's own book says (Rig.Judge). What is
// special about a wallet stands in the Rig that the channel's own test supplies.
//
// The Fake is both sides in one value: a channel that needs neither sockets nor
// keys, and the wallet with its payers, its book and its faults. It sleeps with
// time.Sleep and draws from the random source it is given, so that under
// testing/synctest a seed gives the same history again.
//
// This package decides nothing about payments and stores nothing. It may import
// the root package and channel; never an adapter, never the sandbox, never
// net/http. Start reading at exam.go for the exam, at fake.go for the wallet.
package channeltest
