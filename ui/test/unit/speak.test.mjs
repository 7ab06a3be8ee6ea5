import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chineseAmount, englishAmount, received } from '../../src/money/speak.ts'

const table = [
  // fen, 简体, 繁體, English
  [0, '零元', '零元', 'zero yuan'],
  [1, '一分', '一分', 'one fen'],
  [2, '两分', '兩分', 'two fen'],
  [10, '一角', '一角', 'ten fen'],
  [20, '两角', '兩角', 'twenty fen'],
  [22, '两角二分', '兩角二分', 'twenty-two fen'],
  [50, '五角', '五角', 'fifty fen'],
  [99, '九角九分', '九角九分', 'ninety-nine fen'],
  [100, '一元', '一元', 'one yuan'],
  [200, '两元', '兩元', 'two yuan'],
  [220, '两元二角', '兩元二角', 'two yuan twenty'],
  [1000, '十元', '十元', 'ten yuan'],
  [1005, '十元零五分', '十元零五分', 'ten yuan oh five'],
  [1200, '十二元', '十二元', 'twelve yuan'],
  [1250, '十二元五角', '十二元五角', 'twelve yuan fifty'],
  [1253, '十二元五角三分', '十二元五角三分', 'twelve yuan fifty-three'],
  [2000, '二十元', '二十元', 'twenty yuan'],
  [2200, '二十二元', '二十二元', 'twenty-two yuan'],
  [10000, '一百元', '一百元', 'one hundred yuan'],
  [10100, '一百零一元', '一百零一元', 'one hundred and one yuan'],
  [11000, '一百一十元', '一百一十元', 'one hundred and ten yuan'],
  [11200, '一百一十二元', '一百一十二元', 'one hundred and twelve yuan'],
  [20000, '两百元', '兩百元', 'two hundred yuan'],
  [22200, '两百二十二元', '兩百二十二元', 'two hundred and twenty-two yuan'],
  [100000, '一千元', '一千元', 'one thousand yuan'],
  [100500, '一千零五元', '一千零五元', 'one thousand and five yuan'],
  [101000, '一千零一十元', '一千零一十元', 'one thousand and ten yuan'],
  [110000, '一千一百元', '一千一百元', 'one thousand one hundred yuan'],
  [200000, '两千元', '兩千元', 'two thousand yuan'],
  [222200, '两千二百二十二元', '兩千二百二十二元', 'two thousand two hundred and twenty-two yuan'],
  [1000000, '一万元', '一萬元', 'ten thousand yuan'],
  [1002053, '一万零二十元五角三分', '一萬零二十元五角三分', 'ten thousand and twenty yuan fifty-three'],
  [1050000, '一万零五百元', '一萬零五百元', 'ten thousand five hundred yuan'],
  [1200000, '一万二千元', '一萬二千元', 'twelve thousand yuan'],
  [2000000, '两万元', '兩萬元', 'twenty thousand yuan'],
  [10000000, '十万元', '十萬元', 'one hundred thousand yuan'],
  [10050000, '十万零五百元', '十萬零五百元', 'one hundred thousand five hundred yuan'],
  [12000000, '十二万元', '十二萬元', 'one hundred and twenty thousand yuan'],
  [100000000, '一百万元', '一百萬元', 'one million yuan'],
  [1000000000, '一千万元', '一千萬元', 'ten million yuan'],
  [10000000000, '一亿元', '一億元', 'one hundred million yuan'],
  [10001000000, '一亿零一万元', '一億零一萬元', 'one hundred million ten thousand yuan'],
  [10000000500, '一亿零五元', '一億零五元', 'one hundred million and five yuan'],
  [99999999999, '九亿九千九百九十九万九千九百九十九元九角九分', '九億九千九百九十九萬九千九百九十九元九角九分', 'nine hundred and ninety-nine million nine hundred and ninety-nine thousand nine hundred and ninety-nine yuan ninety-nine'],
]

test('amounts are read out as people say them', () => {
  for (const [amount, hans, hant, english] of table) {
    assert.equal(chineseAmount(amount, 'zh-Hans'), hans, String(amount))
    assert.equal(chineseAmount(amount, 'zh-Hant'), hant, String(amount))
    assert.equal(englishAmount(amount), english, String(amount))
  }
})

test('the announcement of money', () => {
  assert.equal(received(1250, 'zh-Hans'), '收款十二元五角')
  assert.equal(received(1250, 'zh-Hant'), '收款十二元五角')
  assert.equal(received(1250, 'en'), 'Received twelve yuan fifty')
})

test('no amount is read with a doubled, leading or trailing 零', () => {
  for (let n = 1; n < 3_000_000; n += 997) {
    const words = chineseAmount(n * 7, 'zh-Hans')
    assert.doesNotMatch(words, /零零|^零|零[元万亿角分]|零$/, `${n * 7}: ${words}`)
  }
})
