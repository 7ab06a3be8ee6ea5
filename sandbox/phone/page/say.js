// Words for what the control calls name: moods, faults, calls, refusals.
// 简体中文, 繁體中文, English, in this order.

// Moods: title, then what happens.
export const moods = {
  '': [
    ['爽快', '爽快', 'Willing'],
    ['马上付。出示付款码超过 1000 元时要密码。', '馬上付。出示付款碼超過 1000 元時要密碼。', 'Pays at once. Above 1,000 yuan a pay code needs the password.'],
  ],
  password: [
    ['要密码', '要密碼', 'Asked for the password'],
    ['停在密码页，等你来输。', '停在密碼頁，等你來輸。', 'Waits on the password page for you.'],
  ],
  password_ok: [
    ['自己输对密码', '自己輸對密碼', 'Types the right password'],
    ['3 秒后自己输对。', '3 秒後自己輸對。', 'After 3 s, alone.'],
  ],
  password_wrong: [
    ['自己输错密码', '自己輸錯密碼', 'Types wrong passwords'],
    ['3 秒后输错到锁住，付款失败。', '3 秒後輸錯到鎖住，付款失敗。', 'After 3 s, until the wallet gives up.'],
  ],
  refuse: [
    ['不肯付', '不肯付', 'Refuses'],
    ['看 3 秒，按“不付”。', '看 3 秒，按「不付」。', 'Looks for 3 s, then says no.'],
  ],
  cancel: [
    ['走开', '走開', 'Walks away'],
    ['看 3 秒，退出付款页。', '看 3 秒，退出付款頁。', 'Looks for 3 s, then leaves the page.'],
  ],
  poor: [
    ['钱不够', '錢不夠', 'Short of money'],
    ['不管余额多少，都说余额不足。', '不管餘額多少，都說餘額不足。', 'Not enough, whatever the balance says.'],
  ],
  risk: [
    ['被风控拦下', '被風控攔下', 'Stopped by risk control'],
    ['钱包不让付。', '錢包不讓付。', 'The wallet forbids it.'],
  ],
  slow: [
    ['很慢', '很慢', 'Slow'],
    ['钱马上付了，钱包 8 秒后才回话。', '錢馬上付了，錢包 8 秒後才回話。', 'Pays at once, but the wallet answers 8 s later.'],
  ],
  expired: [
    ['码过期', '碼過期', 'Expired code'],
    ['出示或扫的都是过期的码。', '出示或掃的都是過期的碼。', 'Shows or scans a code past its time.'],
  ],
  refund_abnormal: [
    ['退款进不了账', '退款進不了帳', 'Cannot be refunded'],
    ['照付；以后退款会异常。', '照付；以後退款會異常。', 'Pays; later refunds do not arrive.'],
  ],
}

