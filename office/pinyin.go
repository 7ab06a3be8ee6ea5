package office

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// readings are names of goods and places in which a sign is read otherwise than
// alone. Whoever misses one still finds the item by its other syllables.
var readings = strings.NewReplacer("薄荷", " bo he ", "重庆", " chong qing ", "长城", " chang cheng ", "长沙", " chang sha ",
	"长寿", " chang shou ", "大长今", " da chang jin ", "音乐", " yin yue ", "蛤蜊", " ge li ", "石榴", " shi liu ",
	"便宜", " pian yi ", "茄子", " qie zi ", "番茄", " fan qie ", "调味", " tiao wei ", "调料", " tiao liao ",
	"单县", " shan xian ", "厦门", " xia men ", "朝鲜", " chao xian ", "卡带", " ka dai ", "大豆", " da dou ")

// spell writes a name as syllables without tones, separated by blanks: what is
// Chinese is read, words in Latin letters stay, figures and signs are left out.
func spell(name string) string {
	usual := pinyin.NewArgs()
	var b strings.Builder
	for _, r := range readings.Replace(name) {
		switch {
		case unicode.Is(unicode.Han, r):
			if s := pinyin.SinglePinyin(r, usual); len(s) > 0 {
				b.WriteString(" " + s[0] + " ")
			}
		case r < unicode.MaxASCII && unicode.IsLetter(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// initials are the first letters of what spell made.
func initials(spelt string) string {
	var b strings.Builder
	for _, s := range strings.Fields(spelt) {
		b.WriteByte(s[0])
	}
	return b.String()
}
