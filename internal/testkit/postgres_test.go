package testkit_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"guitai/internal/testkit"
)

func TestPostgresIsFreshAndPrivate(t *testing.T) {
	a, b := testkit.Postgres(t), testkit.Postgres(t)
	if a == b {
		t.Fatalf("the same database twice: %s", a)
	}
	u, err := url.Parse(a)
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode of %s is %v", dir, info.Mode())
	}
	if _, err := os.Stat(filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		t.Error(err)
	}
}

func TestEnginesRunsEach(t *testing.T) {
	var seen []string
	testkit.Engines(t, func(_ *testing.T, dsn string) { seen = append(seen, dsn[:6]) })
	if len(seen) == 0 || seen[0] != "sqlite" || len(seen) > 2 || len(seen) == 2 && seen[1] != "postgr" {
		t.Fatalf("engines %v", seen)
	}
}
