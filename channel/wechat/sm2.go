package wechat

import (
	"crypto"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"github.com/emmansun/gmsm/smx509"
)

// The suite of national ciphers (国密), as WeChat Pay uses it
// (the shangmi part of wechatpay-java, its own library):
// signatures are SM2 over SM3 with the usual user id 1234567812345678, in DER;
// resources are sealed by SM4-GCM.

// sm2Signer opens the merchant's SM2 pair.
func sm2Signer(keyPEM, certPEM []byte, rand io.Reader) (signer, error) {
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return signer{}, errPEM
	}
	any, err := smx509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return signer{}, errors.New("the key is not PKCS #8")
	}
	key, ok := any.(*sm2.PrivateKey)
	if !ok {
		return signer{}, errors.New("the key is not SM2")
	}
	if block, _ = pem.Decode(certPEM); block == nil {
		return signer{}, errPEM
	}
	cert, err := smx509.ParseCertificate(block.Bytes)
	if err != nil {
		return signer{}, errors.New("the certificate cannot be read")
	}
	if pub, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(&key.PublicKey) {
		return signer{}, errors.New("the certificate is not of the private key")
	}
	return signer{
		scheme: "WECHATPAY2-SM2-WITH-SM3", serial: serialOf(cert.SerialNumber),
		sign: func(text string) (string, error) { return signSM2(key, rand, text) },
	}, nil
}

// signSM2 signs text: base64 of the DER.
func signSM2(key *sm2.PrivateKey, rand io.Reader, text string) (string, error) {
	sig, err := key.SignWithSM2(rand, nil, []byte(text)) // nil: the usual user id
	if err != nil {
		return "", errors.New("the SM2 key does not sign")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

func verifySM2(key *ecdsa.PublicKey, text, sig []byte) bool {
	return sm2.IsSM2PublicKey(key) && sm2.VerifyASN1WithSM2(key, nil, text, sig)
}

// newSM4 makes the cipher of sealed resources. SM4 takes 16 bytes: the first
// half of the SM3 digest of the APIv3 key, as wechatpay-java does.
func newSM4(v3Key []byte) (cipher.Block, error) {
	sum := sm3.Sum(v3Key)
	return sm4.NewCipher(sum[:16])
}

// suiteOf says to which suite a public key belongs; empty: neither.
func suiteOf(key crypto.PublicKey) Algorithm {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return AlgorithmRSA
	case *ecdsa.PublicKey:
		if sm2.IsSM2PublicKey(key) {
			return AlgorithmSM2
		}
	}
	return ""
}
