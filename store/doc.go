// Package store keeps everything that must survive: all SQL of the house, both
// engines (one SQLite file, or PostgreSQL), the migrations and the
// transactions.
//
// There is one way to write, Store.InTx, and one way to read, Store.Read. The
// function given to either may be run again, so it holds no network call, takes
// nothing out of the transaction except by assignment, and never starts another
// transaction. A nil from InTx means: on disk. An error of kind Unknown with
// the code "commit_unknown" means: nobody knows, ask the database.
//
// It never calls the network for anything but its database, never reads a
// clock of its own (Options.Now), never lets the database make up a time or a
// name, and never puts a stored value into an error text.
//
// It imports from the project the root only, and is the one room that touches
// SQL drivers (modernc.org/sqlite, jackc/pgx) and pressly/goose.
//
// Start reading at store.go (the door), tx.go (what a function may do), then
// group.go (many writers, one fsync) and postgres.go. errors.go names what can
// go wrong; job.go is the table of work that carries on after a kill. What
// differs between the engines stands in sqlite.go and postgres.go only.
package store
