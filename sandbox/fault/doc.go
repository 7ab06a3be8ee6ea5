// Package fault makes a provider misbehave on request: silence, delays, lost
// answers, lies and broken signatures, by rules that stand until they are used
// up or taken away.
//
// It never decides what a provider would have said; it only withholds, spoils
// or repeats it. It imports nothing of the project.
//
// Start reading at rule.go (the kinds), then serve.go (a call under faults).
package fault
