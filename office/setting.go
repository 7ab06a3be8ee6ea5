package office

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"guitai"
	"guitai/store"
)

// Limits of what settings hold.
const (
	mostFloatFen  = 100_000_000
	longestLockS  = 86_400
	mostPrefixes  = 10
	mostKeys      = 40
	mostPrinters  = 16
	mostLines     = 20  // of a receipt's head or foot
	longestLine   = 200 // characters
	longestLogo   = 48 << 10
	mostCopies    = 5
	longestAddr   = 255
	mostOfHundred = 100
)

// Check says whether settings can be followed, with the field at fault.
func (s Settings) Check() error {
	switch {
	case s.FloatFen != nil && (*s.FloatFen < 0 || *s.FloatFen > mostFloatFen):
		return wrong("settings.float_fen")
	case s.LockAfter != nil && (*s.LockAfter < 0 || *s.LockAfter > longestLockS):
		return wrong("settings.lock_after_s")
	case s.NumberPad != nil && *s.NumberPad != "phone" && *s.NumberPad != "calculator":
		return wrong("settings.number_pad")
	case s.Language != nil && !slices.Contains([]string{"zh-CN", "zh-TW", "en"}, *s.Language):
		return wrong("settings.language")
	case s.Voice != nil && !slices.Contains([]string{"zh-CN", "zh-HK", "en"}, s.Voice.Language):
		return wrong("settings.voice")
	}
	for act, how := range s.Approvals {
		if !slices.Contains(acts(), act) || how != "free" && how != "limit" && how != "manager" {
			return wrong("settings.approvals")
		}
	}
	for at, t := range s.Tenders {
		if !slices.Contains(tenders(), t) || slices.Contains(s.Tenders[:at], t) {
			return wrong("settings.tenders")
		}
	}
	return errors.Join(checkPrefixes(s.Weighed), checkKeys(s.Shortcuts), checkReceipt(s.Receipt), checkPrinters(s.Printers))
}

func checkPrefixes(list []ScalePrefix) error {
	seen := map[string]bool{}
	for _, w := range list {
		if !digits(w.Prefix, 2, 2) || w.Prefix[0] != '2' || seen[w.Prefix] || w.Holds != "weight" && w.Holds != "price" || len(list) > mostPrefixes {
			return wrong("settings.weighed")
		}
		seen[w.Prefix] = true
	}
	return nil
}

// checkKeys bounds what is bound to keys. Whether a key is bound twice is seen
// when all is laid over each other.
func checkKeys(keys map[string]string) error {
	if len(keys) > mostKeys {
		return wrong("settings.shortcuts")
	}
	for act, key := range keys {
		if guitai.ValidID(act) != nil || !printed(key, 0, longestUnit) {
			return wrong("settings.shortcuts")
		}
	}
	return nil
}

func checkReceipt(r *ReceiptDesign) error {
	if r == nil {
		return nil
	}
	bad := r.Paper != 58 && r.Paper != 80 || len(r.Logo) > longestLogo || len(r.Header) > mostLines || len(r.Footer) > mostLines ||
		r.Copies < 0 || r.Copies > mostCopies || r.Density < 0 || r.Density > mostOfHundred || r.Speed < 0 || r.Speed > mostOfHundred ||
		!printed(r.Language, 0, longestUnit)
	for _, l := range slices.Concat(r.Header, r.Footer) {
		bad = bad || !printed(strings.TrimSpace(l), 0, longestLine)
	}
	if bad {
		return wrong("settings.receipt")
	}
	return nil
}

func checkPrinters(list []Printer) error {
	ids := map[string]bool{}
	for _, p := range list {
		bad := guitai.ValidID(p.ID) != nil || ids[p.ID] || !printed(p.Name, 1, longestGroup) ||
			!slices.Contains([]string{"network", "device", "browser", "system"}, p.Kind) || !printed(p.Address, 0, longestAddr) ||
			p.Paper != 58 && p.Paper != 80 || p.Codepage != "gb18030" && p.Codepage != "raster"
		if bad || len(list) > mostPrinters {
			return wrong("settings.printers")
		}
		ids[p.ID] = true
	}
	for _, p := range list {
		if p.BackupOf != "" && (!ids[p.BackupOf] || p.BackupOf == p.ID) {
			return wrong("settings.printers")
		}
	}
	return nil
}

// keysTwice refuses two acts on one key.
func keysTwice(keys map[string]string) error {
	seen := map[string]bool{}
	for _, k := range keys {
		k = strings.ToUpper(k)
		if k != "" && seen[k] {
			return guitai.FailField(guitai.CodeShortcutTwice, "settings.shortcuts")
		}
		seen[k] = true
	}
	return nil
}

// PlaceSettings are the settings of a shop or till, and what is set where.
type PlaceSettings struct {
	Shop      guitai.Shop
	Till      guitai.Till // empty: the shop's are asked for
	Effective Settings
	Below     Settings // what would count if nothing were set at the till, or at the shop
	AtShop    Said
	AtTill    Said
	Where     map[string]string // field → shop or till; what is usual is not in it
}

