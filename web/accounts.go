package web

import (
	"context"

	"guitai"
	"guitai/office"
	"guitai/pay"
)

// AccountIn is a new account at a wallet.
type AccountIn struct {
	ID       string            `json:"id,omitempty" maxLength:"64" doc:"stands in the callback's path; left out, one is made" example:"acc_wechat_2"`
	Wallet   string            `json:"wallet" enum:"wechat,alipay,unionpay"`
	Mode     string            `json:"mode" enum:"live,sandbox" doc:"sandbox: only tills in training take money on it"`
	Priority int64             `json:"priority,omitempty" doc:"the lowest takes the money" example:"10"`
	FeeRate  int64             `json:"fee_rate" doc:"hundred-thousandths of the amount" example:"600"`
	Calls    int64             `json:"calls_per_s,omitempty" minimum:"0" doc:"how many calls a second may be made at it that nobody waits for; left out, 100" example:"100"`
	Settings map[string]string `json:"settings" doc:"what is not secret, by the names of the configuration" example:"{\"mchid\":\"1900000001\",\"appid\":\"wx8888888888888888\"}"`
	Secrets  map[string]string `json:"secrets" doc:"keys and certificates, by the names of the configuration: PEM texts, API keys; never shown again" example:"{\"api_v3_key\":\"…\",\"private_key\":\"-----BEGIN PRIVATE KEY-----…\"}"`
}

// CredentialsIn exchanges what an account proves itself by.
type CredentialsIn struct {
	Settings map[string]string `json:"settings,omitempty" doc:"what changes; an empty text takes a setting away" example:"{\"serial_no\":\"5157F09EFDC096DE15EBE81A47057A7232F1B8E1\"}"`
	Secrets  map[string]string `json:"secrets,omitempty" doc:"what changes" example:"{\"private_key\":\"-----BEGIN PRIVATE KEY-----…\"}"`
}

// ModeIn sets the mode of a till.
type ModeIn struct {
	Mode string `json:"mode" enum:"live,sandbox" doc:"sandbox: training; the till takes money on sandbox accounts only"`
}

// Account is one of our accounts at a wallet, without its secrets.
type Account struct {
	ID            string            `json:"id" example:"acc_wechat_2"`
	Wallet        string            `json:"wallet" enum:"wechat,alipay,unionpay"`
	Mode          string            `json:"mode" enum:"live,sandbox"`
	Priority      int64             `json:"priority"`
	Enabled       bool              `json:"enabled" doc:"takes money; payments that were made on it are followed either way"`
	FeeRate       int64             `json:"fee_rate"`
	CallsPerS     int64             `json:"calls_per_s,omitempty"`
	Version       int64             `json:"version" doc:"of its credentials"`
	Settings      map[string]string `json:"settings"`
	Secrets       []SecretFact      `json:"secrets" doc:"what may be known of them"`
	CredentialsAt stamp             `json:"credentials_at" doc:"when the credentials were given"`
	BeforeUntil   stamp             `json:"before_until,omitempty" doc:"until then the credentials before still read what the wallet sends"`
	CreatedAt     stamp             `json:"created_at"`
	UpdatedAt     stamp             `json:"updated_at"`
}

// SecretFact is what may be known of a secret.
type SecretFact struct {
	Field       string `json:"field" example:"certificate"`
	Kind        string `json:"kind" enum:"certificate,private_key,public_key,text"`
	Fingerprint string `json:"fingerprint" doc:"SHA-256; of a private key that of its public half; of a text its first 32 bits under the account's name"`
	Serial      string `json:"serial,omitempty"`
	Subject     string `json:"subject,omitempty"`
	NotAfter    stamp  `json:"not_after,omitempty"`
	DaysLeft    *int   `json:"days_left,omitempty" doc:"whole days; below zero it is over"`
}

