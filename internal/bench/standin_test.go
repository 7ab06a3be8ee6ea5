//go:build unix

package bench

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"guitai"
)

// The stand-in is a wallet that costs next to nothing: it replays Alipay's
// answers, which were signed before the run. So what is measured is our own
// process, and not who gets the processor. To know the answers beforehand one
// must know our order numbers: in this one measurement the switch's clock
// stands still and its numbers are counted instead of drawn.

// counted is a random source for IDs that counts.
type counted struct{ n atomic.Uint64 }

// Read gives the next number in the last bytes.
func (c *counted) Read(b []byte) (int, error) {
	clear(b)
	binary.BigEndian.PutUint64(b[len(b)-8:], c.n.Add(1)&(1<<56-1))
	return len(b), nil
}

var _ io.Reader = (*counted)(nil)

// standinOrder tells the stand-in's process what to prepare.
type standinOrder struct {
	Key     []byte    // the wallet's private key, PKCS#1 DER
	Still   time.Time // where the switch's clock stands
	Numbers int       // how many IDs will be drawn at most
}

// orderNo is the switch's order number for the n-th ID that is drawn.
func orderNo(still time.Time, n int) (string, error) {
	c := &counted{}
	c.n.Store(uint64(n - 1))
	id, err := guitai.NewID[string]("p", still, c)
	if err != nil {
		return "", err
	}
	return "p" + id[2:], nil
}

// signed is Alipay's answer to a payment of the price.
func signed(key *rsa.PrivateKey, no string) ([]byte, error) {
	node := fmt.Appendf(nil, `{"code":"10000","msg":"Success","buyer_logon_id":"138****0001","gmt_payment":"2026-11-22 09:01:07",`+
		`"out_trade_no":"%s","receipt_amount":"12.50","total_amount":"12.50","trade_no":"2026112222001238961018918988"}`, no)
	sum := sha256.Sum256(node)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"alipay_trade_pay_response":%s,"sign":"%s"}`, node, base64.StdEncoding.EncodeToString(sig)), nil
}

// presign signs the answers for every number that may come, on all processors.
func presign(key *rsa.PrivateKey, o standinOrder) (map[string][]byte, error) {
	answers := make(map[string][]byte, o.Numbers)
	var mu sync.Mutex
	var next atomic.Int64
	r := loop(4, time.Hour, func(int) error {
		n := int(next.Add(1))
		if n > o.Numbers {
			return errDry
		}
		no, err := orderNo(o.Still, n)
		if err != nil {
			return err
		}
		a, err := signed(key, no)
		mu.Lock()
		defer mu.Unlock()
		answers[no] = a
		return err
	})
	return answers, r.err
}

// standin is the main of the stand-in's process: the order on its standard
// input, its address on its standard output.
func standin() error {
	var o standinOrder
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	key, err := x509.ParsePKCS1PrivateKey(o.Key)
	if err != nil {
		return err
	}
	answers, err := presign(key, o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	mark := []byte("out_trade_no%22%3A%22")
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		_, rest, _ := bytes.Cut(body, mark)
		no, _, _ := bytes.Cut(rest, []byte("%22"))
		a := answers[string(no)]
		if err != nil || a == nil {
			// An ID beyond what was prepared: the run must not go on.
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html;charset=utf-8")
		_, _ = w.Write(a) // a caller who has gone is not our trouble
	}))
}