// TillSettings are the settings that count at a till.
func (o *Office) TillSettings(ctx context.Context, m guitai.MerchantID, id guitai.TillID) (PlaceSettings, error) {
	return o.settings(ctx, m, func(tx *store.ReadTx) (guitai.Till, error) {
		t, err := till(tx, id)
		if err == nil && t.Merchant != m {
			err = noTill()
		}
		return t, err
	})
}

// ShopSettings are those of a shop's tills that say nothing themselves.
func (o *Office) ShopSettings(ctx context.Context, m guitai.MerchantID, id guitai.ShopID) (PlaceSettings, error) {
	return o.settings(ctx, m, func(*store.ReadTx) (guitai.Till, error) {
		return guitai.Till{Merchant: m, Shop: id, Paper: usualPaper}, nil
	})
}

const usualPaper = 80 // millimetres

func (o *Office) settings(ctx context.Context, m guitai.MerchantID, at func(*store.ReadTx) (guitai.Till, error)) (PlaceSettings, error) {
	var p PlaceSettings
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		p = PlaceSettings{Where: map[string]string{}}
		if p.Till, err = at(tx); err != nil {
			return err
		}
		if p.Shop, err = tx.Shop(m, p.Till.Shop); err != nil {
			return noShop(err)
		}
		p.AtShop, p.AtTill, err = said(tx, p.Till)
		return err
	})
	if err != nil {
		return PlaceSettings{}, err
	}
	p.Below = usualSettings(p.Till)
	atShop := p.AtShop.Own.over(p.Below)
	if p.Till.ID != "" {
		p.Below = atShop
	}
	p.Effective = p.AtTill.Own.over(atShop)
	for place, s := range map[string]Settings{"shop": p.AtShop.Own, "till": p.AtTill.Own} {
		names, err := s.says()
		if err != nil {
			return p, err
		}
		for _, n := range names {
			if p.Where[n] != "till" {
				p.Where[n] = place
			}
		}
	}
	return p, nil
}

func noShop(err error) error {
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Fail(guitai.NotFound, guitai.CodeShopNotFound)
	}
	return err
}

// SetShop puts what a shop says in the place of all that it said before.
func (o *Office) SetShop(ctx context.Context, by By, id guitai.ShopID, s Said) (PlaceSettings, error) {
	if guitai.ValidID(string(id)) != nil {
		return PlaceSettings{}, noShop(store.ErrNoRow)
	}
	err := o.set(ctx, by, s, func(tx *store.Tx) (putting, error) {
		_, err := tx.Shop(by.Merchant, id)
		return putting{kindShopSettings, store.OfShop, string(id), usualSettings(guitai.Till{Paper: usualPaper})}, noShop(err)
	})
	if err != nil {
		return PlaceSettings{}, err
	}
	return o.ShopSettings(ctx, by.Merchant, id)
}

// SetTill puts what a till says in the place of all that it said before.
func (o *Office) SetTill(ctx context.Context, by By, id guitai.TillID, s Said) (PlaceSettings, error) {
	err := o.set(ctx, by, s, func(tx *store.Tx) (putting, error) {
		t, err := till(&tx.ReadTx, id)
		if err != nil {
			return putting{}, err
		}
		if t.Merchant != by.Merchant {
			return putting{}, noTill()
		}
		shop, _, err := said(&tx.ReadTx, t)
		return putting{kindTillSettings, store.OfTill, string(id), shop.Own.over(usualSettings(t))}, err
	})
	if err != nil {
		return PlaceSettings{}, err
	}
	return o.TillSettings(ctx, by.Merchant, id)
}

// putting is where settings are put, and what they are laid over.
type putting struct {
	kind  string
	scope store.Scope
	place string
	lower Settings
}

func (o *Office) set(ctx context.Context, by By, s Said, at func(*store.Tx) (putting, error)) error {
	if err := s.Own.Check(); err != nil {
		return firstOf(err)
	}
	body, err := json.Marshal(s.Own)
	if err != nil {
		return err
	}
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		p, err := at(tx)
		if err == nil {
			err = keysTwice(s.Own.over(p.lower).Shortcuts)
		}
		if err != nil {
			return err
		}
		had, err := tx.Setting(by.Merchant, p.scope, p.place)
		if err != nil || had.Body == string(body) {
			return err
		}
		if err := fresh(had.Changed, s.Changed); err != nil {
			return err
		}
		row := store.Setting{Body: string(body)}
		row.Changed, err = tx.InsertChange(store.Change{Merchant: by.Merchant, Staff: by.Staff, Kind: p.kind, Thing: p.place,
			Was: had.Body, Became: row.Body})
		if err != nil {
			return err
		}
		return tx.SaveSetting(by.Merchant, p.scope, p.place, row)
	})
}
