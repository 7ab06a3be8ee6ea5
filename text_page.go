package guitai

// textsOfPage: the pay page. Most of them are read by the payer, not by the
// cashier.
var textsOfPage = []words{
	{CodeCodeForeign, MovedNo,
		line{"这不是本店的收款码", "请不要付款；请问店员要一张新的码"},
		line{"這不是本店的收款碼", "請不要付款；請向店員要新的收款碼"},
		line{"This is not a code of this shop.", "Do not pay. Ask the staff for a code."}},
	{CodeCodeRevoked, MovedNo,
		line{"这张收款码已停用", "请不要付款；请问店员要一张新的码"},
		line{"這個收款碼已停用", "請不要付款；請向店員要新的收款碼"},
		line{"This code is out of use.", "Do not pay. Ask the staff for a code."}},
	{CodeOtherPayer, MovedNo,
		line{"这笔由另一位顾客在付", "请重新扫店里的收款码"},
		line{"這筆由另一位顧客付款中", "請重新掃店內的收款碼"},
		line{"Another customer is paying this.", "Scan the shop's code again."}},
	{CodeOtherWallet, MovedNo,
		line{"客人换了别的方式付，这一单已关闭", "请看这笔收款的结果"},
		line{"客人改用其他方式付款，這一單已關閉", "請看這筆收款的結果"},
		line{"The customer took another way to pay; this order was closed.", "Look at the payment's result."}},
	{CodePayerNotNamed, MovedNo,
		line{"没能确认你的钱包账户", "请返回重新扫码"},
		line{"未能確認你的錢包帳戶", "請返回重新掃碼"},
		line{"Your wallet did not confirm who you are.", "Go back and scan the code again."}},
	{CodeLimitStatic, MovedNo,
		line{"超过了扫固定码每天的限额", "请到收银台出示付款码，或用别的方式付"},
		line{"超過掃描固定碼的每日限額", "請到收銀檯出示付款碼，或用其他方式付款"},
		line{"This is over the daily limit for codes that hang in shops.", "Show your payment code at the till, or pay another way."}},
}
