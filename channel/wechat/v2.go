package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

var errReturnCode = errors.New("return_code is not SUCCESS: such an answer is not signed")

// v2 makes one v2 call: fields as XML both ways, signed with the v2 key.
func (c *Channel) v2(ctx context.Context, path string, fields map[string]string) answer {
	q := request{op: path[strings.LastIndexByte(path, '/')+1:], method: http.MethodPost, url: c.base.JoinPath(path), via: c.plain}
	if strings.HasPrefix(path, "/secapi/") {
		q.url, q.via = c.tlsBase.JoinPath(path), c.mutual
	}
	n, err := nonce(c.rand)
	if err != nil {
		return answer{messages: []channel.Message{reply{err: err, at: c.now()}.message(q, nil)}}
	}
	fields["appid"], fields["mch_id"], fields["nonce_str"] = c.appID, c.mchID, n
	fields["sub_appid"], fields["sub_mch_id"] = c.subAppID, c.subMchID // empty ones are neither signed nor sent
	fields["sign_type"] = string(c.signType)
	fields["sign"] = signV2(fields, c.v2Key, c.signType)
	q.body = writeXML(fields)
	q.header = http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "User-Agent": {"guitai"}}
	a := answer{reply: c.send(ctx, q)}
	var doubt error
	if a.err == nil {
		doubt = c.proveV2(&a)
	}
	m := a.message(q, doubt)
	m.Out, m.In = maskFields(fields), maskFields(a.fields)
	if a.fields == nil && len(a.body) > 0 {
		m.In = unreadable(a.body)
	}
	a.messages = []channel.Message{m}
	return a
}

// proveV2 reads an answer and checks whose it is.
func (c *Channel) proveV2(a *answer) error {
	if a.http != http.StatusOK {
		return errors.New("not HTTP 200")
	}
	fields, err := readXML(a.body)
	if err != nil {
		return err
	}
	a.fields = fields
	if fields["return_code"] != "SUCCESS" {
		a.code = cut(fields["return_code"], 64)
		return errReturnCode
	}
	if err := verifyV2(fields, c.v2Key, c.signType); err != nil {
		return err
	}
	if fields["appid"] != c.appID || fields["mch_id"] != c.mchID || fields["sub_mch_id"] != c.subMchID {
		return errors.New("about another merchant")
	}
	a.proven = true
	if fields["result_code"] == "FAIL" {
		a.code = cut(fields["err_code"], 64)
	}
	return nil
}

// failed reports a proven refusal with a code.
func (a answer) failed() bool {
	return a.proven && a.fields["result_code"] == "FAIL" && a.code != ""
}

// done reports a proven success.
func (a answer) done() bool { return a.proven && a.fields["result_code"] == "SUCCESS" }

func (c *Channel) micropay(ctx context.Context, q channel.Charge) channel.Answer {
	fields := map[string]string{
		"body": words(q.Description, 127), "out_trade_no": q.No, "total_fee": strconv.FormatInt(q.Amount.Fen, 10),
		"fee_type": string(q.Amount.Currency), "spbill_create_ip": ipOf(q.Place), "auth_code": q.AuthCode,
		"device_info": cut(q.Place.Till, 32),
	}
	if q.Place.Shop != "" {
		scene, err := json.Marshal(map[string]wireStore{"store_info": {ID: cut(q.Place.Shop, 32)}})
		if err != nil {
			return unbuilt()
		}
		fields["scene_info"] = string(scene)
	}
	a := c.v2(ctx, "/pay/micropay", fields)
	switch {
	case a.failed():
		return a.says(chargeVerdict(a.code))
	case a.done() && a.fields["out_trade_no"] == q.No:
		return a.paid()
	}
	return a.doubt()
}

// paid reads what micropay, or orderquery in state SUCCESS, tells of money
// taken. The order's total is told; who compares it is the switch.
func (a answer) paid() channel.Answer {
	f := a.fields
	total, err := strconv.ParseInt(f["total_fee"], 10, 64)
	at, errAt := time.ParseInLocation("20060102150405", f["time_end"], beijing)
	if err != nil || errAt != nil || total < 1 || f["transaction_id"] == "" || f["fee_type"] != "" && f["fee_type"] != string(guitai.CNY) {
		return a.doubt()
	}
	return channel.Answer{
		Outcome: channel.Paid, Amount: guitai.Fen(total), PaidAt: at.UTC(),
		WalletNo: cut(f["transaction_id"], 64), Payer: cut(f["openid"], 128), Messages: a.messages,
	}
}

func (c *Channel) orderquery(ctx context.Context, o channel.Order) channel.Answer {
	a := c.v2(ctx, "/pay/orderquery", map[string]string{"out_trade_no": o.No})
	switch {
	case a.failed():
		return a.says(queryVerdict(a.code))
	case !a.done() || a.fields["out_trade_no"] != o.No:
		return a.doubt()
	}
	v := stateVerdict(a.fields["trade_state"])
	if v.outcome == channel.Paid {
		return a.paid()
	}
	out := a.says(v)
	out.WalletNo = cut(a.fields["transaction_id"], 64)
	if out.Outcome == channel.Declined {
		out.WalletCode = a.fields["trade_state"]
	}
	return out
}

// reverse undoes a code payment: a paid one is given back, an unpaid one
// closed. recall=Y asks to call again (wiki/doc/api/micropay.php?chapter=9_11).
func (c *Channel) reverse(ctx context.Context, o channel.Order) channel.Answer {
	a := c.v2(ctx, "/secapi/pay/reverse", map[string]string{"out_trade_no": o.No})
	switch {
	case a.proven && a.fields["recall"] == "Y":
		out := a.doubt()
		if out.WalletCode == "" {
			out.WalletCode = "recall"
		}
		return out
	case a.failed():
		return a.says(reverseVerdict(a.code))
	case a.done() && a.fields["recall"] == "N":
		return channel.Answer{Outcome: channel.Closed, Messages: a.messages}
	}
	return a.doubt()
}

// ipOf is the address of the till, which v2 demands.
func ipOf(p channel.Place) string {
	if p.IP == "" {
		return "127.0.0.1"
	}
	return cut(p.IP, 45)
}
