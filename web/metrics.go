package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"guitai"
)

// Counter64 is something that only grows, or a Gauge, read when the page is
// asked for.
type Counter64 struct {
	Gauge bool   // it may fall too
	Name  string // such as "store_commits_total"
	Help  string
	Read  func() int64
}

// traffic is what the door counts.
type traffic struct {
	page     http.Handler
	requests *prometheus.HistogramVec
	taken    *prometheus.HistogramVec
}

func newTraffic(list []Counter64) *traffic {
	t := &traffic{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "guitai", Name: "request_seconds",
			Help: "How long requests took, by route and HTTP status.", Buckets: prometheus.ExponentialBuckets(0.001, 3, 10)},
			[]string{"route", "code"}),
		taken: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "guitai", Name: "payment_seconds",
			Help:    "How long a payment took from its making to the answer, by kind, wallet and the state answered.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2, 11)},
			[]string{"kind", "wallet", "state"}),
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), t.requests, t.taken)
	for _, c := range list {
		read := func() float64 { return float64(c.Read()) }
		if c.Gauge {
			reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "guitai", Name: c.Name, Help: c.Help}, read))
			continue
		}
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "guitai", Name: c.Name, Help: c.Help}, read))
	}
	t.page = promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return t
}

// seen counts one request. A stream of events lasts as long as its reader stays,
// which says nothing about us.
func (t *traffic) seen(route string, code int, took time.Duration) {
	if route != eventsRoute {
		t.requests.WithLabelValues(route, strconv.Itoa(code)).Observe(took.Seconds())
	}
}

// answered counts the answer to a payment.
func (t *traffic) answered(p guitai.Payment, took time.Duration) {
	t.taken.WithLabelValues(string(p.Kind), string(p.Wallet), string(p.State)).Observe(took.Seconds())
}
