package main

import (
	"guitai"
	"guitai/office"
)

func demoTills() []guitai.Till {
	return []guitai.Till{{Number: "1", Name: "一号柜台", Paper: 80}, {Number: "2", Name: "二号柜台", Paper: 58}}
}

// demoPeople have PINs that everybody may know: the demo listens on this
// machine only.
func demoPeople() []office.NewPerson {
	return []office.NewPerson{
		{Number: "101", Name: "林小雨", Role: guitai.Cashier, PIN: "258036"},
		{Number: "201", Name: "陈建国", Role: guitai.Manager, PIN: "147269"},
		{Number: "301", Name: "桂芳", Role: guitai.Owner, PIN: "369147"},
	}
}

// demoGoods is what a corner shop sells. The barcodes carry the prefix 20 for
// numbers that a shop gives itself, so that they are nobody's real goods.
func demoGoods() ([]guitai.Department, []guitai.Item) {
	departments := []guitai.Department{
		{ID: "drinks", Name: "饮料", NameEn: "Drinks", Colour: "#1f6feb", Place: 1, TaxMilli: new(int64(13_000))},
		{ID: "snacks", Name: "零食", NameEn: "Snacks", Colour: "#b35900", Place: 2, TaxMilli: new(int64(13_000))},
		{ID: "bakery", Name: "面包熟食", NameEn: "Bakery", Colour: "#8a5a2b", Place: 3, TaxMilli: new(int64(13_000))},
		{ID: "fresh", Name: "生鲜水果", NameEn: "Fresh", Colour: "#2d7d32", Place: 4, TaxMilli: new(int64(9_000))},
		{ID: "home", Name: "日用百货", NameEn: "Home", Colour: "#6a4c93", Place: 5, TaxMilli: new(int64(13_000))}}
	rows := []struct {
		department, name, en, unit string
		fen                        int64
	}{
		{"drinks", "矿泉水 550 毫升", "Mineral water 550 ml", "瓶", 200},
		{"drinks", "茉莉花茶 500 毫升", "Jasmine tea 500 ml", "瓶", 450},
		{"drinks", "无糖乌龙茶 500 毫升", "Oolong tea, no sugar 500 ml", "瓶", 550},
		{"drinks", "橙汁 330 毫升", "Orange juice 330 ml", "瓶", 600},
		{"drinks", "鲜牛奶 950 毫升", "Fresh milk 950 ml", "盒", 1380},
		{"drinks", "原味酸奶 200 克", "Plain yogurt 200 g", "杯", 680},
		{"drinks", "气泡水 480 毫升", "Sparkling water 480 ml", "瓶", 500},
		{"drinks", "现磨美式咖啡", "Americano", "杯", 1200},
		{"drinks", "热豆浆", "Hot soy milk", "杯", 350},
		{"snacks", "海盐薯片 70 克", "Sea salt crisps 70 g", "袋", 750},
		{"snacks", "原味瓜子 150 克", "Sunflower seeds 150 g", "袋", 880},
		{"snacks", "黑巧克力 80 克", "Dark chocolate 80 g", "块", 1590},
		{"snacks", "薄荷糖", "Mints", "盒", 590},
		{"snacks", "山楂片 100 克", "Hawthorn slices 100 g", "袋", 650},
		{"snacks", "每日坚果 25 克", "Mixed nuts 25 g", "袋", 620},
		{"snacks", "苏打饼干 200 克", "Soda crackers 200 g", "盒", 990},
		{"snacks", "桶装方便面", "Cup noodles", "桶", 550},
		{"snacks", "海苔 10 克", "Seaweed 10 g", "包", 480},
		{"bakery", "鲜肉包", "Pork bun", "个", 250},
		{"bakery", "豆沙包", "Red bean bun", "个", 200},
		{"bakery", "茶叶蛋", "Tea egg", "个", 200},
		{"bakery", "金枪鱼饭团", "Tuna rice ball", "个", 690},
		{"bakery", "照烧鸡腿饭", "Teriyaki chicken rice", "盒", 1890},
		{"bakery", "全麦吐司 400 克", "Whole wheat toast 400 g", "袋", 1280},
		{"bakery", "关东煮萝卜", "Oden radish", "串", 300},
		{"bakery", "葱油饼", "Scallion pancake", "张", 450},
		{"fresh", "香蕉", "Bananas", "500 克", 498},
		{"fresh", "红富士苹果", "Fuji apples", "500 克", 798},
		{"fresh", "砂糖橘", "Tangerines", "500 克", 698},
		{"fresh", "鸡蛋 10 枚", "Eggs, 10", "盒", 1350},
		{"fresh", "小青菜", "Bok choy", "300 克", 390},
		{"fresh", "圣女果", "Cherry tomatoes", "盒", 1190},
		{"home", "抽纸 3 包", "Tissues, 3 packs", "提", 1290},
		{"home", "洗手液 500 克", "Hand soap 500 g", "瓶", 1690},
		{"home", "五号电池 4 节", "AA batteries, 4", "板", 1290},
		{"home", "折叠雨伞", "Folding umbrella", "把", 3900},
		{"home", "数据线 1 米", "USB cable 1 m", "根", 1990},
		{"home", "垃圾袋 30 只", "Rubbish bags, 30", "卷", 790},
		{"home", "洗衣凝珠 12 颗", "Laundry pods, 12", "盒", 2490},
		{"home", "环保袋", "Shopping bag", "个", 100},
	}
	items := make([]guitai.Item, len(rows), len(rows)+2)
	for i, r := range rows {
		items[i] = guitai.Item{Code: code(1001 + i), Barcodes: []string{ean13("20000000" + code(1001+i))}, Name: r.name, NameEn: r.en,
			Department: r.department, Price: guitai.Fen(r.fen), Unit: r.unit, Place: i + 1, Tile: i%3 != 2}
	}
	return departments, append(items, demoWeighed()...)
}

// demoWeighed are goods that a scale puts a code on: its five digits are the
// item's code, and five more say grams or fen.
func demoWeighed() []guitai.Item {
	return []guitai.Item{
		{Code: "21001", Name: "散称开心果", NameEn: "Pistachios, loose", Department: "snacks", Price: guitai.Fen(9800), Unit: "公斤",
			Weighed: guitai.ByWeight, Place: 41, Tile: true},
		{Code: "22001", Name: "现切西瓜", NameEn: "Watermelon, cut", Department: "fresh", Price: guitai.Fen(598), Unit: "公斤",
			Weighed: guitai.ByPrice, Place: 42, Tile: true},
	}
}

func code(n int) string {
	return string([]byte{byte('0' + n/1000%10), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
}

// ean13 adds the check digit to twelve digits (GS1 General Specifications,
// section 7.9).
func ean13(twelve string) string {
	sum := 0
	for i, c := range twelve {
		d := int(c - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return twelve + string(rune('0'+(10-sum%10)%10))
}
