package wechat

import (
	"crypto/rsa"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestSignV2 is the vector that WeChat Pay publishes
// (wiki/doc/api/micropay.php?chapter=4_3).
func TestSignV2(t *testing.T) {
	const key = "192006250b4c09247ec02edce69f6a2d"
	fields := map[string]string{
		"appid": "wxd930ea5d5a258f4f", "body": "test", "device_info": "1000", "mch_id": "10000100", "nonce_str": "ibuaiVcKdpRxkhJA",
		"attach": "", "sign": "what stands here does not count",
	}
	for how, want := range map[SignType]string{
		SignMD5:  "9A0A8659F005D6984697E2CA0A9CF3B7",
		SignHMAC: "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6",
	} {
		if got := signV2(fields, key, how); got != want {
			t.Errorf("%s: %s, want %s", how, got, want)
		}
		fields["sign"] = want
		if err := verifyV2(fields, key, how); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		fields["body"] = "tess"
		if err := verifyV2(fields, key, how); !errors.Is(err, errSignature) {
			t.Errorf("%s: a changed field gives %v, want %v", how, err, errSignature)
		}
		fields["body"] = "test"
	}
	delete(fields, "sign")
	if err := verifyV2(fields, key, SignMD5); !errors.Is(err, errUnsigned) {
		t.Errorf("no sign gives %v, want %v", err, errUnsigned)
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func signingKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := privateKey(readFile(t, "testdata/signing_key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// fixedRand gives the same bytes for ever.
type fixedRand []byte

func (r fixedRand) Read(p []byte) (int, error) { return copy(p, r), nil }

func fixedNow() time.Time { return time.Unix(1763726400, 0) }

// TestAuthorization compares with a signature that openssl made:
//
//	printf 'GET\n/v3/…\n1763726400\n593bec0c…\n\n' | openssl dgst -sha256 -sign signing_key.pem | base64
func TestAuthorization(t *testing.T) {
	const want = "TEPCPN2y6Dq8of/3l5m8jl3zpx2KZBoYgj9y8R16dvwdnSoyZZKDQO/BBbikd1Y1JNO3mIG2O/jsNy4ymKxIilnWDFE1OgtmyzmseJcbYz/QQMNbH+QBLWqnQuXFKiE6qOW7De9pbcVeKjrRK8YM1ZxBx4AjZJ/UHyyTLsNOHqPdcADxuqEG9UuscjqD2Yni8LLGENqAjQAXDdXJOq/BDArAaje/Ux9/VmXoj+/oEjfzUQ1b1tcREjM6qyLzTV76L8ZgzISaRhV2f+ROafxoCFel6R4KUrZKYFcJYnyyF8ti+dgJKyicpmz1qhA1myoCecP8Mi/zbcI6gUnQaOLnAQ=="
	sig, err := signV3(signingKey(t), "GET\n/v3/pay/transactions/out-trade-no/GT20251121000001?mchid=1900000001\n1763726400\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n")
	if err != nil || sig != want {
		t.Errorf("signature %s (%v), want %s", sig, err, want)
	}
	c := &Channel{
		key: signingKey(t), mchID: "1900000001", rand: fixedRand("0123456789abcdef"), nowFn: fixedNow,
	}
	c.signer = signer{
		scheme: "WECHATPAY2-SHA256-RSA2048", serial: "AB12", sign: func(text string) (string, error) { return signV3(c.key, text) },
	}
	auth, err := c.authorization("POST", "/v3/x", []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`WECHATPAY2-SHA256-RSA2048 mchid="1900000001",`, `nonce_str="30313233343536373839616263646566"`, `timestamp="1763726400"`, `serial_no="AB12"`,
	} {
		if !strings.Contains(auth, part) {
			t.Errorf("header %s lacks %s", auth, part)
		}
	}
	sig, err = signV3(c.key, "POST\n/v3/x\n1763726400\n30313233343536373839616263646566\n{\"a\":1}\n")
	if err != nil || !strings.HasSuffix(auth, `,signature="`+sig+`"`) {
		t.Errorf("header %s does not end with the signature %s", auth, sig)
	}
}

// TestVerify: signatures by openssl over an answer with a body and over a 204.
func TestVerify(t *testing.T) {
	key := &signingKey(t).PublicKey
	const body = `{"code_url":"weixin://wxpay/bizpayurl?pr=abc"}`
	good := map[string]stamp{
		body: {serial: "S", nonce: "EAAA6n3", time: "1763726401", signature: "VN0zvAgee6UoSvpBSzE5VaCsXaiTPq/VZGAnM+Y0LGW9k09usMP3/VNoYzZMXs/G6EfN36u7+l36IWzGzrGshA1iFDksmr4ZZ75N8hoFvZemv4ruKdaF9QNjaC1u0jCaIrbK436JgIJMYg9nWYfpeek15whNMnyLTXWLPREkTGGgibZl6kL/y5wry85uvRjbNAgK3bzbc3BggCqoVO7k5zc1jLK9H7CNYtgHs9/WUEjJeSv8x8sVMksY8YrTdKB0LbF9QfNbaNBIdqyDQpmkw7DGO6Hs6m7Amd6+FLcC39eG3MDGzTd9VLMhE6h/xMZS19SgSj8VqGMrlZC4/nIHnQ=="},
		"":   {serial: "S", nonce: "EAAA6n3", time: "1763726401", signature: "LvEFadwH4OW8fljJEPwTxPZXd9oXDz10HGdTLjpRmOR14a4WvkPi2niaaXUQStvbxy35VO/qm5PJjLFChep75sKIVg4egYkwBmdFt41YqnA3ekZg8joVaNwjkNfMj4KakYs1Y5qD1V/8a+U58GuC0o7haYGGWHYIiqQCwTO6fQXQXR7JesQglx+NlRdcXam4j8qtxHsiZCMTJpt04y/TYdev11m5Jm0FZd+vfguCCsO7MJgMliG3MiHbS4Q40hbwnbeLiRHZ6mtjuNrmH+0jEk1we0L82lMz3oUloOyCXl/UMzXvqKJJZoVJWlRYUVOC7Uj/2NvrSkWV6PUK+yCJJw=="},
	}
	for body, s := range good {
		if err := s.verify(key, []byte(body)); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		for what, bad := range map[string]stamp{
			"time":      {s.serial, s.nonce, "1763726402", s.signature},
			"nonce":     {s.serial, "EAAA6n4", s.time, s.signature},
			"signature": {s.serial, s.nonce, s.time, "A" + s.signature[1:]},
			"base64":    {s.serial, s.nonce, s.time, s.signature[1:]},
		} {
			if err := bad.verify(key, []byte(body)); !errors.Is(err, errSignature) {
				t.Errorf("%q, other %s: %v, want %v", body, what, err, errSignature)
			}
		}
		if err := s.verify(key, []byte(body+" ")); !errors.Is(err, errSignature) {
			t.Errorf("%q, longer body: %v, want %v", body, err, errSignature)
		}
	}
}

func TestStampCheck(t *testing.T) {
	now := time.Unix(1763726400, 0)
	whole := stamp{"S", "n", "1763726400", "c2ln"}
	change := func(f func(*stamp)) stamp { s := whole; f(&s); return s }
	for _, c := range []struct {
		what string
		s    stamp
		want error
	}{
		{"whole", whole, nil},
		{"300 s old", change(func(s *stamp) { s.time = "1763726100" }), nil},
		{"300 s ahead", change(func(s *stamp) { s.time = "1763726700" }), nil},
		{"301 s old", change(func(s *stamp) { s.time = "1763726099" }), errTime},
		{"301 s ahead", change(func(s *stamp) { s.time = "1763726701" }), errTime},
		{"no number", change(func(s *stamp) { s.time = "now" }), errTime},
		{"negative", change(func(s *stamp) { s.time = "-1763726400" }), errTime},
		{"huge", change(func(s *stamp) { s.time = "99999999999999999999" }), errTime},
		{"no time", change(func(s *stamp) { s.time = "" }), errUnsigned},
		{"no nonce", change(func(s *stamp) { s.nonce = "" }), errUnsigned},
		{"no serial", change(func(s *stamp) { s.serial = "" }), errUnsigned},
		{"no signature", change(func(s *stamp) { s.signature = "" }), errUnsigned},
		{"probe", change(func(s *stamp) { s.signature = "WECHATPAY/SIGNTEST/c2ln" }), errProbe},
	} {
		if err := c.s.check(now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
}

// TestUnseal: a text that OpenSSL's AES-256-GCM encrypted (through Node.js).
func TestUnseal(t *testing.T) {
	const key, plain = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", `{"out_trade_no":"GT20251121000001"}`
	whole := sealed{"AEAD_AES_256_GCM", "fdasflkja484", "transaction", "YgLv3y2BRzyjGY4MmrOeE14kks21M1yrIgaokApQbVk8aQiZcuibi9RNCDqsPXgZ7Fxu"}
	if got, err := whole.open([]byte(key)); err != nil || string(got) != plain {
		t.Fatalf("%q %v, want %q", got, err, plain)
	}
	for what, s := range map[string]sealed{
		"algorithm":  {"AEAD_SM4_GCM", whole.Nonce, whole.Associated, whole.Ciphertext},
		"nonce":      {whole.Algorithm, "fdasflkja485", whole.Associated, whole.Ciphertext},
		"short":      {whole.Algorithm, "fdas", whole.Associated, whole.Ciphertext},
		"associated": {whole.Algorithm, whole.Nonce, "refund", whole.Ciphertext},
		"ciphertext": {whole.Algorithm, whole.Nonce, whole.Associated, "Z" + whole.Ciphertext[1:]},
		"base64":     {whole.Algorithm, whole.Nonce, whole.Associated, "***"},
		"empty":      {whole.Algorithm, whole.Nonce, whole.Associated, ""},
	} {
		if got, err := s.open([]byte(key)); !errors.Is(err, errCipher) {
			t.Errorf("other %s: %q %v, want %v", what, got, err, errCipher)
		}
	}
	if _, err := whole.open([]byte(strings.ToLower(key))); !errors.Is(err, errCipher) {
		t.Errorf("other key: %v, want %v", err, errCipher)
	}
}
