package alipay

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// request is one call before it is signed.
type request struct {
	method    string
	biz       biz
	params    map[string]string // instead of biz
	notifyURL string
}

// tokenMethod is the one call whose parameters do not stand in biz_content, and
// whose success has no code [13].
const tokenMethod = "alipay.system.oauth.token"

// biz is biz_content of every call we make; each fills in its own part.
type biz struct {
	OutTradeNo           string   `json:"out_trade_no,omitempty"`
	Scene                string   `json:"scene,omitempty"`
	AuthCode             string   `json:"auth_code,omitempty"`
	ProductCode          string   `json:"product_code,omitempty"`
	Subject              string   `json:"subject,omitempty"`
	TotalAmount          string   `json:"total_amount,omitempty"`
	SellerID             string   `json:"seller_id,omitempty"`
	StoreID              string   `json:"store_id,omitempty"`
	TerminalID           string   `json:"terminal_id,omitempty"`
	OperatorID           string   `json:"operator_id,omitempty"`
	TimeoutExpress       string   `json:"timeout_express,omitempty"`
	QRCodeTimeoutExpress string   `json:"qr_code_timeout_express,omitempty"`
	TimeExpire           string   `json:"time_expire,omitempty"`
	RefundAmount         string   `json:"refund_amount,omitempty"`
	OutRequestNo         string   `json:"out_request_no,omitempty"`
	RefundReason         string   `json:"refund_reason,omitempty"`
	QueryOptions         []string `json:"query_options,omitempty"`
	AlipayCertSN         string   `json:"alipay_cert_sn,omitempty"`
	BuyerID              string   `json:"buyer_id,omitempty"`
	BuyerOpenID          string   `json:"buyer_open_id,omitempty"`
	BillType             string   `json:"bill_type,omitempty"`
	BillDate             string   `json:"bill_date,omitempty"`

	ExtendParams *extendParams `json:"extend_params,omitempty"`
	SubMerchant  *subMerchant  `json:"sub_merchant,omitempty"`
}

type extendParams struct {
	ProviderID string `json:"sys_service_provider_id"`
}

type subMerchant struct {
	MerchantID string `json:"merchant_id"`
}

// masked is the request for the timeline, without the payer's code and name.
// The token of a service provider's merchant is in none of it.
func (r request) masked() string {
	b := r.biz
	if b.AuthCode != "" {
		b.AuthCode = b.AuthCode[:2] + strings.Repeat("*", len(b.AuthCode)-2)
	}
	b.BuyerID, b.BuyerOpenID = maskID(b.BuyerID), maskID(b.BuyerOpenID)
	if r.params != nil {
		return short(struct {
			GrantType string `json:"grant_type"`
			Code      string `json:"code"`
		}{r.params["grant_type"], "****"})
	}
	return short(b)
}

// secret is what must not be kept should the wallet repeat it.
func (r request) secret() string {
	if code := r.params["code"]; code != "" {
		return code
	}
	return r.biz.AuthCode
}

// form signs the request and writes it as a form. All parameters travel in the
// body; sign_type is signed too [1].
func (c *Channel) form(r request, at time.Time) (string, error) {
	content, err := json.Marshal(r.biz)
	if err != nil {
		return "", err
	}
	if r.params != nil {
		content = nil
	}
	params := map[string]string{
		"app_id": c.appID, "method": r.method, "format": "JSON", "charset": "utf-8", "sign_type": "RSA2",
		"timestamp": beijing(at), "version": "1.0", "notify_url": r.notifyURL, "biz_content": string(content),
		"app_cert_sn": c.appCertSN, "alipay_root_cert_sn": c.rootCertSN, "app_auth_token": c.provider.token,
	}
	maps.Copy(params, r.params)
	sig, err := sign(c.key, []byte(signText(params)))
	if err != nil {
		return "", err
	}
	form := url.Values{"sign": {sig}}
	for name, value := range params {
		if value != "" {
			form.Set(name, value)
		}
	}
	return form.Encode(), nil
}

