package receipt_test

import (
	"time"

	"guitai"
	"guitai/receipt"
)

// shanghai is built by hand so that the tests need no zone files.
func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*3600) }

// sale is a paid bill with a long name, a weighed item and a discount.
func sale() receipt.Document {
	return receipt.Document{
		Language: guitai.ZhHans, Kind: receipt.Sale,
		Shop: "老街口杂货铺", Merchant: "杭州老街口商贸有限公司", Address: "杭州市上城区河坊街 128 号", Phone: "0571-8700 0128",
		Number: "20261121-0042", Till: "1 号台", Cashier: "王小梅",
		At: time.Date(2026, 11, 21, 10, 8, 30, 0, time.UTC), Zone: shanghai(),
		Lines: []receipt.Line{
			{Name: "农夫山泉 550ml", Quantity: "2", Price: guitai.Fen(200), Amount: guitai.Fen(400)},
			{Name: "手工现磨黑芝麻核桃燕麦营养早餐粉（无蔗糖）罐装 500g", Quantity: "1", Price: guitai.Fen(6880), Amount: guitai.Fen(5880), Discount: guitai.Fen(1000)},
			{Name: "散装苹果", Quantity: "0.735kg", Price: guitai.Fen(1280), Amount: guitai.Fen(941)},
			{Name: "塑料袋", Amount: guitai.Fen(30)},
		},
		Sums: []receipt.Sum{
			{Name: receipt.SumSubtotal, Amount: guitai.Fen(7251)},
			{Name: receipt.SumDiscount, Amount: guitai.Fen(-1)},
			{Name: receipt.SumTotal, Amount: guitai.Fen(7250)},
		},
		Tenders: []receipt.Tender{{
			Wallet: guitai.WeChat, Amount: guitai.Fen(7250), State: "paid", PaymentID: "pay_06fh2r8k3xj9w5c7d1m4n6p8qs",
			OrderNumber: "G20261121180830X7K2M9Q4", WalletNumber: "4200002345202611211234567890", Payer: "o***7x",
		}},
		Code: "https://till.example.cn/r/7k2m9q4x", Footer: []string{"谢谢惠顾\n七日内凭小票退换"},
	}
}

// refund is a copy of a refund slip in traditional characters.
func refund() receipt.Document {
	return receipt.Document{
		Language: guitai.ZhHant, Kind: receipt.Refund, Copy: receipt.Copy,
		Shop: "囍記茶餐廳", Number: "R-0007", OriginalNumber: "20261121-0042", MerchantNumber: "1900000109", Till: "2", Cashier: "陳大文",
		At: time.Date(2026, 11, 21, 10, 20, 0, 0, time.UTC), PrintedAt: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC), Zone: shanghai(),
		Sums:      []receipt.Sum{{Name: receipt.SumRefund, Amount: guitai.Fen(-1250)}, {Name: receipt.SumRefunded, Amount: guitai.Fen(1250)}},
		Tenders:   []receipt.Tender{{Wallet: guitai.Alipay, Amount: guitai.Fen(-1250), State: "pending", PaymentID: "till-2:0042", OrderNumber: "G20261121180830X7K2M9Q4", WalletNumber: "2026112122001400001234567890"}},
		Reason:    "客人話凍檸茶唔夠凍，要求退款",
		Signature: receipt.Signature, Footer: []string{"多謝惠顧"},
	}
}

// unknown is a slip in guitai.En for a payment whose outcome is not known.
func unknown() receipt.Document {
	return receipt.Document{
		Language: guitai.En, Kind: receipt.Sale,
		Shop: "The Corner Shop & Café", Header: []string{"Open 7–23 · every day"}, Number: "42", Till: "1", Cashier: "Mei",
		At: time.Date(2026, 11, 21, 10, 8, 30, 0, time.UTC), Zone: shanghai(),
		Lines:   []receipt.Line{{Name: "Jasmine tea", Quantity: "3", Price: guitai.Fen(1800), Amount: guitai.Fen(5400)}, {Name: "Extraordinarily-long-compound-name-without-a-space-in-it", Quantity: "1", Price: guitai.Fen(100), Amount: guitai.Fen(100)}},
		Sums:    []receipt.Sum{{Name: receipt.SumTotal, Amount: guitai.Fen(5500)}},
		Tenders: []receipt.Tender{{Wallet: guitai.UnionPay, Amount: guitai.Fen(5500), State: "unknown", PaymentID: "pay_06fh2r8k3xj9w5c7d1m4n6p8qs"}},
		Code:    "42", CodeText: "Show this at the till", Footer: []string{"Thank you"},
	}
}
