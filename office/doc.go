// Package office keeps the people and places of a merchant: shops, tills,
// staff, goods and keys, and says who is at the door: a person with a PIN at a
// till, or a program with an API key. It binds a till to the key of one browser,
// and proves and confirms the codes that such a till makes without a line
// (docs/offline-qr.md). What tills keep it hands out by difference, and keeps
// every change of it (docs/till-bundle.md).
//
// It never takes money, and never keeps a PIN, a token or a key in the clear.
// It may import the root package, store, and the rooms that stand under it in
// the house. Start reading at office.go, then signin.go, enrol.go,
// offline.go and bundle.go.
package office
