// Package alipay is the adapter to Alipay's gateway (支付宝开放平台, gateway.do,
// signed with RSA2): a charge by the payer's code (alipay.trade.pay, scene
// bar_code), a code to be scanned (alipay.trade.precreate), asking
// (alipay.trade.query), ending (alipay.trade.cancel), refunds
// (alipay.trade.refund, alipay.trade.fastpay.refund.query), notices, pay inside
// the app (alipay.system.oauth.token, alipay.trade.create) and bills
// (alipay.data.dataservice.bill.downloadurl.query), for a merchant itself or
// through a service provider (app_auth_token).
//
// It never decides what becomes of a payment, never tries a call again, never
// believes a word before the signature over the exact bytes is verified, and
// never keeps or logs a payment code or a key. What is not documented means
// "unknown". Orders are ended by alipay.trade.cancel: alipay.trade.close knows
// nothing of a code that was not scanned yet and would leave it alive, so it
// follows only where a trade exists that may not be cancelled.
//
// Papers it follows, named in comments by their numbers in the list:
//
//	[1] signing: https://opendocs.alipay.com/common/057k53
//	    verifying: https://opendocs.alipay.com/common/02mse7
//	[2] certificates: https://opendocs.alipay.com/common/057k53 (证书模式)
//	    and https://opendocs.alipay.com/common/06ue2z (alipaycert.download)
//	[3] gateway codes: https://opendocs.alipay.com/common/02km9f
//	[4] https://docs.open.alipay.com/api_1/alipay.trade.pay/
//	[5] https://docs.open.alipay.com/api_1/alipay.trade.precreate/
//	[6] https://docs.open.alipay.com/api_1/alipay.trade.query/
//	[7] https://docs.open.alipay.com/api_1/alipay.trade.cancel/
//	[8] https://docs.open.alipay.com/api_1/alipay.trade.refund/
//	[9] https://docs.open.alipay.com/api_1/alipay.trade.fastpay.refund.query/
//	[10] notices: https://opendocs.alipay.com/open/194/103296
//	[11] code pay (付款码支付) and its cashier loop: https://opendocs.alipay.com/open/194/106039
//	[12] https://docs.open.alipay.com/api_1/alipay.trade.create/
//	[13] the payer's name (用户信息授权): https://docs.open.alipay.com/api_9/alipay.system.oauth.token
//	[14] bills: https://docs.open.alipay.com/api_15/alipay.data.dataservice.bill.downloadurl.query
//	[15] https://docs.open.alipay.com/api_1/alipay.trade.close/
//	[16] service providers (第三方应用授权): https://opendocs.alipay.com/isv/10467/xldcyq
//
// It may import the root package, channel and qr. Start reading at channel.go;
// map.go holds the tables of their codes.
package alipay
