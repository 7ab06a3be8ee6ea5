package receipt

import "guitai"

// word is one caption in the three languages, in the order 简体, 繁體, guitai.En.
type word struct{ hans, hant, en string }

func (w word) in(l guitai.Lang) string {
	switch l {
	case guitai.ZhHant:
		return w.hant
	case guitai.En:
		return w.en
	}
	return w.hans
}

// caption names a field of the slip.
type caption int

const (
	capCopy caption = iota
	capMerchantNumber
	capNumber
	capOriginalNumber
	capTill
	capCashier
	capAt
	capPrintedAt
	capPhone
	capName
	capQuantity
	capPrice
	capAmount
	capLineDiscount
	capState
	capPaymentID
	capOrderNumber
	capWalletNumber
	capPayer
	capReason
	capSignature
	capScan
	capMember
	capTraining
	captions // how many there are
)

func captionWord(c caption) word {
	switch c {
	case capCopy:
		return word{"副本 COPY", "副本 COPY", "COPY"}
	case capMerchantNumber:
		return word{"商户号", "商戶號", "Merchant no."}
	case capNumber:
		return word{"小票号", "收據編號", "Receipt no."}
	case capOriginalNumber:
		return word{"原小票号", "原收據編號", "Original receipt"}
	case capTill:
		return word{"收银台", "收銀台", "Till"}
	case capCashier:
		return word{"收银员", "收銀員", "Cashier"}
	case capAt:
		return word{"交易时间", "交易時間", "Time"}
	case capPrintedAt:
		return word{"打印时间", "列印時間", "Printed"}
	case capPhone:
		return word{"电话", "電話", "Tel."}
	case capName:
		return word{"品名", "品名", "Item"}
	case capQuantity:
		return word{"数量", "數量", "Qty"}
	case capPrice:
		return word{"单价", "單價", "Price"}
	case capAmount:
		return word{"金额", "金額", "Amount"}
	case capLineDiscount:
		return word{"优惠", "優惠", "Discount"}
	case capState:
		return word{"状态", "狀態", "State"}
	case capPaymentID:
		return word{"支付编号", "支付編號", "Payment"}
	case capOrderNumber:
		return word{"商户订单号", "商戶訂單號", "Order no."}
	case capWalletNumber:
		return word{"钱包交易号", "錢包交易號", "Wallet no."}
	case capPayer:
		return word{"付款人", "付款人", "Payer"}
	case capReason:
		return word{"原因", "原因", "Reason"}
	case capSignature:
		return word{"签名", "簽名", "Signature"}
	case capMember:
		return word{"会员", "會員", "Member"}
	case capTraining:
		return word{"培训 无效", "培訓 無效", "TRAINING - VOID"}
	case capScan:
		return word{"扫码查看电子小票", "掃碼查看電子收據", "Scan for the digital receipt"}
	}
	return word{}
}

func kindWord(k Kind) word {
	switch k {
	case Sale:
		return word{"消费", "消費", "SALE"}
	case Refund:
		return word{"退款", "退款", "REFUND"}
	case Void:
		return word{"撤销", "撤銷", "VOID"}
	case PreAuth:
		return word{"预授权", "預授權", "PRE-AUTH"}
	case Completion:
		return word{"预授权完成", "預授權完成", "COMPLETION"}
	case Test:
		return word{"打印测试", "列印測試", "TEST"}
	case Return:
		return word{"退货", "退貨", "RETURN"}
	case Exchange:
		return word{"换货", "換貨", "EXCHANGE"}
	case Gift:
		return word{"礼品小票", "禮品收據", "GIFT RECEIPT"}
	case Interim:
		return word{"X 报表", "X 報表", "X REPORT"}
	case Final:
		return word{"Z 报表", "Z 報表", "Z REPORT"}
	case Collect:
		return word{"扫码付款", "掃碼付款", "SCAN TO PAY"}
	}
	return word{}
}

func sumWord(n SumName) word {
	switch n {
	case SumSubtotal:
		return word{"小计", "小計", "Subtotal"}
	case SumDiscount:
		return word{"优惠", "優惠", "Discount"}
	case SumTotal:
		return word{"合计", "合計", "TOTAL"}
	case SumPaid:
		return word{"实收", "實收", "Paid"}
	case SumRefund:
		return word{"退款金额", "退款金額", "REFUND"}
	case SumRefunded:
		return word{"累计已退", "累計已退", "Refunded so far"}
	case SumTendered:
		return word{"收款", "收款", "Tendered"}
	case SumChange:
		return word{"找零", "找零", "Change"}
	case SumTax:
		return word{"其中税额", "其中稅額", "Tax included"}
	}
	return word{string(n), string(n), string(n)}
}

func walletWord(w guitai.Wallet) word {
	switch w {
	case guitai.WeChat:
		return word{"微信支付", "微信支付", "WeChat Pay"}
	case guitai.Alipay:
		return word{"支付宝", "支付寶", "Alipay"}
	case guitai.UnionPay:
		return word{"银联云闪付", "銀聯雲閃付", "UnionPay"}
	}
	return word{string(w), string(w), string(w)}
}

// stateWord words the states of payments and refunds. settled tells the ones
// that need no second look; the others are printed large, because such a slip
// is no proof that anybody paid.
func stateWord(state string) (w word, settled bool) {
	switch state {
	case "paid":
		return word{"已支付", "已支付", "Paid"}, true
	case "done":
		return word{"已退款", "已退款", "Refunded"}, true
	case "held":
		return word{"已预授权", "已預授權", "Held"}, true
	case "created", "asked":
		return word{"已提交 未完成", "已提交 未完成", "NOT FINISHED"}, false
	case "waiting":
		return word{"等待付款", "等待付款", "WAITING FOR PAYER"}, false
	case "pending":
		return word{"退款处理中", "退款處理中", "REFUND PENDING"}, false
	case "unknown", "closing":
		return word{"结果待查", "結果待查", "OUTCOME UNKNOWN"}, false
	case "failed":
		return word{"失败", "失敗", "FAILED"}, false
	case "closed":
		return word{"已关闭", "已關閉", "CLOSED"}, false
	case "stuck":
		return word{"待人工处理", "待人工處理", "NEEDS ATTENTION"}, false
	}
	return word{state, state, state}, false
}
