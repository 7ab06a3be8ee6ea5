package wechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds each side of a message in the timeline.
const maxMessage = 4096

// shown reports whether a field may be seen in the timeline. Everything that is
// not named here is masked: codes, keys, signatures, who the payer is, and
// whatever WeChat Pay may send tomorrow.
func shown(name string) bool {
	switch name {
	case "appid", "mchid", "mch_id", "sp_appid", "sp_mchid", "sub_appid", "sub_mchid", "sub_mch_id", "out_trade_no", "transaction_id", "out_refund_no", "refund_id", "serial_no",
		"total", "payer_total", "refund", "payer_refund", "settlement_refund", "settlement_total", "discount_refund", "currency", "payer_currency",
		"total_fee", "cash_fee", "coupon_fee", "settlement_total_fee", "fee_type", "cash_fee_type",
		"trade_type", "trade_state", "status", "refund_status", "channel", "funds_account", "bank_type",
		"success_time", "create_time", "time_end", "time_expire", "effective_time", "expire_time",
		"code", "err_code", "errcode", "return_code", "result_code", "recall", "sign_type", "field", "location",
		"event_type", "resource_type", "original_type", "device_info", "device_id", "notify_url":
		return true
	}
	return false
}

// spoken reports whether a field holds words, which are shown without the long
// numbers in them: an error's text may repeat what it complains about.
func spoken(name string) bool {
	switch name {
	case "message", "issue", "err_code_des", "return_msg", "trade_state_desc", "summary", "description", "body", "reason":
		return true
	}
	return false
}

const masked = "***"

// veil masks each run of six digits or more.
func veil(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		switch {
		case n >= 6:
			b.WriteString(masked)
		case n == 0:
			n = 1
			fallthrough
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// maskValue is how a field's value is shown.
func maskValue(name, value string) string {
	switch {
	case value == "":
		return ""
	case shown(name):
		return cut(value, 256)
	case spoken(name):
		return cut(veil(value), 256)
	}
	return masked
}

// maskFields shows the fields of a v2 message, by name.
func maskFields(fields map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "%s=%s ", cut(name, 64), maskValue(name, fields[name]))
	}
	return cut(strings.TrimSpace(b.String()), maxMessage)
}

// maskJSON shows a JSON text with its values masked.
func maskJSON(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return unreadable(body)
	}
	out, err := json.Marshal(maskTree("", v))
	if err != nil {
		return unreadable(body)
	}
	return cut(string(out), maxMessage)
}

// maskTree masks the leaves of a JSON value; name is the field it stands in.
func maskTree(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[cut(k, 64)] = maskTree(k, x)
		}
		return out
	case []any:
		out := make([]any, 0, min(len(v), 20))
		for _, x := range v[:min(len(v), 20)] {
			out = append(out, maskTree(name, x))
		}
		return out
	case string:
		return maskValue(name, v)
	case json.Number:
		if shown(name) {
			return v
		}
		return masked
	}
	return v // true, false, null
}

func unreadable(body []byte) string { return fmt.Sprintf("(%d bytes that cannot be read)", len(body)) }

// cut shortens s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// words makes text fit for a message: valid, without control characters (XML
// cannot carry them, and the signature covers what is carried), at most n
// characters.
func words(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		if n == 0 {
			break
		}
		if r == utf8.RuneError || unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' {
			r = ' '
		}
		b.WriteRune(r)
		n--
	}
	return b.String()
}
