// Package after does what comes after a commit: it runs the jobs that were
// stored with it, numbers the news, and makes and carries the messages to
// webhooks (walk.go, courier.go).
//
// It knows no kind of job: each is registered by cmd, so that this room needs
// to know nobody. It never decides about money. Jobs run at least once and must
// not hurt when they run twice. It may import the root package, store,
// notify and vault. Start reading at runner.go.
package after
