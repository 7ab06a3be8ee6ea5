package office_test

import (
	"testing"
	"time"

	"guitai/office"
)

// FuzzFacts: whatever an owner gives as a secret, looking at it neither fails
// nor shows it.
func FuzzFacts(f *testing.F) {
	f.Add("an API key of thirty-two bytes !!")
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
	f.Add("-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, secret string) {
		facts := office.FactsOf("acc_1", map[string]string{"field": secret})
		if len(facts) != 1 || facts[0].Field != "field" || facts[0].Fingerprint == "" || facts[0].Fingerprint == secret {
			t.Errorf("%+v", facts)
		}
		facts[0].DaysLeft(time.Unix(0, 0))
	})
}
