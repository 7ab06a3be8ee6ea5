package till

import "guitai"

// saleWording names a word on the receipt of a sale.
type saleWording int

const (
	wordBack saleWording = iota
	wordFrom
	wordGiven
	wordChange
	wordPoints
	wordNumber
	wordOffline
	wordOpened
	wordClosed
	wordSales
	wordReturns
	wordVoids
	wordDiscounts
	wordFloat
	wordPayIn
	wordPayOut
	wordCounted
	wordDiffers
	wordBalanced
	wordTenders
	wordDepartments
	wordDrawer
	wordCancelled
	wordNet
	wordFirst
	wordLast
	saleWordings // how many there are
)

// pick takes the word of a language; simplified Chinese when it is unknown.
func pick(l guitai.Lang, hans, hant, en string) string {
	switch l {
	case guitai.ZhHant:
		return hant
	case guitai.En:
		return en
	}
	return hans
}

func saleWord(w saleWording, l guitai.Lang) string {
	list := [saleWordings][3]string{
		wordBack:        {"退", "退", "RETURN"},
		wordFrom:        {"原小票", "原收據", "of"},
		wordGiven:       {"收款", "收款", "Given"},
		wordChange:      {"找零", "找零", "Change"},
		wordPoints:      {"积分", "積分", "Points"},
		wordNumber:      {"编号", "編號", "No."},
		wordOffline:     {"离线码", "離線碼", "Offline code"},
		wordOpened:      {"开班", "開班", "Opened"},
		wordClosed:      {"交班", "交班", "Closed"},
		wordSales:       {"销售", "銷售", "Sales"},
		wordReturns:     {"退货", "退貨", "Returns"},
		wordVoids:       {"整单撤销", "整單撤銷", "Voided sales"},
		wordDiscounts:   {"优惠", "優惠", "Discounts"},
		wordFloat:       {"备用金", "備用金", "Float"},
		wordPayIn:       {"放入现金", "放入現金", "Paid in"},
		wordPayOut:      {"取出现金", "取出現金", "Paid out"},
		wordCounted:     {"实点", "實點", "Counted"},
		wordDiffers:     {"差额", "差額", "Difference"},
		wordBalanced:    {"平", "平", "Balanced"},
		wordTenders:     {"收款方式", "收款方式", "Tenders"},
		wordDepartments: {"部门", "部門", "Departments"},
		wordDrawer:      {"开钱箱次数", "開錢箱次數", "Drawer opened"},
		wordCancelled:   {"取消的单", "取消的單", "Bills cancelled"},
		wordNet:         {"净额", "淨額", "NET"},
		wordFirst:       {"首张小票", "首張收據", "First receipt"},
		wordLast:        {"末张小票", "末張收據", "Last receipt"},
	}
	if w < 0 || w >= saleWordings {
		return ""
	}
	return pick(l, list[w][0], list[w][1], list[w][2])
}

// tenderWord names a kind of tender.
func tenderWord(k guitai.TenderKind, l guitai.Lang) string {
	switch k {
	case guitai.TenderCash:
		return pick(l, "现金", "現金", "Cash")
	case guitai.TenderWallet:
		return pick(l, "手机支付", "手機支付", "Mobile payment")
	case guitai.TenderCheque:
		return pick(l, "支票", "支票", "Cheque")
	case guitai.TenderVoucher:
		return pick(l, "礼券", "禮券", "Gift voucher")
	case guitai.TenderPoints:
		return pick(l, "积分抵扣", "積分抵扣", "Points")
	case guitai.TenderCard:
		return pick(l, "银行卡", "銀行卡", "Card")
	case guitai.TenderAccount:
		return pick(l, "挂账", "記賬", "Account")
	}
	return string(k)
}

// linkText stands below the code of the digital receipt.
func linkText(d Design) string {
	switch l := d.Language; {
	case d.Show.InvoiceCode && d.Show.ReceiptCode:
		return pick(l, "扫码看电子小票、申请发票", "掃碼看電子收據、申請發票", "Scan for the digital receipt or an invoice")
	case d.Show.InvoiceCode:
		return pick(l, "扫码申请发票", "掃碼申請發票", "Scan to ask for an invoice")
	}
	return ""
}
