package wechat

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSkew is how far the time of an answer or a notice may be from our clock
// (doc/v3/merchant/4013053420: 5 minutes).
const maxSkew = 300 * time.Second

// nonce makes 32 characters for nonce_str.
func nonce(rand io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return "", errors.New("no randomness")
	}
	return hex.EncodeToString(b[:]), nil
}

// signV3 signs text as v3 does: RSA PKCS #1 v1.5 over SHA-256, base64.
func signV3(key *rsa.PrivateKey, text string) (string, error) {
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("the private key does not sign")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// signer signs v3 requests.
type signer struct {
	scheme string
	serial string // of the merchant's certificate
	sign   func(text string) (string, error)
}

// authorization is the v3 header. Five lines are signed, each ended by LF: the
// method, the target as sent, the time, the nonce, the body as sent
// (doc/v3/merchant/4012365336).
func (c *Channel) authorization(method, target string, body []byte) (string, error) {
	n, err := nonce(c.rand)
	if err != nil {
		return "", err
	}
	at := strconv.FormatInt(c.now().Unix(), 10)
	sig, err := c.signer.sign(method + "\n" + target + "\n" + at + "\n" + n + "\n" + string(body) + "\n")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`%s mchid="%s",nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"`,
		c.signer.scheme, c.mchID, n, at, c.signer.serial, sig), nil
}

// stamp is what WeChat Pay puts into the headers of an answer or a notice.
type stamp struct {
	serial, nonce, time, signature string
}

// stampOf reads the four headers; get returns the only value of one, or "".
func stampOf(get func(string) string) stamp {
	return stamp{
		serial: get("Wechatpay-Serial"), nonce: get("Wechatpay-Nonce"),
		time: get("Wechatpay-Timestamp"), signature: get("Wechatpay-Signature"),
	}
}

var (
	errUnsigned  = errors.New("not signed")
	errProbe     = errors.New("a probe of WeChat Pay that must not pass")
	errTime      = errors.New("no time, or more than 300 s from our clock")
	errSignature = errors.New("the signature is wrong")
	errCipher    = errors.New("cannot be decrypted")
)

// check looks at what can be seen without a key: everything is there, it is no
// probe, and the time is near ours.
func (s stamp) check(now time.Time) error {
	if s.serial == "" || s.nonce == "" || s.time == "" || s.signature == "" {
		return errUnsigned
	}
	if strings.HasPrefix(s.signature, "WECHATPAY/SIGNTEST/") {
		return errProbe
	}
	sec, err := strconv.ParseInt(s.time, 10, 64)
	if err != nil || sec < 0 || sec > 1<<40 {
		return errTime
	}
	if off := now.Sub(time.Unix(sec, 0)); off > maxSkew || off < -maxSkew {
		return errTime
	}
	return nil
}

// verify checks the signature over three lines, each ended by LF: the time, the
// nonce, the raw body (empty for a 204).
func (s stamp) verify(key crypto.PublicKey, body []byte) error {
	sig, err := base64.StdEncoding.Strict().DecodeString(s.signature)
	if err != nil {
		return errSignature
	}
	text := slices.Concat([]byte(s.time+"\n"+s.nonce+"\n"), body, []byte("\n"))
	switch key := key.(type) {
	case *rsa.PublicKey:
		sum := sha256.Sum256(text)
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil {
			return nil
		}
	case *ecdsa.PublicKey:
		if verifySM2(key, text, sig) {
			return nil
		}
	}
	return errSignature
}

// sealed is a piece of encrypted JSON: AES-256-GCM under the APIv3 key, or
// SM4-128-GCM under one that is made of it.
type sealed struct {
	Algorithm  string `json:"algorithm"`
	Nonce      string `json:"nonce"`
	Associated string `json:"associated_data"`
	Ciphertext string `json:"ciphertext"`
}

// open decrypts. The tag stands at the end of the ciphertext.
func (s sealed) open(key []byte) ([]byte, error) {
	var block cipher.Block
	var err error
	switch s.Algorithm {
	case "AEAD_AES_256_GCM":
		block, err = aes.NewCipher(key)
	case "AEAD_SM4_GCM", "AEAD_SM4_128_GCM": // both names are found
		block, err = newSM4(key)
	default:
		return nil, errCipher
	}
	if err != nil {
		return nil, errCipher
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(s.Nonce) != gcm.NonceSize() {
		return nil, errCipher
	}
	text, err := base64.StdEncoding.DecodeString(s.Ciphertext)
	if err != nil {
		return nil, errCipher
	}
	plain, err := gcm.Open(nil, []byte(s.Nonce), text, []byte(s.Associated))
	if err != nil {
		return nil, errCipher
	}
	return plain, nil
}

// signV2 signs fields as v2 does: all but sign and the empty ones, sorted by
// name, name=value joined by &, then the key
// (wiki/doc/api/micropay.php?chapter=4_3).
func signV2(fields map[string]string, key string, how SignType) string {
	names := make([]string, 0, len(fields))
	for name, value := range fields {
		if name != "sign" && value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + "=" + fields[name] + "&")
	}
	b.WriteString("key=" + key)
	if how == SignMD5 {
		sum := md5.Sum([]byte(b.String()))
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	h := hmac.New(sha256.New, []byte(key))
	io.WriteString(h, b.String())
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}

// verifyV2 checks the sign of a v2 answer.
func verifyV2(fields map[string]string, key string, how SignType) error {
	if fields["sign"] == "" {
		return errUnsigned
	}
	if subtle.ConstantTimeCompare([]byte(fields["sign"]), []byte(signV2(fields, key, how))) != 1 {
		return errSignature
	}
	return nil
}
