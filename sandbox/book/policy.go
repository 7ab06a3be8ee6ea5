package book

import "time"

// Policy is what differs between wallets, as data.
type Policy struct {
	// CodePrefixes are the first two digits of this wallet's payer codes.
	CodePrefixes []string
	// CodeDigits is how long such a code is; 0 = 18.
	CodeDigits int
	// PayerCodeLife is how long it can be charged; 0 = PayerCodeLife. Not
	// divided by Speed.
	PayerCodeLife time.Duration
	// ShownCode makes the text of a code to be displayed from a random token
	// of letters and digits.
	ShownCode func(token string) string
	// InsideCode makes the name by which a page inside the wallet's app hands
	// an order to it, such as "prepay_id=…". Nil: the wallet has no such pages.
	InsideCode func(token string) string
	// Number makes the wallet's own 28-digit order number from the day
	// (yyyymmdd, Beijing) and 16 random digits.
	Number func(day, digits string) string
	// RefundNumber does the same for refunds.
	RefundNumber func(day, digits string) string

	CodeLife      time.Duration // of a shown code
	OrderLife     time.Duration // of an unpaid order
	ReverseWindow time.Duration // how long after payment an order can be reversed
	RefundWindow  time.Duration // how long after payment it can be refunded
	RefundDelay   time.Duration // from accepted to done; divided by Speed; 0 = at once
	RefundsMost   int           // refunds per order; 0 = no limit

	// NoticeGaps are the pauses before the second, third… delivery; divided
	// by Speed.
	NoticeGaps []time.Duration
	// NoticeOfScan: Scan orders tell the merchant too. WeChat Pay and Alipay
	// say nothing.
	NoticeOfScan bool
	// RefundNoticeToOrder: a refund without an address of its own is told to
	// the order's (Alipay). WeChat Pay stays silent.
	RefundNoticeToOrder bool
	// NoticeOfGood: only what went well is told; a refund that found no account
	// stays untold (UnionPay).
	NoticeOfGood bool
	// RefundNoPerOrder: refund numbers are unique within an order (Alipay),
	// not within the merchant (WeChat Pay).
	RefundNoPerOrder bool
	// ChargeAgain: a failed Scan order may be charged again under its number
	// (Alipay keeps the trade waiting for its buyer).
	ChargeAgain bool
	// ReverseShown: shown orders may be reversed too (Alipay's cancel).
	ReverseShown bool
	// CloseScanned: Scan orders may be closed (Alipay, while unpaid).
	CloseScanned bool
	// DayEnds is how long before midnight in Beijing the wallet's day ends.
	DayEnds time.Duration
	// FeeRate is what the wallet keeps of a payment, in hundred-thousandths.
	FeeRate int64
	// PasswordAboveFen: a larger amount needs the payer's password.
	PasswordAboveFen int64
}
