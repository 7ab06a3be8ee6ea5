package web

import "guitai"

// tongue is what the pay page says in one language. It speaks to the payer; the
// catalogue of errors speaks to the cashier.
type tongue struct {
	PayWith, PayHere, Amount, Scan, Handing, PayNow, HavePaid, TryAgain, PayAgain, Look string
	For, When, Number, Way, Foot                                                        string
	Paid, Waiting, WaitLine, Wait, WaitOrder                                            string
	Unknown, UnknownLine, UnknownTodo                                                   string
	Closed, Lapsed, Failed, NotCharged, AskStaff, Keep                                  string
	NotHere, OpenIn, Refused, Broken, BrokenTodo, TooMany, TooManyTodo, AmountWrong     string
	Stale, Limit, NoWord                                                                string
	Wallets                                                                             map[guitai.Wallet]string
}

// tongueOf returns the page's words in a language.
func tongueOf(l guitai.Lang) tongue {
	switch l {
	case guitai.ZhHant:
		return tongueHant()
	case guitai.En:
		return tongueEn()
	}
	return tongueHans()
}

func tongueHans() tongue {
	return tongue{
		PayWith: "用%s付款", PayHere: "确认付款", Amount: "付款金额（元）", Scan: "请用%s扫这个码", Handing: "正在打开付款…",
		PayNow: "继续付款", HavePaid: "已经付了，看结果", TryAgain: "再试一次", PayAgain: "还没付？回去付款", Look: "刷新",
		For: "用途", When: "时间", Number: "单号", Way: "付款方式", Foot: "金额和收款方都由店里的服务器给出",
		Paid: "付款成功", Waiting: "等待付款结果", WaitLine: "付完以后，这里会自动显示结果", Wait: "请稍等", WaitOrder: "上一单正在关闭，马上就好，页面会自己再试",
		Unknown: "正在确认结果", UnknownLine: "请不要再付一次", UnknownTodo: "页面会自动刷新；请给店员看这个页面",
		Closed: "这笔收款已取消", Lapsed: "这个码过期了", Failed: "没有付成", NotCharged: "这一单没有收你的钱；若已扣款，会原路退回",
		AskStaff: "要付款，请向店员要一张新的码", Keep: "单号：",
		NotHere: "本店没有开通%s", OpenIn: "请改用%s扫同一个码", Refused: "没有付成，可以再试", Broken: "页面出了问题",
		BrokenTodo: "如果刚才付过，请先看钱包里的账单，不要重复付", TooMany: "操作太频繁了", TooManyTodo: "请等一会儿再试",
		AmountWrong: "请填写正确的金额，例如 12.50", Stale: "页面过期了，请重新打开", Limit: "扫固定码每人每天最多 %s 元", NoWord: "、",
		Wallets: map[guitai.Wallet]string{guitai.WeChat: "微信", guitai.Alipay: "支付宝", guitai.UnionPay: "云闪付"},
	}
}

func tongueHant() tongue {
	return tongue{
		PayWith: "用%s付款", PayHere: "確認付款", Amount: "付款金額（元）", Scan: "請用%s掃描此碼", Handing: "正在打開付款…",
		PayNow: "繼續付款", HavePaid: "已付款，查看結果", TryAgain: "再試一次", PayAgain: "尚未付款？返回付款", Look: "重新整理",
		For: "用途", When: "時間", Number: "單號", Way: "付款方式", Foot: "金額與收款方均由店內伺服器提供",
		Paid: "付款成功", Waiting: "等待付款結果", WaitLine: "付款後，這裡會自動顯示結果", Wait: "請稍候", WaitOrder: "上一單正在關閉，馬上就好，頁面會自動再試",
		Unknown: "正在確認結果", UnknownLine: "請不要再付一次", UnknownTodo: "頁面會自動更新；請給店員看這個頁面",
		Closed: "這筆收款已取消", Lapsed: "這個碼已過期", Failed: "付款沒有成功", NotCharged: "這一單沒有收你的款；若已扣款，會退回原帳戶",
		AskStaff: "要付款，請向店員要新的碼", Keep: "單號：",
		NotHere: "本店未開通%s", OpenIn: "請改用%s掃同一個碼", Refused: "付款沒有成功，可以再試", Broken: "頁面出了問題",
		BrokenTodo: "如果剛才已付款，請先看錢包內的帳單，不要重複付款", TooMany: "操作太頻密了", TooManyTodo: "請稍等一下再試",
		AmountWrong: "請輸入正確的金額，例如 12.50", Stale: "頁面已過期，請重新打開", Limit: "掃描固定碼每人每日最多 %s 元", NoWord: "、",
		Wallets: map[guitai.Wallet]string{guitai.WeChat: "微信", guitai.Alipay: "支付寶", guitai.UnionPay: "雲閃付"},
	}
}

func tongueEn() tongue {
	return tongue{
		PayWith: "Pay with %s", PayHere: "Pay", Amount: "Amount (yuan)", Scan: "Scan this code with %s", Handing: "Opening the payment…",
		PayNow: "Go on paying", HavePaid: "I have paid: show the result", TryAgain: "Try again", PayAgain: "Not paid yet? Back to pay", Look: "Reload",
		For: "For", When: "Time", Number: "Number", Way: "Paid with", Foot: "Amount and payee come from the shop's own server",
		Paid: "Paid", Waiting: "Waiting for the result", WaitLine: "When you have paid, the result appears here by itself", Wait: "One moment, please",
		WaitOrder: "The order before is being closed. This page tries again by itself.",
		Unknown:   "The result is being looked up", UnknownLine: "Do not pay again", UnknownTodo: "This page reloads by itself. Show it to the staff.",
		Closed: "This payment was cancelled", Lapsed: "This code has run out", Failed: "The payment did not succeed",
		NotCharged: "You were not charged for it; anything that was taken goes back", AskStaff: "To pay, ask the staff for a new code", Keep: "Number: ",
		NotHere: "This shop does not take %s", OpenIn: "Scan the same code with %s", Refused: "It did not work; you may try again", Broken: "Something went wrong",
		BrokenTodo: "If you have just paid, look in your wallet first and do not pay twice", TooMany: "Too many tries in a short time",
		TooManyTodo: "Wait a moment, then try again", AmountWrong: "Enter an amount such as 12.50", Stale: "This page is too old; open it again",
		Limit: "At most %s yuan per person and day by codes like this", NoWord: " / ",
		Wallets: map[guitai.Wallet]string{guitai.WeChat: "WeChat", guitai.Alipay: "Alipay", guitai.UnionPay: "UnionPay"},
	}
}
