module guitai/internal/compat

go 1.26.0

require (
	github.com/smartwalle/alipay/v3 v3.2.30
	github.com/wechatpay-apiv3/wechatpay-go v0.2.21
	guitai v0.0.0
)

require (
	github.com/emmansun/gmsm v0.44.0 // indirect
	github.com/smartwalle/ncrypto v1.0.4 // indirect
	github.com/smartwalle/ngx v1.1.1 // indirect
	github.com/smartwalle/nsign v1.0.9 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	rsc.io/qr v0.2.0 // indirect
)

replace guitai => ../..
