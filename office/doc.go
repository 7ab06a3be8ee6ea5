// Package office keeps the people and places of a merchant: shops, tills,
// staff, goods and keys, and says who is at the door: a person with a PIN at a
// till, or a program with an API key.
//
// It never takes money, and never keeps a PIN, a token or a key in the clear.
// It may import the root package, store, and the rooms that stand under it in
// the house. Start reading at office.go, then signin.go.
package office