// node is the part of an answer that is signed: what we use of every call's.
type node struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	SubCode string `json:"sub_code"`
	SubMsg  string `json:"sub_msg"`

	TradeNo      string `json:"trade_no"`
	OutTradeNo   string `json:"out_trade_no"`
	OutRequestNo string `json:"out_request_no"`
	TradeStatus  string `json:"trade_status"`
	TotalAmount  string `json:"total_amount"`
	BuyerLogonID string `json:"buyer_logon_id"`
	BuyerUserID  string `json:"buyer_user_id"`
	BuyerOpenID  string `json:"buyer_open_id"`
	GmtPayment   string `json:"gmt_payment"`
	SendPayDate  string `json:"send_pay_date"`
	QRCode       string `json:"qr_code"`
	RetryFlag    string `json:"retry_flag"`
	Action       string `json:"action"`
	FundChange   string `json:"fund_change"`
	RefundFee    string `json:"refund_fee"`
	RefundStatus string `json:"refund_status"`
	RefundAmount string `json:"refund_amount"`
	GmtRefundPay string `json:"gmt_refund_pay"`
	CertContent  string `json:"alipay_cert_content"`
	UserID       string `json:"user_id"`
	OpenID       string `json:"open_id"`
	BillURL      string `json:"bill_download_url"`
}

// seen is the list of the fields of an answer that may be kept.
type seen struct {
	Code         string `json:"code,omitempty"`
	Msg          string `json:"msg,omitempty"`
	SubCode      string `json:"sub_code,omitempty"`
	SubMsg       string `json:"sub_msg,omitempty"`
	TradeNo      string `json:"trade_no,omitempty"`
	OutTradeNo   string `json:"out_trade_no,omitempty"`
	OutRequestNo string `json:"out_request_no,omitempty"`
	TradeStatus  string `json:"trade_status,omitempty"`
	TotalAmount  string `json:"total_amount,omitempty"`
	Payer        string `json:"buyer_logon_id,omitempty"`
	GmtPayment   string `json:"gmt_payment,omitempty"`
	SendPayDate  string `json:"send_pay_date,omitempty"`
	QRCode       string `json:"qr_code,omitempty"`
	RetryFlag    string `json:"retry_flag,omitempty"`
	Action       string `json:"action,omitempty"`
	FundChange   string `json:"fund_change,omitempty"`
	RefundFee    string `json:"refund_fee,omitempty"`
	RefundStatus string `json:"refund_status,omitempty"`
	RefundAmount string `json:"refund_amount,omitempty"`
	GmtRefundPay string `json:"gmt_refund_pay,omitempty"`
	UserID       string `json:"user_id,omitempty"`
	OpenID       string `json:"open_id,omitempty"`
}

// masked is the answer for the timeline. secret, the payer's code, is struck
// out should the wallet repeat it in its words.
func (n node) masked(secret string) string {
	text := short(seen{
		Code: n.Code, Msg: cutText(n.Msg, 200), SubCode: n.SubCode, SubMsg: cutText(n.SubMsg, 400),
		TradeNo: n.TradeNo, OutTradeNo: n.OutTradeNo, OutRequestNo: n.OutRequestNo, TradeStatus: n.TradeStatus,
		TotalAmount: n.TotalAmount, Payer: maskLogon(n.BuyerLogonID), GmtPayment: n.GmtPayment, SendPayDate: n.SendPayDate,
		QRCode: n.QRCode, RetryFlag: n.RetryFlag, Action: n.Action, FundChange: n.FundChange, RefundFee: n.RefundFee,
		RefundStatus: n.RefundStatus, RefundAmount: n.RefundAmount, GmtRefundPay: n.GmtRefundPay,
		UserID: maskID(n.UserID), OpenID: maskID(n.OpenID),
	})
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "*")
	}
	return text
}

// payer is the payer as the wallet names it: its masked sign-in name, else its
// opaque number.
func (n node) payer() string {
	if p := maskLogon(n.BuyerLogonID); p != "" {
		return p
	}
	if n.BuyerOpenID != "" {
		return cutText(n.BuyerOpenID, 64)
	}
	return cutText(n.BuyerUserID, 64)
}

// maskLogon keeps a sign-in name that Alipay masked (159****5620) and masks one
// that it did not.
func maskLogon(s string) string {
	s = cutText(s, 64)
	if s == "" || strings.Contains(s, "*") {
		return s
	}
	r := []rune(s)
	return string(r[:1]) + "****" + string(r[len(r)-1:])
}

// short writes a value as JSON of at most 4096 bytes.
func short(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return cutText(strings.TrimSpace(b.String()), 4096)
}

// fate says what became of a call.
type fate int

const (
	unread   fate = iota // something may have left, nothing can be believed
	notSent              // nothing left
	believed             // the node was proven to be the wallet's
)

