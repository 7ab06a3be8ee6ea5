package unionpay

import (
	"net/http"
	"path"
	"path/filepath"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
)

// Offset is the port after the street's own.
const Offset = 3

// The names of the calls, for fault rules.
const (
	OpConsume = "consume"
	OpApply   = "apply"
	OpQuery   = "query"
	OpVoid    = "void"
	OpRefund  = "refund"
	OpReverse = "reverse"
	OpFile    = "file"
)

// Provider is UnionPay.
type Provider struct {
	book   *book.Book
	faults *fault.Set
	now    func() time.Time
	keys   *keys
	forger forger
	desk   wallet.Desk
	trades map[string]entry // of backTransReq.do, by txnType/txnSubType
}

// entry is one line of the table of calls.
type entry struct {
	op string
	do func(*call) (fields, error)
}

// refundWindow: "退货能对11个月内的消费做".
const refundWindow = 330 * 24 * time.Hour

// payWindow is how long a payer may take over the password of a consumption,
// and how long a shown code lives that names no payTimeout.
const payWindow = 5 * time.Minute

// Policy is UnionPay's rules for the book.
func Policy() book.Policy {
	return book.Policy{
		FeeRate:       feeRate, // a small shop's usual rate
		CodePrefixes:  []string{"62"},
		CodeDigits:    19,
		PayerCodeLife: time.Minute, // 30 s and 60 s are both told
		ShownCode:     func(token string) string { return "https://qr.95516.com/00010000/" + token },
		Number:        func(day, digits string) string { return day + digits[:13] }, // queryId has 21 digits
		RefundNumber:  func(day, digits string) string { return day + digits[:13] },
		CodeLife:      payWindow,
		OrderLife:     payWindow,
		ReverseWindow: 24 * time.Hour, // and in the same settlement day: see trade.go
		RefundWindow:  refundWindow,
		RefundDelay:   2 * time.Second,
		// "总共发送5次，银联后续间隔1、2、4、5分钟后会再次通知"
		NoticeGaps:       []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute},
		NoticeOfScan:     true,
		NoticeOfGood:     true, // "支付失败的交易银联不会发送后台通知"
		PasswordAboveFen: 100_000,
		DayEnds:          time.Hour,
	}
}

// Open loads or makes the keys.
func Open(d wallet.Desk) (*Provider, error) {
	k, err := openKeys(d)
	if err != nil {
		return nil, err
	}
	p := &Provider{book: d.Book, faults: d.Faults, now: d.Now, keys: k, desk: d}
	p.trades = map[string]entry{
		"01/06": {OpConsume, p.consume},
		"01/07": {OpApply, p.apply},
		"31/00": {OpVoid, p.void},
		"04/00": {OpRefund, p.refund},
		"99/01": {OpReverse, p.reverse},
	}
	return p, nil
}

// Wallet names the provider.
func (p *Provider) Wallet() book.Wallet { return book.UnionPay }

// Ops lists the names for fault rules.
func (p *Provider) Ops() []string {
	return []string{OpConsume, OpApply, OpQuery, OpVoid, OpRefund, OpReverse, OpFile, fault.OpNotice}
}

// Doors is one port for both of UnionPay's hosts: the gateway and, at its root,
// the host of files.
func (p *Provider) Doors() []wallet.Door {
	query := map[string]entry{"00/00": {OpQuery, p.query}}
	file := map[string]entry{"76/01": {OpFile, p.file}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gateway/api/backTransReq.do", p.gateway(p.trades))
	mux.HandleFunc("POST /gateway/api/queryTrans.do", p.gateway(query))
	mux.HandleFunc("POST /{$}", p.gateway(file))
	return []wallet.Door{{Offset: Offset, Handler: mux}}
}

// Credentials is what a merchant's client needs; paths begin with the name of
// the provider's folder. With secure_key, signMethod 11 needs no certificate.
type Credentials struct {
	BaseURL    string `json:"base_url"`
	FileURL    string `json:"file_url"`
	MerID      string `json:"mer_id"`
	SignCert   string `json:"sign_cert"`
	SignKey    string `json:"sign_key"`
	RootCert   string `json:"root_cert"`
	MiddleCert string `json:"middle_cert"`
	SecureKey  string `json:"secure_key"`
}

// Credentials makes the object of credentials.json from the base URLs of the
// doors.
func (p *Provider) Credentials(urls []string) any {
	in := func(name string) string { return path.Join(filepath.Base(string(p.keys.dir)), name) }
	return Credentials{
		BaseURL: urls[0], FileURL: urls[0] + "/", MerID: p.keys.MerID,
		SignCert: in(fileMerchantCert), SignKey: in(fileMerchantKey),
		RootCert: in(fileRoot), MiddleCert: in(fileMiddle), SecureKey: in(fileSecure),
	}
}
