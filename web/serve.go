package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Serve answers on l until ctx ends, then lets what is under way come to its
// end, for as long as a payment may take. With secure it speaks TLS.
func (s *Server) Serve(ctx context.Context, l net.Listener, secure *tls.Config, drain time.Duration) error {
	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() {
		if secure != nil {
			srv.TLSConfig = secure
			served <- srv.ServeTLS(l, "", "")
			return
		}
		served <- srv.Serve(l)
	}()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		s.Stop()
		patience, done := context.WithTimeout(context.WithoutCancel(ctx), drain)
		if err = srv.Shutdown(patience); err != nil {
			err = errors.Join(err, srv.Close())
		}
		done()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
