package pay

import (
	"guitai"
	"guitai/channel"
)

// Mode keeps what moves real money apart from what does not.
type Mode string

// The modes.
const (
	Live    Mode = "live"
	Sandbox Mode = "sandbox"
)

// Table is all that the switch knows of accounts at one moment. A table is
// never changed: Swap puts another in its place, and calls under way end on the
// one that they began with.
type Table struct {
	Accounts []Account // in order of priority
	Channels map[guitai.AccountID]channel.Channel
	// Before are the channels on the credentials before. What a wallet sent
	// while they were exchanged is read by them when the new one cannot.
	Before map[guitai.AccountID]channel.Channel
	// Training are the tills that take money on sandbox accounts only. All
	// others never do.
	Training map[guitai.TillID]bool
}

// Swap exchanges accounts and channels while payments are under way. An account
// that payments were made on must stay in the table, Off, or nobody follows
// them. Before the first Swap the fields Accounts and Channels are the table.
func (s *Switch) Swap(t Table) { s.swapped.Store(&t) }

func (s *Switch) table() Table {
	if t := s.swapped.Load(); t != nil {
		return *t
	}
	return Table{Accounts: s.Accounts, Channels: s.Channels}
}

// channelOf is the channel of an account; nil when there is none.
func (s *Switch) channelOf(id guitai.AccountID) channel.Channel { return s.table().Channels[id] }

// modeAt is the mode in which a till takes money.
func (s *Switch) modeAt(t guitai.TillID) Mode {
	if s.table().Training[t] {
		return Sandbox
	}
	return Live
}

// TillMode is the mode in which a till takes money.
func (s *Switch) TillMode(t guitai.TillID) Mode { return s.modeAt(t) }

// ModeOf is the mode of the account that a payment was made on.
func (s *Switch) ModeOf(p *guitai.Payment) Mode {
	for _, a := range p.Attempts {
		if acc, ok := s.accountByID(a.Account); ok && acc.Mode == Sandbox {
			return Sandbox
		}
	}
	return Live
}

// need is what a payment asks of an account.
type need struct {
	merchant guitai.MerchantID
	mode     Mode
	kind     guitai.PaymentKind
	wallet   guitai.Wallet // empty: any
}

// needOf is what a payment at a till of a merchant asks of an account.
func (s *Switch) needOf(m guitai.MerchantID, t guitai.TillID, k guitai.PaymentKind, w guitai.Wallet) need {
	return need{m, s.modeAt(t), k, w}
}

// takes reports whether an account takes such a payment: it is not off, is of
// the mode, and its channel can do it.
func (t Table) takes(a Account, n need) bool {
	if a.Off || a.Merchant != n.merchant || n.wallet != "" && a.Wallet != n.wallet || (a.Mode == Sandbox) != (n.mode == Sandbox) {
		return false
	}
	_, shows := t.Channels[a.ID].(channel.Shower)
	return shows || n.kind != guitai.Show
}
