//go:build unix

package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// run is what a number of clients did in a while.
type run struct {
	done    int
	elapsed time.Duration
	each    []time.Duration // how long each took, sorted
	err     error           // the first failure
}

func (r run) perSecond() float64 { return float64(r.done) / r.elapsed.Seconds() }

// at is a quantile in milliseconds.
func (r run) at(q float64) float64 {
	if len(r.each) == 0 {
		return 0
	}
	return ms(r.each[min(len(r.each)-1, int(q*float64(len(r.each))))])
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// loop lets clients work side by side for a while. do is given the number of
// the turn, unique in this run; it returns errDry when there is nothing left.
func loop(clients int, d time.Duration, do func(turn int) error) run {
	var next atomic.Int64
	var mu sync.Mutex
	var all run
	var work sync.WaitGroup
	began := time.Now()
	for range clients {
		work.Go(func() {
			var mine []time.Duration
			var failed error
			for time.Since(began) < d {
				start := time.Now()
				if failed = do(int(next.Add(1) - 1)); failed != nil {
					break
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all.each = append(all.each, mine...)
			if failed != nil && failed != errDry && all.err == nil {
				all.err = failed
			}
		})
	}
	work.Wait()
	all.elapsed = time.Since(began)
	all.done = len(all.each)
	slices.Sort(all.each)
	return all
}

// errDry says that a client has nothing more to do.
var errDry = fmt.Errorf("bench: nothing left")

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(max(1, len(list)))
}

// ticks are the units of CPU time in /proc on Linux.
const ticks = 100

// cpuOf is how much CPU time a process has used, in seconds; 0 where the system
// does not tell.
func cpuOf(pid int) float64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // the name may have spaces
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / ticks
}

// machineCPU is how many CPU seconds the whole machine has been busy.
func machineCPU() float64 {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	busy := 0.0
	for i, f := range strings.Fields(line) {
		if v, err := strconv.ParseFloat(f, 64); err == nil && i != 4 && i != 5 && i < 9 { // idle, iowait
			busy += v
		}
	}
	return busy / ticks
}

// post sends JSON and reads JSON; every code but 200 is an error.
func post(c *http.Client, url, key string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %.300s", req.URL.Path, resp.Status, out)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(out, into)
}

// client is an HTTP client with room for so many callers.
func client(callers int) *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: callers, MaxIdleConnsPerHost: callers}}
}
