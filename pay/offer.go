package pay

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/qr"
	"guitai/store"
)

// offers reports whether a request gets our own code, which every wallet opens,
// instead of one wallet's.
func (s *Switch) offers(r Request) bool {
	return r.Kind == guitai.Show && r.Wallet == "" && s.PublicURL != ""
}

// offered makes a new payment one that waits for whoever opens its code.
func (s *Switch) offered(p guitai.Payment) (guitai.Payment, error) {
	var token qr.Token
	if _, err := io.ReadFull(s.Rand, token[:]); err != nil {
		return p, err
	}
	p.Offer = guitai.Offer{Token: token.String(), State: guitai.OfferOpen}
	p.State = guitai.PaymentWaiting
	return p, nil
}

// OfferCode is what the code of an offered payment says, as long as a payer may
// begin to pay it or is paying. Empty: there is none.
func (s *Switch) OfferCode(p *guitai.Payment) string {
	token, err := qr.ParseToken(p.Offer.Token)
	if err != nil || s.PublicURL == "" {
		return ""
	}
	// The seal holds whole seconds; the payment itself knows its end exactly.
	until := p.ExpiresAt.Add(time.Second - 1).Truncate(time.Second)
	return s.PublicURL + "/p/" + qr.Own{Kind: qr.OwnPayment, Token: token, Expires: until}.Write(qr.OwnKey(s.Secret))
}

// ReadCode reads one of our own codes: the last part of its address.
func (s *Switch) ReadCode(text string) (qr.Own, error) {
	o, err := qr.ReadOwn(text, qr.OwnKey(s.Secret))
	if err != nil {
		return o, guitai.Fail(guitai.NotFound, guitai.CodeCodeForeign, err)
	}
	return o, nil
}

// Offered returns the payment behind one of our own codes. Its merchant is told
// to nobody who has not the code.
func (s *Switch) Offered(ctx context.Context, t qr.Token) (guitai.Payment, error) {
	var p guitai.Payment
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		p, err = tx.PaymentByOffer(t.String())
		return found(err, guitai.CodeCodeForeign)
	})
	return p, err
}

// Key derives a key for one purpose from the switch's secret.
func (s *Switch) Key(purpose string) []byte {
	h := hmac.New(sha256.New, s.Secret)
	h.Write([]byte("guitai key\x00" + purpose))
	return h.Sum(nil)
}

// Payer is who holds the phone, as an account's wallet names the payer. An
// empty name: nobody knows, and whoever has the wallet's code may pay.
type Payer struct {
	Account guitai.AccountID
	Name    string
}

// payerMAC is the keyed print of a payer at a merchant's wallet.
func (s *Switch) payerMAC(acc Account, name string) string {
	if name == "" {
		return ""
	}
	h := hmac.New(sha256.New, s.Key("payer"))
	h.Write([]byte(string(acc.Merchant) + "\x00" + string(acc.Wallet) + "\x00" + name))
	return hex.EncodeToString(h.Sum(nil))
}

// Showing returns the account of each wallet that can show a code at a till of
// a merchant, in order of priority.
func (s *Switch) Showing(m guitai.MerchantID, t guitai.TillID) []Account {
	var list []Account
	seen := map[guitai.Wallet]bool{}
	for _, a := range s.candidates(s.needOf(m, t, guitai.Show, "")) {
		if !seen[a.Wallet] {
			seen[a.Wallet] = true
			list = append(list, a)
		}
	}
	return list
}

// Greet is where to send the payer's browser inside the wallet's app to learn
// who the payer is. Empty: this wallet does not tell, or needs not be asked.
func (s *Switch) Greet(acc Account, back, state string) string {
	inside, ok := s.channelOf(acc.ID).(channel.Inside)
	if !ok {
		return ""
	}
	return inside.Greet(back, state)
}

// Meet turns the query with which the browser came back from Greet into the
// payer's name. It moves no money.
func (s *Switch) Meet(ctx context.Context, acc Account, query map[string][]string) (Payer, error) {
	inside, ok := s.channelOf(acc.ID).(channel.Inside)
	if !ok {
		return Payer{}, guitai.FailField(guitai.CodeWalletNotEnabled, "wallet")
	}
	call, cancel := s.deadline(ctx, s.now())
	defer cancel()
	ans := inside.Payer(call, query)
	if ans.Outcome != channel.Waiting || ans.Payer == "" {
		return Payer{}, guitai.Fail(guitai.Declined, guitai.CodePayerNotNamed)
	}
	return Payer{Account: acc.ID, Name: ans.Payer}, nil
}

// endOffer ends an offer for good and, for a job, finishes the job under its
// fence. A lapse is judged anew: a payer may have begun meanwhile.
func (s *Switch) endOffer(ctx context.Context, at attemptRef, why guitai.Code, j *store.Job) (guitai.Payment, error) {
	var p guitai.Payment
	err := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if j != nil {
			if err := tx.FinishJob(*j); err != nil {
				return err
			}
		}
		now := s.now()
		old, err := tx.Payment(at.merchant, at.payment)
		if err != nil {
			return err
		}
		p = old
		if !old.Offer.Open() || j != nil && (old.Live() != nil || now.Before(old.ExpiresAt)) {
			return s.schedule(tx, &old, now)
		}
		next, c := old.EndOffer(why, now)
		row := store.TimelineRow{Merchant: p.Merchant, Payment: p.ID, At: now, Kind: "state", Op: "offer",
			From: string(old.Offer.State), To: string(next.Offer.State), Failure: string(why)}
		if err := s.keep(tx, []store.TimelineRow{row}, now); err != nil {
			return err
		}
		p, err = s.store(tx, old, next, c, now)
		return err
	})
	return p, err
}

// withinDay refuses a payment by a static code that would take its payer over
// what one payer may pay on one day (transaction 1). A payer whom the wallet
// does not name is held to it once: the day is then the wallet's to count.
func (s *Switch) withinDay(tx *store.Tx, r Request) error {
	if r.Source == "" {
		return nil
	}
	fen := r.Amount.Fen
	if r.PayerMAC != "" {
		before, err := tx.FenOfPayer(r.Merchant, r.PayerMAC, r.day)
		if err != nil {
			return err
		}
		fen += before
	}
	if fen > s.Policy.StaticDayFen {
		return guitai.Fail(guitai.Limited, guitai.CodeLimitStatic)
	}
	return nil
}