// Faults by group: title, then what happens.
export const faultGroups = [
  [['没有回话', '沒有回話', 'No answer'], {
    silence_before: [
      ['丢在路上', '丟在路上', 'Lost on the way'],
      ['什么都没发生，也没有回话。', '什麼都沒發生，也沒有回話。', 'Nothing happens, and nothing is said.'],
    ],
    silence_after: [
      ['办了，不回话', '辦了，不回話', 'Done, but silent'],
      ['钱已经动了，回话丢了。', '錢已經動了，回話丟了。', 'The money has moved; the answer is lost.'],
    ],
    delay: [
      ['慢吞吞', '慢吞吞', 'Late'],
      ['拖几秒才办，收银台走了也照办。', '拖幾秒才辦，收銀台走了也照辦。', 'Begins some seconds later, even when the till has given up.'],
    ],
    half_body: [
      ['说到一半断线', '說到一半斷線', 'Cut off'],
      ['办了；回话只来一半。', '辦了；回話只來一半。', 'Done; half of the answer arrives.'],
    ],
  }],
  [['报错', '報錯', 'Errors'], {
    http_500: [
      ['500，没办', '500，沒辦', '500, not done'],
      ['没办，只回 500。', '沒辦，只回 500。', 'Nothing happens; a bare 500.'],
    ],
    http_500_after: [
      ['500，其实办了', '500，其實辦了', '500, but done'],
      ['办了，却回 500。', '辦了，卻回 500。', 'Done; a bare 500 all the same.'],
    ],
    http_202: [
      ['只说“收到”', '只說「收到」', 'Only “accepted”'],
      ['办了，只回 202。', '辦了，只回 202。', 'Done; a bare 202.'],
    ],
    system_error: [
      ['系统错误，没办', '系統錯誤，沒辦', 'System error, not done'],
      ['钱包自己的“系统错误”。', '錢包自己的「系統錯誤」。', 'The wallet’s own “system error”.'],
    ],
    system_error_after: [
      ['系统错误，其实办了', '系統錯誤，其實辦了', 'System error, but done'],
      ['办了，却说“系统错误”。', '辦了，卻說「系統錯誤」。', 'Done; “system error” all the same.'],
    ],
  }],
  [['说谎', '說謊', 'Lies'], {
    wrong_amount: [
      ['金额不对', '金額不對', 'Wrong amount'],
      ['办了；回话或通知里是别的金额。', '辦了；回話或通知裡是別的金額。', 'Done; the answer or notice tells another amount.'],
    ],
    bad_signature: [
      ['签名不对', '簽名不對', 'Bad signature'],
      ['办了；回话或通知的签名是坏的。', '辦了；回話或通知的簽名是壞的。', 'Done; the answer or notice is badly signed.'],
    ],
    forged_notice: [
      ['假冒的通知', '假冒的通知', 'Forged notice'],
      ['陌生人签的通知先到。', '陌生人簽的通知先到。', 'A notice signed by a stranger comes first.'],
    ],
    signtest_probe: [
      ['验签探测', '驗簽探測', 'Signature probe'],
      ['先来一个故意签错的探测（SIGNTEST）。', '先來一個故意簽錯的探測（SIGNTEST）。', 'A SIGNTEST notice comes first.'],
    ],
  }],
  [['通知', '通知', 'Notices'], {
    drop_notice: [
      ['通知丢了', '通知丟了', 'Lost notice'],
      ['钱包以为送过，其实没送。', '錢包以為送過，其實沒送。', 'Counted as delivered once, and not made.'],
    ],
    duplicate_notice: [
      ['通知送两遍', '通知送兩遍', 'Twice'],
      ['同一个通知来两次。', '同一個通知來兩次。', 'The same notice comes two times.'],
    ],
    reorder_notice: [
      ['通知乱序', '通知亂序', 'Out of order'],
      ['压住一个，后面的先到。', '壓住一個，後面的先到。', 'One is held back; later ones overtake it.'],
    ],
    delay_notice: [
      ['通知迟到', '通知遲到', 'Late notice'],
      ['第一次投递晚几秒。', '第一次投遞晚幾秒。', 'The first delivery is some seconds late.'],
    ],
  }],
  [['对账单', '對帳單', 'Bills'], {
    bill_missing: [
      ['少一笔', '少一筆', 'One missing'],
      ['一笔付款没列出来。', '一筆付款沒列出來。', 'A payment is left out.'],
    ],
    bill_double: [
      ['重一笔', '重一筆', 'One twice'],
      ['同一笔付款列了两遍。', '同一筆付款列了兩遍。', 'A payment stands there twice.'],
    ],
    bill_amount: [
      ['多一分钱', '多一分錢', 'One fen more'],
      ['一笔付款的金额多一分。', '一筆付款的金額多一分。', 'A payment has one fen more.'],
    ],
    bill_fee: [
      ['手续费不对', '手續費不對', 'Wrong fee'],
      ['一笔付款的手续费多一分。', '一筆付款的手續費多一分。', 'A payment cost one fen more.'],
    ],
    bill_stranger: [
      ['从没有过的单', '從沒有過的單', 'A stranger'],
      ['列出一张从没有过的单。', '列出一張從沒有過的單。', 'A payment of an order that never was.'],
    ],
    bill_swapped: [
      ['付款说成退款', '付款說成退款', 'Swapped'],
      ['一笔付款列成了退款。', '一筆付款列成了退款。', 'A payment is told as refunded.'],
    ],
    bill_late: [
      ['晚一天', '晚一天', 'A day late'],
      ['一笔付款列在第二天的对账单里。', '一筆付款列在第二天的對帳單裡。', 'A payment stands in the next day’s bill.'],
    ],
  }],
]