// heard is what a call brought: the node counts only when it is believed.
type heard struct {
	fate     fate
	node     node
	messages []channel.Message
}

// dress completes an answer with what every answer has.
func (h heard) dress(a channel.Answer) channel.Answer {
	a.Messages, a.WalletCode = h.messages, h.node.walletCode()
	return a
}

func (h heard) dressRefund(a channel.RefundAnswer) channel.RefundAnswer {
	a.Messages, a.WalletCode = h.messages, h.node.walletCode()
	return a
}

// walletCode is the code that says most, for the record.
func (n node) walletCode() string {
	if n.SubCode != "" {
		return cutText(n.SubCode, 64)
	}
	return cutText(n.Code, 64)
}

// parseNode reads the words of a node.
func parseNode(b []byte, method string) (node, error) {
	var n node
	if err := json.Unmarshal(b, &n); err != nil {
		return node{}, errors.New("node is not what it should be") // the parser's words may quote the text
	}
	if n.Code == "" && method != tokenMethod {
		return node{}, errors.New("node without code")
	}
	return n, nil
}

// envelope is an answer cut into its parts by bytes; nothing in it is believed
// yet.
type envelope struct {
	node    []byte // from its { to the matching }, as sent
	general bool   // it is an error_response
	sign    string
	certSN  string
}

// maxDepth is how deep an answer may be nested; the deepest documented one has 5.
const maxDepth = 32

var errShape = errors.New("not an answer of the gateway")

// cut finds the node, the signature and the certificate's number in an answer
// by bytes, because the signature covers the node exactly as it was sent,
// escaped slashes and the order of keys included [1].
func cut(body []byte, method string) (envelope, error) {
	want := strings.ReplaceAll(method, ".", "_") + "_response"
	var env envelope
	seen := map[string]bool{}
	i := space(body, 0)
	if i >= len(body) || body[i] != '{' {
		return env, errShape
	}
	for i = space(body, i+1); ; i = space(body, i+1) {
		key, value, end, err := member(body, i)
		if err != nil || seen[key] || len(seen) > 16 {
			return env, errShape
		}
		seen[key] = true
		switch key {
		case want, "error_response":
			if env.node != nil || value[0] != '{' {
				return env, errShape
			}
			env.node, env.general = value, key != want
		case "sign":
			err = json.Unmarshal(value, &env.sign)
		case "alipay_cert_sn":
			err = json.Unmarshal(value, &env.certSN)
		}
		if err != nil {
			return env, errShape
		}
		i = space(body, end)
		if i < len(body) && body[i] == ',' {
			continue
		}
		if i >= len(body) || body[i] != '}' || space(body, i+1) != len(body) || env.node == nil {
			return env, errShape
		}
		return env, nil
	}
}

// member reads "key":value at i and returns the key as it stands, the value's
// bytes and where it ends.
func member(b []byte, i int) (string, []byte, int, error) {
	end, err := quoted(b, i)
	if err != nil {
		return "", nil, 0, err
	}
	key := string(b[i+1 : end-1])
	i = space(b, end)
	if i >= len(b) || b[i] != ':' {
		return "", nil, 0, errShape
	}
	i = space(b, i+1)
	end, err = value(b, i)
	if err != nil || end == i {
		return "", nil, 0, errShape
	}
	return key, b[i:end], end, nil
}

// value returns where the JSON value at i ends. Only its brackets and quotes
// are looked at: the parser judges the rest after the signature.
func value(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, errShape
	}
	if b[i] == '"' {
		return quoted(b, i)
	}
	if b[i] != '{' && b[i] != '[' {
		for i < len(b) && !bytes.ContainsRune([]byte(",}] \t\r\n\"{["), rune(b[i])) {
			i++
		}
		return i, nil
	}
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end, err := quoted(b, i)
			if err != nil {
				return 0, err
			}
			i = end
			continue
		case '{', '[':
			if depth++; depth > maxDepth {
				return 0, errShape
			}
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return 0, errShape
}

// quoted returns where the quoted text at i ends, behind its last quote.
func quoted(b []byte, i int) (int, error) {
	if i >= len(b) || b[i] != '"' {
		return 0, errShape
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1, nil
		}
	}
	return 0, errShape
}

// space returns the first place from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// amount reads an amount in yuan.
func amount(s string) (guitai.Money, bool) {
	m, err := guitai.ParseDecimal(s, guitai.CNY)
	return m, err == nil
}
