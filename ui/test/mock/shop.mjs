const shop = { id: 'shp_1', name: '青禾便利店 人民路店', time_zone: 'Asia/Shanghai' }

export const tills = [
  { id: 'til_1', name: '一号台', number: '1', shop },
  { id: 'til_2', name: '二号台', number: '2', shop },
]

export const staff = {
  101: { id: 'stf_1', name: '王小雨', number: '101', role: 'cashier' },
  201: { id: 'stf_2', name: '李建国', number: '201', role: 'manager' },
  301: { id: 'stf_3', name: '陈青禾', number: '301', role: 'owner' },
}

const shelves = {
  饮料: ['农夫山泉 550ml/200', '可口可乐 330ml/300', '康师傅冰红茶 500ml/350', '东方树叶 茉莉花茶/550', '元气森林 白桃/600', '王老吉 310ml/450', '旺仔牛奶 245ml/600', '红牛 250ml/650'],
  零食: ['乐事薯片 原味 75g/750', '奥利奥 97g/690', '三只松鼠 每日坚果/990', '德芙巧克力 43g/880', '大白兔奶糖 114g/1250', '卫龙辣条 65g/350', '旺旺雪饼 84g/600', '徐福记沙琪玛/1580'],
  速食: ['康师傅红烧牛肉面/500', '统一老坛酸菜面/500', '自热小火锅/2890', '火腿肠 5支/780', '茶叶蛋/200', '关东煮 一串/300', '鲜肉包/250', '三明治 金枪鱼/1280'],
  乳品: ['伊利纯牛奶 250ml/350', '蒙牛酸奶 100g/420', '光明莫斯利安/650', '养乐多 5瓶/1350', '安佳黄油/2680', '妙可蓝多奶酪棒/1990'],
  日用: ['清风抽纸 3包/1290', '舒肤佳香皂/650', '高露洁牙膏/1380', '云南白药创可贴/880', '雨伞 折叠/3900', '电池 5号 4节/1500', '一次性口罩 10只/800', '打火机/200'],
}

export const departments = Object.keys(shelves).map((name, i) => ({ id: `dep_${i}`, name }))

export const goods = Object.values(shelves).flatMap((names, d) =>
  names.map((line, i) => {
    const [name, price] = line.split('/')
    return { id: `itm_${d}_${i}`, code: String(1000 + d * 100 + i), barcode: `690${d}${String(i).padStart(2, '0')}1234567`.slice(0, 13), name, department: `dep_${d}`, price: { value: Number(price), currency: 'CNY' }, unit: '件' }
  }),
)
