package alipay

const (
	vectorText = `a=1&b=x\/y&biz_content={"subject":"早餐"}&sign_type=RSA2`
	vectorSign = "Hl7e6n7OM7t7JuZJ5NnAgOhHL3jBHuNAwvggOoV0iM1FOjm71A+3QESjKePk9H+PFwdLNQ46HWr0fEYMw4IYfY9M06YcbLqZHZzqXlULDEJCX4KiWT+DvrBZgCjou+STnRns7P9y6LoG6SFoI7XB0QB2nH9wMcq1UFighj6lu8fIeG6c7Rurs9eCILaQKFNu99KsjM0vmuEjrhmcHmtcJqmHJyOvFRHqQUYkOekY6nJIcI1/2i1th/MbmI9qkF1Y52IoWSOvwqlETCKiLBHsLhCkilEhKmZU4tmukjv9a9HXJrC59zFPxBLzxrMUKp8sTVdMTLF2QHt0Syxtarlk0A=="
	vectorKey  = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzMTvuo+cvvEfp70s0tG8
u0Ru2sLlEjtlrQnBhcPn8NutJp4iizvHUJcF41WO1uyaaBviuj3EGBeq6rcYXxHC
wnd/fDKtfQRvM5RfLtdoRjCvSszS7oJuc9F7JNwU9U3xLuQxik6X+99Frb88d3Hl
r/Sx5Bjf2Xn2XP8tlie5kdAwMoqQt10dnVSY4U7QNuEBZjdom2lZcBKyfbhKm2Uj
SdlnRM/q8zJJyoRGc03V5tuXQDrNpTWfmk4Hnbti3zUaJdckRnpjsU9txgdugG8x
D+L/xnUF33XBk+O9V2FpMFdZRd9VbfLH/qVY5F1/0jnVH7A/WTyEREUZOLChPQ+V
IQIDAQAB
-----END PUBLIC KEY-----
`
)
