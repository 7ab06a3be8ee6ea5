package cert

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// Files are a certificate and its key that somebody else renews. They are read
// again when they change, without a restart.
type Files struct {
	Cert, Key string
	Now       func() time.Time
	// Failed is told when changed files cannot be used; the old ones then stay.
	Failed func(error)

	mu     sync.Mutex
	loaded *tls.Certificate
	mark   [2]time.Time
	next   time.Time // when the files are looked at again
}

const lookAgain = 10 * time.Second

// Open reads both for the first time.
func (f *Files) Open() error {
	_, err := f.GetCertificate(nil)
	return err
}

// GetCertificate is for tls.Config.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded != nil && f.Now().Before(f.next) {
		return f.loaded, nil
	}
	f.next = f.Now().Add(lookAgain)
	mark, err := f.marks()
	if err == nil && f.loaded != nil && mark == f.mark {
		return f.loaded, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(f.Cert, f.Key)
	}
	if err == nil {
		f.loaded, f.mark = &pair, mark
		return f.loaded, nil
	}
	if f.loaded == nil {
		return nil, err
	}
	// Half of a renewal perhaps: the key is not there yet.
	if f.Failed != nil {
		f.Failed(err)
	}
	return f.loaded, nil
}

func (f *Files) marks() (m [2]time.Time, err error) {
	for i, name := range []string{f.Cert, f.Key} {
		at, err := os.Stat(name)
		if err != nil {
			return m, err
		}
		m[i] = at.ModTime()
	}
	return m, nil
}
