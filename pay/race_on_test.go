//go:build race

package pay_test

// raceDetector: everything takes ten times as long.
const raceDetector = true
