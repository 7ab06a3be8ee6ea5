package guitai

// Texts for what goes wrong in the house itself, and for whether money moved.

// textsOfPrinter: printers. A receipt that is not printed changes nothing
// about the payment, and each text says so: nobody shall take money again
// because the paper ran out.
var textsOfPrinter = []words{
	{CodePrinterUnreachable, MovedNo,
		line{"连不上小票打印机", "收款不受影响；请查电源和网线，再补打"},
		line{"連不上收據機", "收款不受影響；請檢查電源和網絡線，再補印"},
		line{"The receipt printer cannot be reached.", "The payment stands. Check power and cable, then print again."}},
	{CodePrinterPaperOut, MovedNo,
		line{"小票打印机没纸了", "收款不受影响；请换纸，再补打"},
		line{"收據機沒有紙了", "收款不受影響；請換紙，再補印"},
		line{"The receipt printer is out of paper.", "The payment stands. Put in a new roll, then print again."}},
	{CodePrinterCoverOpen, MovedNo,
		line{"小票打印机的盖子没关好", "收款不受影响；请关好盖子，再补打"},
		line{"收據機的上蓋沒有關好", "收款不受影響；請關好上蓋，再補印"},
		line{"The receipt printer's cover is open.", "The payment stands. Close the cover, then print again."}},
	{CodePrinterOffline, MovedNo,
		line{"小票打印机脱机了", "收款不受影响；请关机再开，再补打"},
		line{"收據機處於離線狀態", "收款不受影響；請關機再開，然後補印"},
		line{"The receipt printer is offline.", "The payment stands. Switch it off and on, then print again."}},
	{CodePrinterNone, MovedNo,
		line{"这个收银台没有设打印机", "收款不受影响；请让客人看屏幕上的小票"},
		line{"這個收銀檯沒有設定收據機", "收款不受影響；請客人看螢幕上的收據"},
		line{"This till has no receipt printer.", "The payment stands. Show the receipt on the screen."}},
}

// textsOfHouse: our fault. The first is also the text of codes that have none.
var textsOfHouse = []words{
	{CodeInternal, MovedMaybe,
		line{"系统出了问题，是我们的错", "先别重收；先在今日收款里查这笔，再找技术支持"},
		line{"系統出了問題，是我們的錯", "先不要重收；先到今日收款查這筆，再聯絡技術支援"},
		line{"Something went wrong on our side.", "Do not take it again. Look in today's payments, then call support."}},
}

// Whether money moved in this step.
var (
	movedNo = words{
		hans: line{what: "这一步没有动钱"},
		hant: line{what: "這一步沒有動到錢"},
		en:   line{what: "This step moved no money."},
	}
	movedYes = words{
		hans: line{what: "钱已经动了"},
		hant: line{what: "款項已經動了"},
		en:   line{what: "Money has moved."},
	}
	movedMaybe = words{
		hans: line{what: "钱可能动了，正在查"},
		hant: line{what: "款項可能動了，正在查"},
		en:   line{what: "Money may have moved; it is being looked up."},
	}
)
