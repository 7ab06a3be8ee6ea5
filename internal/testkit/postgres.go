package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// cluster is the one PostgreSQL of this test process.
type cluster struct {
	bin  string    // folder of initdb, postgres, psql
	dir  string    // holds the data, the socket and the log
	pipe io.Closer // held open for as long as the process lives

	mu   sync.Mutex
	made int
	free []string // databases that tests have given back, empty
}

// errMissing: PostgreSQL is not installed here.
var errMissing = errors.New("testkit: no PostgreSQL programs found (pg_config, /usr/lib/postgresql/*/bin)")

// start is run at the first need; all tests of the process share the outcome.
var start = sync.OnceValues(startCluster)

// port only names the socket file: nothing listens on the network.
const port = "5432"

// Postgres gives the DSN of a fresh, empty database in a PostgreSQL that only
// this test process knows. The database goes with the test, the server with
// the process. Without PostgreSQL programs the test is skipped, or fails when
// GUITAI_TEST_ALL=1. GUITAI_TEST_FSYNC=1 makes the server sync for real, for
// benchmarks.
func Postgres(t testing.TB) string {
	t.Helper()
	c, err := start()
	if errors.Is(err, errMissing) && os.Getenv("GUITAI_TEST_ALL") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := c.take()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.giveBack(name); err != nil {
			t.Error(err)
		}
	})
	return "postgres://guitai@/" + name + "?host=" + c.dir + "&port=" + port
}

// take gives an empty database. Making one costs a quarter of a second, emptying
// one that a test has given back a hundredth.
func (c *cluster) take() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.free); n > 0 {
		name := c.free[n-1]
		c.free = c.free[:n-1]
		return name, nil
	}
	c.made++
	name := fmt.Sprintf("test%d", c.made)
	return name, c.psql("postgres", "CREATE DATABASE "+name+" TEMPLATE template0")
}

// giveBack ends whatever still uses the database and empties it.
func (c *cluster) giveBack(name string) error {
	err := c.psql(name,
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
		"DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, name)
	return nil
}

// startCluster makes a data folder and starts the server on a socket in it.
func startCluster() (*cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "guitai-pg-")
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, dir: dir}
	if err := giveAway(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	initdb := c.command(ctx, "initdb", "-D", filepath.Join(dir, "data"), "-U", "guitai", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("testkit: initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	if err := c.serve(); err != nil {
		return nil, err
	}
	return c, c.wait()
}

// keeper starts the server and stops it when its standard input ends, which it
// does at the end of this process whatever its end: the kernel closes the pipe.
// $1 is the folder, the rest the server with its arguments.
const keeper = `
dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null &
pid=$!
read -r _
kill -QUIT $pid
wait $pid
rm -rf "$dir"
`

func (c *cluster) serve() error {
	fsync := "off"
	if os.Getenv("GUITAI_TEST_FSYNC") == "1" {
		fsync = "on"
	}
	server := []string{
		filepath.Join(c.bin, "postgres"), "-D", filepath.Join(c.dir, "data"), "-k", c.dir, "-p", port,
		"-c", "listen_addresses=", "-c", "fsync=" + fsync, "-c", "full_page_writes=" + fsync,
		"-c", "max_connections=200", "-c", "shared_buffers=64MB",
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", keeper, "keeper", c.dir}, server...)...)
	asServer(cmd)
	cmd.Dir = c.dir
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("testkit: postgres: %w", err)
	}
	c.pipe = pipe
	return nil
}

// wait asks until the server answers.
func (c *cluster) wait() error {
	var err error
	for range 200 {
		if _, missing := os.Stat(filepath.Join(c.dir, ".s.PGSQL."+port)); missing == nil {
			if err = c.psql("postgres", "SELECT 1"); err == nil {
				return nil
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return fmt.Errorf("testkit: postgres does not answer: %w\n%s", err, log)
}

func (c *cluster) psql(database string, texts ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	args := []string{
		"-X", "-q", "-h", c.dir, "-p", port, "-U", "guitai", "-d", database,
		"-v", "ON_ERROR_STOP=1", "-o", os.DevNull,
	}
	for _, text := range texts {
		args = append(args, "-c", text)
	}
	cmd := c.command(ctx, "psql", args...)
	cmd.Env = append(cmd.Env, "PGOPTIONS=-c client_min_messages=warning")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("testkit: psql: %w: %s", err, out)
	}
	return nil
}

func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	asServer(cmd)
	return cmd
}

// programs finds the folder of the server's programs, the newest version last
// in the list of folders first.
func programs() (string, error) {
	var dirs []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(found)
	for _, dir := range append(dirs, found...) {
		whole := true
		for _, name := range []string{"initdb", "postgres", "psql"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				whole = false
			}
		}
		if whole {
			return dir, nil
		}
	}
	return "", errMissing
}
