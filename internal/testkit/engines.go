package testkit

import (
	"path/filepath"
	"testing"
)

// Engines runs the test once on a fresh SQLite file and once on a fresh
// PostgreSQL database; dsn is what store.Options.DSN takes.
func Engines(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite gives the DSN of a SQLite file that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "data", "guitai.db")
}