func (s *Server) accountOf(a office.Account) Account {
	out := Account{ID: string(a.ID), Wallet: string(a.Wallet), Mode: a.Mode, Priority: a.Priority, Enabled: a.Enabled, FeeRate: a.FeeRate, CallsPerS: a.CallsPerS,
		Version: a.Version, Settings: a.Settings, Secrets: []SecretFact{}, CredentialsAt: stampOf(a.MadeAt), BeforeUntil: stampOf(a.Before),
		CreatedAt: stampOf(a.CreatedAt), UpdatedAt: stampOf(a.UpdatedAt)}
	if out.Settings == nil {
		out.Settings = map[string]string{}
	}
	for _, f := range a.Facts {
		fact := SecretFact{Field: f.Field, Kind: string(f.Kind), Fingerprint: f.Fingerprint, Serial: f.Serial, Subject: f.Subject, NotAfter: stampOf(f.NotAfter)}
		if days, ends := f.DaysLeft(s.Now()); ends {
			fact.DaysLeft = &days
		}
		out.Secrets = append(out.Secrets, fact)
	}
	return out
}

// personally refuses programs: a key that leaked must not lead the money to
// another account.
func personally(c caller) error {
	if !c.person() {
		return guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	return nil
}

// AccountPath names an account in the path.
type AccountPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *AccountPath) id() guitai.AccountID { return guitai.AccountID(in.ID) }

func (in *AccountPath) check() error { return named(in.ID, guitai.CodeAccountNotFound) }

// accounts is GET /v1/accounts.
func (s *Server) accounts(ctx context.Context, c caller, _ *nothing) (*reply[list[Account]], error) {
	all, err := s.Accounts.List(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(all, s.accountOf), nil
}

type makeAccount struct{ Asked body[AccountIn] }

// addAccount is POST /v1/accounts.
func (s *Server) addAccount(ctx context.Context, c caller, in *makeAccount) (*reply[Account], error) {
	b, err := in.Asked.get()
	if err == nil {
		err = personally(c)
	}
	if err != nil {
		return nil, err
	}
	a, err := s.Accounts.Add(ctx, c.merchant, office.NewAccount{ID: guitai.AccountID(b.ID), Priority: b.Priority, FeeRate: b.FeeRate, CallsPerS: b.Calls,
		Opening: office.Opening{Wallet: guitai.Wallet(b.Wallet), Mode: pay.Mode(b.Mode), Settings: b.Settings, Secrets: b.Secrets}})
	if err != nil {
		return nil, err
	}
	return ok(s.accountOf(a)), nil
}

type renewAccount struct {
	AccountPath
	Asked body[CredentialsIn]
}

// renewCredentials is POST /v1/accounts/{id}/credentials.
func (s *Server) renewCredentials(ctx context.Context, c caller, in *renewAccount) (*reply[Account], error) {
	b, err := in.Asked.get()
	if err == nil {
		err = personally(c)
	}
	if err != nil {
		return nil, err
	}
	a, err := s.Accounts.Renew(ctx, c.merchant, in.id(), b.Settings, b.Secrets)
	if err != nil {
		return nil, err
	}
	return ok(s.accountOf(a)), nil
}

// enableAccount is POST /v1/accounts/{id}/enable.
func (s *Server) enableAccount(ctx context.Context, c caller, in *AccountPath) (*reply[Account], error) {
	return s.turn(ctx, c, in, office.On)
}

// disableAccount is POST /v1/accounts/{id}/disable.
func (s *Server) disableAccount(ctx context.Context, c caller, in *AccountPath) (*reply[Account], error) {
	return s.turn(ctx, c, in, office.Off)
}

func (s *Server) turn(ctx context.Context, c caller, in *AccountPath, to office.Enabled) (*reply[Account], error) {
	if err := personally(c); err != nil {
		return nil, err
	}
	a, err := s.Accounts.Enable(ctx, c.merchant, in.id(), to)
	if err != nil {
		return nil, err
	}
	return ok(s.accountOf(a)), nil
}

type setMode struct {
	ID    string `path:"id" maxLength:"64"`
	Asked body[ModeIn]
}

func (in *setMode) check() error { return named(in.ID, guitai.CodeTillNotFound) }

// tillMode is POST /v1/tills/{id}/mode.
func (s *Server) tillMode(ctx context.Context, c caller, in *setMode) (*reply[ModeIn], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	return ok(b), s.Accounts.Train(ctx, c.merchant, guitai.TillID(in.ID), pay.Mode(b.Mode))
}
