package guitai

import "time"

// Topic names a kind of news, such as "payment.paid".
type Topic string

// The topics. Each payment topic is "payment." and the state that the payment
// came into; refunds and suspense likewise.
const (
	TopicSuspenseOpened   Topic = "suspense.opened"
	TopicSuspenseAttached Topic = "suspense.attached"
	TopicSuspenseReturned Topic = "suspense.returned"
	TopicSuspenseKept     Topic = "suspense.kept"
	TopicIncidentOpened   Topic = "incident.opened"
)

// PaymentTopic is the topic of a payment that came into the state.
func PaymentTopic(s PaymentState) Topic { return "payment." + Topic(s) }

// RefundTopic is the topic of a refund that came into the state.
func RefundTopic(s RefundState) Topic { return "refund." + Topic(s) }

// News is what others are told after a commit: tills, webhooks, speakers. N is
// given after the commit by one worker, without gaps, so that a reader can go
// on where it stopped.
type News struct {
	ID       EventID
	N        int64 // 0 until numbered
	Merchant MerchantID
	Shop     ShopID
	Till     TillID
	Topic    Topic
	Payment  PaymentID
	Refund   RefundID
	At       time.Time
}

// SuspenseState is where money in suspense stands.
type SuspenseState string

// The states of money in suspense.
const (
	SuspenseOpen      SuspenseState = "open"      // waiting for a person or for its time
	SuspenseAttached  SuspenseState = "attached"  // counted for its payment after all
	SuspenseReturning SuspenseState = "returning" // a refund of it is under way
	SuspenseReturned  SuspenseState = "returned"  // given back
	// SuspenseKept: kept for investigation. It is not given back by itself; a
	// person attaches it or gives it back in the end.
	SuspenseKept SuspenseState = "kept"
)

// Suspense is money that a wallet took and that counts for no payment.
type Suspense struct {
	ID         SuspenseID
	Merchant   MerchantID
	Payment    PaymentID
	Attempt    int
	Amount     Money
	Why        SuspenseReason
	State      SuspenseState
	ReturnAt   time.Time // when it is given back by itself
	Refund     RefundID  // the refund that gives it back
	Refused    int       // how many times the wallet refused to give it back
	Note       string    // why it is kept, in a person's words
	CreatedAt  time.Time
	ResolvedAt time.Time
	Version    int64
}
