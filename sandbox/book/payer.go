package book

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Password is what every seeded payer types.
const Password = "123456"

// PayerCodeLife is how long a payer's code can be charged: it changes every
// minute. Not divided by Speed: lifetimes are real.
const PayerCodeLife = time.Minute

// Behaviour is how a payer takes a request for money.
type Behaviour string

// The behaviours. Where one says "later", it is Options.ActDelay later.
const (
	Normal         Behaviour = ""                // pays; asks for a password where the wallet's rule says so
	AskPassword    Behaviour = "password"        // waits for payer-act
	PasswordOK     Behaviour = "password_ok"     // is asked and types the right one later
	PasswordBad    Behaviour = "password_wrong"  // is asked and types wrong ones later
	Refuse         Behaviour = "refuse"          // is asked and says no later
	Cancel         Behaviour = "cancel"          // is asked and leaves later
	Poor           Behaviour = "poor"            // has not enough, whatever the balance says
	Risk           Behaviour = "risk"            // is stopped by risk control
	Slow           Behaviour = "slow"            // pays, but the wallet's answer is late
	Expired        Behaviour = "expired"         // shows a code that is past its time
	RefundAbnormal Behaviour = "refund_abnormal" // pays; later refunds do not reach the account
)

// Behaviours lists all of them, for documents and checks.
func Behaviours() []Behaviour {
	return []Behaviour{Normal, AskPassword, PasswordOK, PasswordBad, Refuse, Cancel, Poor, Risk, Slow, Expired, RefundAbnormal}
}

// Valid reports whether b is one of Behaviours.
func (b Behaviour) Valid() bool { return slices.Contains(Behaviours(), b) }

// Payer is a person with an account at one wallet.
type Payer struct {
	ID         string `json:"id"`
	Wallet     Wallet `json:"wallet"`
	Name       string `json:"name"`
	OpenID     string `json:"open_id"`  // the name the wallet tells merchants
	LogonID    string `json:"logon_id"` // as shown to merchants: masked
	BalanceFen int64  `json:"balance_fen"`
	// FreePerDay is how many payments a day go without a password; 0 = any.
	FreePerDay int    `json:"free_per_day,omitempty"`
	FreeDay    string `json:"free_day,omitempty"`
	FreeCount  int    `json:"free_count,omitempty"`
}

// PayerCode is a code on a payer's phone. Text is empty in the journal: a live
// payment code is a secret.
type PayerCode struct {
	Text      string    `json:"-"`
	Hash      string    `json:"hash"`
	Wallet    Wallet    `json:"wallet"`
	Payer     string    `json:"payer"`
	Behaviour Behaviour `json:"behaviour,omitempty"`
	ExpiresAt time.Time `json:"expires_at"`
	OrderNo   string    `json:"order_no,omitempty"` // the order that used it
}

func codeHash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:16])
}

func seedPayers(w Wallet) []Payer {
	seeds := []Payer{
		{ID: "zhang", Name: "张伟", LogonID: "138****0001", BalanceFen: 1_000_000_000},
		{ID: "wang", Name: "王芳", LogonID: "139****0002", BalanceFen: 500_000},
		{ID: "li", Name: "李娜", LogonID: "lin***@example.com", BalanceFen: 8_800},
		{ID: "liu", Name: "刘洋", LogonID: "136****0004", BalanceFen: 200_000, FreePerDay: 10},
		{ID: "chen", Name: "陈静", LogonID: "135****0005", BalanceFen: 0},
	}
	for i := range seeds {
		seeds[i].OpenID = openID(w, seeds[i].ID)
		seeds[i].ID = string(w) + "-" + seeds[i].ID
		seeds[i].Wallet = w
	}
	return seeds
}

// openID is stable for a payer, and shaped as the wallets shape it.
func openID(w Wallet, id string) string {
	sum := sha256.Sum256([]byte(string(w) + "/" + id))
	if w == Alipay {
		digits := new(strings.Builder)
		for _, b := range sum[:12] {
			digits.WriteByte('0' + b%10)
		}
		return "2088" + digits.String() // 16 digits
	}
	return "oGuitai" + hex.EncodeToString(sum[:])[:21] // 28 characters
}

// NewPayer adds a payer with this much money to a wallet.
func (b *Book) NewPayer(w Wallet, balanceFen int64) (Payer, error) {
	var p Payer
	err := b.do("payer", func(t *tx) error {
		if _, ok := b.policies[w]; !ok || balanceFen < 0 {
			return PayerUnknown
		}
		n := strconv.Itoa(len(b.payers) + 1)
		p = Payer{ID: string(w) + "-" + n, Wallet: w, Name: "顾客" + n, OpenID: openID(w, n), LogonID: "137****" + pad4(n), BalanceFen: balanceFen}
		t.putPayer(p)
		return nil
	})
	return p, err
}

func pad4(n string) string {
	n = "0000" + n
	return n[len(n)-4:]
}

// PayerCode puts a fresh code on a payer's phone. An empty payer is the
// wallet's first seeded one.
func (b *Book) PayerCode(w Wallet, payer string, how Behaviour) (PayerCode, error) {
	var c PayerCode
	err := b.do("payer_code", func(t *tx) error {
		p, err := t.payer(w, payer)
		if err != nil {
			return err
		}
		policy := b.policies[w]
		pick, err := t.number(len(policy.CodePrefixes))
		if err != nil {
			return err
		}
		prefix := policy.CodePrefixes[pick]
		digits, err := t.digits(cmp.Or(policy.CodeDigits, 18) - len(prefix))
		if err != nil {
			return err
		}
		text := prefix + digits
		c = PayerCode{
			Text: text, Hash: codeHash(text), Wallet: w, Payer: p.ID, Behaviour: how,
			ExpiresAt: t.now.Add(cmp.Or(policy.PayerCodeLife, PayerCodeLife)),
		}
		t.putCode(c)
		return nil
	})
	return c, err
}

// Payers lists all payers of a wallet, or of all when w is empty, by ID.
func (b *Book) Payers(w Wallet) ([]Payer, error) {
	var out []Payer
	err := b.do("", func(*tx) error {
		for _, p := range b.payers {
			if w == "" || p.Wallet == w {
				out = append(out, p)
			}
		}
		return nil
	})
	slices.SortFunc(out, func(x, y Payer) int { return strings.Compare(x.ID, y.ID) })
	return out, err
}

// Payer finds a payer by ID.
func (b *Book) Payer(id string) (Payer, error) {
	var p Payer
	err := b.do("", func(*tx) error {
		var ok bool
		if p, ok = b.payers[id]; !ok {
			return PayerUnknown
		}
		return nil
	})
	return p, err
}
