package guitai

// textsOfWebhook: telling a merchant's own programs. No money in it.
var textsOfWebhook = []words{
	{CodeWebhookURL, MovedNo,
		line{"这个通知地址不能用", "请填外网能访问的 https 地址，不带账号和片段"},
		line{"這個通知網址不能用", "請填外網可連線的 https 網址，不帶帳號和片段"},
		line{"Messages may not be sent to that address.", "Give a public https address without a user name or fragment."}},
	{CodeWebhooksMany, MovedNo,
		line{"通知地址已经太多", "请先删掉不用的，再加新的"},
		line{"通知網址已經太多", "請先刪除不用的，再新增"},
		line{"There are too many webhooks already.", "Delete those that are not used, then add this one."}},
	{CodeWebhookNotFound, MovedNo,
		line{"没有这个通知地址", "请从列表里选；也可能已经删掉了"},
		line{"沒有這個通知網址", "請從清單裡選；也可能已經刪除"},
		line{"There is no such webhook.", "Choose one from the list. It may have been deleted."}},
	{CodeDeliveryNotFound, MovedNo,
		line{"没有这条通知", "请从通知记录里选；旧的会定期清掉"},
		line{"沒有這筆通知", "請從通知紀錄裡選；舊的會定期清除"},
		line{"There is no such delivery.", "Choose one from the list. Old ones are cleared away."}},
	{CodeWebhookOff, MovedNo,
		line{"这个通知地址停用了", "请先启用它，再发"},
		line{"這個通知網址已停用", "請先啟用，再發送"},
		line{"This webhook is switched off.", "Switch it on first, then send again."}},
}
