package store

import (
	"encoding/json"
	"fmt"
	"time"

	"guitai"
)

// Account is one of our accounts at a wallet, with the credentials that count.
type Account struct {
	ID        guitai.AccountID
	Merchant  guitai.MerchantID
	Wallet    guitai.Wallet
	Mode      string // live or sandbox
	Priority  int64  // the lowest takes the money
	Enabled   bool
	FeeRate   int64 // hundred-thousandths
	CallsPerS int64 // that jobs of all nodes may make; 0: the usual
	Version   int64 // of the credentials
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Credentials are one version of what an account proves itself by. Secrets are
// sealed, by field.
type Credentials struct {
	Account  guitai.AccountID
	Version  int64
	Settings map[string]string // not secret
	Facts    []byte            // JSON, opaque here
	Secrets  map[string]string
	MadeAt   time.Time
	Until    time.Time // still reads what comes, until then; zero: it counts now
}

// TopicAccounts is changed whenever an account or a till's mode is.
const TopicAccounts = "accounts"

// InsertAccount stores a new account. It violates "account_pkey" when the ID is
// taken.
func (tx *Tx) InsertAccount(a Account) error {
	_, err := tx.exec(`INSERT INTO account (id, merchant_id, wallet, mode, priority, enabled, fee_rate, calls_per_s, version, created_us, updated_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		values{a.ID, a.Merchant, a.Wallet, a.Mode, a.Priority, flag(a.Enabled), a.FeeRate, a.CallsPerS, a.Version, us(a.CreatedAt), us(a.UpdatedAt)})
	tx.Changed(TopicAccounts)
	return err
}

// UpdateAccount stores what may change of an account, over the version of the
// credentials that it was read at. ErrNoRow when another was faster.
func (tx *Tx) UpdateAccount(a Account, was int64) error {
	tx.Changed(TopicAccounts)
	return tx.execOne(`UPDATE account SET priority = $3, enabled = $4, fee_rate = $5, version = $6, updated_us = $7
		WHERE id = $1 AND version = $2`,
		values{a.ID, was, a.Priority, flag(a.Enabled), a.FeeRate, a.Version, us(a.UpdatedAt)})
}

const accountColumns = `id, merchant_id, wallet, mode, priority, enabled, fee_rate, calls_per_s, version, created_us, updated_us`

func scanAccount(r scanner) (Account, error) {
	var a Account
	var enabled int
	var created, updated int64
	err := r.Scan(&a.ID, &a.Merchant, &a.Wallet, &a.Mode, &a.Priority, &enabled, &a.FeeRate, &a.CallsPerS, &a.Version, &created, &updated)
	a.Enabled, a.CreatedAt, a.UpdatedAt = enabled == 1, timeOf(created), timeOf(updated)
	return a, err
}

// Account reads one account; ErrNoRow when there is none.
func (tx *ReadTx) Account(id guitai.AccountID) (Account, error) {
	return one(tx, `SELECT `+accountColumns+` FROM account WHERE id = $1`, values{id}, scanAccount)
}

// Accounts lists every account of the house in the order in which each
// merchant's take money.
func (tx *ReadTx) Accounts() ([]Account, error) {
	return all(tx, `SELECT `+accountColumns+` FROM account ORDER BY merchant_id, priority, id`, nil, scanAccount)
}

// AccountsMark changes whenever an account or a till's mode does.
func (tx *ReadTx) AccountsMark() (string, error) {
	var v [4]int64
	err := tx.row(`SELECT COUNT(*), COALESCE(MAX(updated_us), 0), COALESCE(CAST(SUM(version) AS BIGINT), 0), COALESCE(CAST(SUM(enabled) AS BIGINT), 0)
		FROM account`, nil, &v[0], &v[1], &v[2], &v[3])
	var t [2]int64
	if err == nil {
		err = tx.row(`SELECT COUNT(*), COALESCE(CAST(SUM(since_us) AS BIGINT), 0) FROM training_till`, nil, &t[0], &t[1])
	}
	return fmt.Sprint(v, t), err
}

// InsertCredentials stores a version of an account's credentials, and lets the
// one before it read what comes until a time.
func (tx *Tx) InsertCredentials(c Credentials, before time.Time) error {
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE account_credentials SET until_us = $2 WHERE account_id = $1 AND until_us = 0`,
		values{c.Account, us(before)}); err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO account_credentials (account_id, version, settings, facts, made_us, until_us)
		VALUES ($1, $2, $3, $4, $5, 0)`, values{c.Account, c.Version, string(settings), string(c.Facts), us(c.MadeAt)})
	for field, sealed := range c.Secrets {
		if err == nil {
			_, err = tx.exec(`INSERT INTO account_secret (account_id, version, field, sealed) VALUES ($1, $2, $3, $4)`,
				values{c.Account, c.Version, field, sealed})
		}
	}
	tx.Changed(TopicAccounts)
	return err
}

// Credentials lists the versions of an account's credentials that count or
// still read what comes at now, the newest first.
func (tx *ReadTx) Credentials(id guitai.AccountID, now time.Time) ([]Credentials, error) {
	list, err := all(tx, `SELECT account_id, version, settings, facts, made_us, until_us FROM account_credentials
		WHERE account_id = $1 AND (until_us = 0 OR until_us > $2) ORDER BY version DESC`, values{id, us(now)},
		func(r scanner) (Credentials, error) {
			c := Credentials{Secrets: map[string]string{}}
			var settings, facts string
			var made, until int64
			if err := r.Scan(&c.Account, &c.Version, &settings, &facts, &made, &until); err != nil {
				return c, err
			}
			c.Facts, c.MadeAt, c.Until = []byte(facts), timeOf(made), timeOf(until)
			return c, json.Unmarshal([]byte(settings), &c.Settings)
		})
	for i := range list {
		if err == nil {
			err = tx.secretsOf(&list[i])
		}
	}
	return list, err
}

func (tx *ReadTx) secretsOf(c *Credentials) error {
	return tx.query(`SELECT field, sealed FROM account_secret WHERE account_id = $1 AND version = $2`, values{c.Account, c.Version},
		func(r scanner) error {
			var field, sealed string
			err := r.Scan(&field, &sealed)
			c.Secrets[field] = sealed
			return err
		})
}

// DropSecrets wipes the secrets of credentials that read nothing any more.
func (tx *Tx) DropSecrets(now time.Time) (int64, error) {
	return tx.exec(`DELETE FROM account_secret WHERE EXISTS (SELECT 1 FROM account_credentials c
		WHERE c.account_id = account_secret.account_id AND c.version = account_secret.version AND c.until_us <> 0 AND c.until_us <= $1)`,
		values{us(now)})
}

// Sealed is one secret of an account where it stands.
type Sealed struct {
	Merchant guitai.MerchantID
	Account  guitai.AccountID
	Version  int64
	Field    string
	Text     string
}

// AllSealed lists every secret of every account.
func (tx *ReadTx) AllSealed() ([]Sealed, error) {
	return all(tx, `SELECT a.merchant_id, s.account_id, s.version, s.field, s.sealed
		FROM account_secret s JOIN account a ON a.id = s.account_id ORDER BY s.account_id, s.version, s.field`, nil,
		func(r scanner) (Sealed, error) {
			var s Sealed
			return s, r.Scan(&s.Merchant, &s.Account, &s.Version, &s.Field, &s.Text)
		})
}

// Rewrap puts a secret in the place of the one that was read; ErrNoRow when it
// is gone or has been changed meanwhile.
func (tx *Tx) Rewrap(was Sealed, sealed string) error {
	return tx.execOne(`UPDATE account_secret SET sealed = $5 WHERE account_id = $1 AND version = $2 AND field = $3 AND sealed = $4`,
		values{was.Account, was.Version, was.Field, was.Text, sealed})
}

// SetTraining lets a till take money on sandbox accounts only; the zero time
// ends that.
func (tx *Tx) SetTraining(m guitai.MerchantID, t guitai.TillID, since time.Time) error {
	tx.Changed(TopicAccounts)
	if since.IsZero() {
		_, err := tx.exec(`DELETE FROM training_till WHERE till_id = $1 AND merchant_id = $2`, values{t, m})
		return err
	}
	_, err := tx.exec(`INSERT INTO training_till (till_id, merchant_id, since_us) VALUES ($1, $2, $3) ON CONFLICT (till_id) DO NOTHING`,
		values{t, m, us(since)})
	return err
}

// Training lists the tills that take money on sandbox accounts only.
func (tx *ReadTx) Training() ([]guitai.TillID, error) {
	return all(tx, `SELECT till_id FROM training_till ORDER BY till_id`, nil, func(r scanner) (guitai.TillID, error) {
		var t guitai.TillID
		return t, r.Scan(&t)
	})
}