// Calls of the wallets. One without words here is named as the wallet names it.
export const calls = {
  native: ['下单出码', '下單出碼', 'Make a code'],
  precreate: ['下单出码', '下單出碼', 'Make a code'],
  micropay: ['扫付款码', '掃付款碼', 'Charge a pay code'],
  codepay: ['扫付款码（v3）', '掃付款碼（v3）', 'Charge a pay code (v3)'],
  jsapi: ['应用内下单', '應用內下單', 'Order inside the app'],
  access_token: ['认付款人', '認付款人', 'Learn who pays'],
  tradebill: ['申请交易账单', '申請交易帳單', 'Ask for the trade bill'],
  fundflowbill: ['申请资金账单', '申請資金帳單', 'Ask for the fund bill'],
  billdownload: ['下载账单', '下載帳單', 'Download a bill'],
  abnormal_refund: ['处理异常退款', '處理異常退款', 'Settle a stuck refund'],
  pay: ['扫付款码', '掃付款碼', 'Charge a pay code'],
  consume: ['扫付款码', '掃付款碼', 'Charge a pay code'],
  apply: ['下单出码', '下單出碼', 'Make a code'],
  query: ['查单', '查單', 'Ask about an order'],
  orderquery: ['查单（付款码）', '查單（付款碼）', 'Ask about a charge'],
  close: ['关单', '關單', 'Close'],
  cancel: ['撤销', '撤銷', 'Cancel'],
  void: ['撤销', '撤銷', 'Void'],
  reverse: ['撤销、冲正', '撤銷、沖正', 'Reverse'],
  file: ['取对账单', '取對帳單', 'Get the bill'],
  bill: ['对账单的内容', '對帳單的內容', 'What bills tell'],
  refund: ['退款', '退款', 'Refund'],
  refund_query: ['查退款', '查退款', 'Ask about a refund'],
  certificates: ['取证书', '取證書', 'Get certificates'],
  cert_download: ['取证书', '取證書', 'Get certificates'],
  create: ['应用内下单', '應用內下單', 'Order inside the app'],
  authorize: ['用户授权', '用戶授權', 'Authorise'],
  oauth_token: ['换取用户标识', '換取用戶標識', 'Exchange the grant'],
  bill_query: ['问账单地址', '問帳單地址', 'Ask for a bill'],
  bill_download: ['取账单', '取帳單', 'Fetch a bill'],
  notice: ['支付通知', '支付通知', 'Notices'],
}

// Why the book refuses.
export const refusals = {
  order_unknown: ['没有这张单', '沒有這張單', 'There is no such order'],
  order_paid: ['已经付过了', '已經付過了', 'It is already paid'],
  order_closed: ['商家已关单', '商家已關單', 'The shop has closed it'],
  order_revoked: ['商家已撤销', '商家已撤銷', 'The shop has reversed it'],
  order_waiting: ['正在等密码', '正在等密碼', 'The payer is still being asked'],
  code_unknown: ['码已失效，或从没发过', '碼已失效，或從沒發過', 'The code no longer works, or never did'],
  code_used: ['付款码已用过', '付款碼已用過', 'The pay code was used'],
  code_expired: ['码已过期', '碼已過期', 'The code has expired'],
  opened_by_other: ['别人已经扫了这个码', '別人已經掃了這個碼', 'Somebody else has scanned this code'],
  balance_short: ['余额不足', '餘額不足', 'Not enough money'],
  risk_refused: ['被风控拦下', '被風控攔下', 'Stopped by risk control'],
  payer_refused: ['付款人不付', '付款人不付', 'The payer refused'],
  password_wrong: ['密码不对', '密碼不對', 'Wrong password'],
  password_often: ['密码错太多次', '密碼錯太多次', 'Wrong passwords too often'],
  not_waiting: ['这笔付款已不在等待', '這筆付款已不在等待', 'This payment no longer waits'],
  payer_unknown: ['没有这位付款人', '沒有這位付款人', 'There is no such payer'],
  bad_balance: ['金额太大，或不是数', '金額太大，或不是數', 'The sum is too large, or no number'],
  bad_fault: ['这件事不会这样出错', '這件事不會這樣出錯', 'This cannot happen to this call'],
  offline: ['连不上演练街', '連不上演練街', 'The street cannot be reached'],
  internal: ['演练街出错了，请看日志', '演練街出錯了，請看日誌', 'The street failed. See its log'],
}
