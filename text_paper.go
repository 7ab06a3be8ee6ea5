package guitai

// Texts for receipts, their pages, and who asks for an invoice.
var textsOfPaper = []words{
	{CodePrinterMaybe, MovedNo,
		line{"不知道打出来没有，纸可能已经出来", "收款不受影响；请看一眼打印机，没有才再打一次"},
		line{"不知道印出來沒有，紙可能已經出來", "收款不受影響；請看一看收據機，沒有才再印一次"},
		line{"It is not known whether it was printed; the paper may be out already.", "The payment stands. Look at the printer, and print again only if nothing is there."}},
	{CodeReceiptNoSale, MovedNo,
		line{"服务器上还没有这笔销售", "它可能还没有从收银台传上来；请在收银台上打印"},
		line{"伺服器上還沒有這筆銷售", "它可能還沒有從收銀檯傳上來；請在收銀檯列印"},
		line{"The server does not have this sale yet.", "It may still be on its way from the till. Print it there."}},
	{CodeReceiptCode, MovedNo,
		line{"没有这张电子小票", "请重新扫小票上的码，或到店里查询"},
		line{"沒有這張電子收據", "請重新掃收據上的碼，或到店查詢"},
		line{"There is no such receipt.", "Scan the code on your receipt again, or ask in the shop."}},
	{CodeInvoiceOpen, MovedNo,
		line{"这张小票已经申请过发票", "请等店家开票；要改内容请联系店家"},
		line{"這張收據已經申請過發票", "請等店家開立；要更改請聯絡店家"},
		line{"An invoice was already asked for this receipt.", "Wait for the shop to issue it, or ask the shop to change it."}},
	{CodeInvoiceNothing, MovedNo,
		line{"这张小票不能开发票", "退货和已撤销的单没有可开的金额"},
		line{"這張收據不能開發票", "退貨和已撤銷的單沒有可開的金額"},
		line{"There is nothing to invoice on this receipt.", "Returns and voided sales have no amount for an invoice."}},
	{CodeInvoiceTaxWrong, MovedNo,
		line{"税号不对", "请照营业执照再填一次：18 位的最后一位要校验，也可以是 15 或 20 位"},
		line{"稅號不對", "請照營業執照再填一次：18 位的最後一位要校驗，也可以是 15 或 20 位"},
		line{"The tax number is not right.", "Type it as on the business licence: 18 characters with a check, or 15 or 20."}},
}
