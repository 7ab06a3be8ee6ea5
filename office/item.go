package office

import (
	"strings"

	"guitai"
	"guitai/store"
)

// saveItem stores an item with what it is found by.
func saveItem(tx *store.Tx, m guitai.MerchantID, i guitai.Item) error {
	i.Pinyin = spell(i.Name)
	return tx.SaveItem(m, i, searchText(i))
}

// searchText is all that an item is found by, in small letters.
func searchText(i guitai.Item) string {
	parts := append([]string{i.Code, i.Name, i.NameEn, strings.ReplaceAll(i.Pinyin, " ", ""), initials(i.Pinyin)}, i.Barcodes...)
	return strings.ToLower(strings.Join(parts, "\n"))
}
