package web

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Counter64 is something that only grows, read when the page is asked for.
type Counter64 struct {
	Name string // such as "store_commits_total"
	Help string
	Read func() int64
}

// metrics is the page for Prometheus.
func metrics(list []Counter64) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, c := range list {
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "guitai", Name: c.Name, Help: c.Help},
			func() float64 { return float64(c.Read()) }))
	}
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
}
