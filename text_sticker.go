package guitai

// Texts for static codes and the rounds that look after them.
var textsOfSticker = []words{
	{CodeStickerNotFound, MovedNo,
		line{"没有这张收款码", "请在收款码列表里重新选"},
		line{"沒有這張收款碼", "請在收款碼清單重新選擇"},
		line{"There is no such code.", "Choose it again from the list of codes."}},
	{CodeStickerRevoked, MovedNo,
		line{"这张收款码已经停用", "请把旧码撕掉，贴一张新的"},
		line{"這張收款碼已停用", "請把舊碼撕掉，貼上新的"},
		line{"This code was taken out of use.", "Take the old paper down and hang a new code."}},
	{CodeStickerNoAddress, MovedNo,
		line{"还没有设公开网址，做不了收款码", "请在配置里填 public_url，再做收款码"},
		line{"尚未設定公開網址，無法製作收款碼", "請在設定中填寫 public_url，再製作收款碼"},
		line{"This server has no public address, so it cannot make codes.", "Set public_url in the configuration, then make the code."}},
	{CodeRoundNotFound, MovedNo,
		line{"没有这次巡查", "请在巡查列表里重新选，或重开一次"},
		line{"沒有這次巡查", "請在巡查清單重新選擇，或重新開始"},
		line{"There is no such round.", "Choose it again from the list, or start a new one."}},
	{CodeRoundEnded, MovedNo,
		line{"这次巡查已经结束", "请看报告；要再扫请重开一次巡查"},
		line{"這次巡查已結束", "請看報告；要再掃請重新開始巡查"},
		line{"This round has ended.", "Read its report. To scan more, start a new round."}},
	{CodeRoundFull, MovedNo,
		line{"这次巡查扫得太多了", "请结束这次巡查，再开一次"},
		line{"這次巡查掃描次數太多", "請結束這次巡查，再開始一次"},
		line{"Too much was scanned in this round.", "End this round and start another."}},
}
