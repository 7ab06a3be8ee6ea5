// Package wallet is what a provider of the street gets and gives: the desk it
// works at, the doors it listens at, and the calls that the street makes.
//
// It holds no behaviour and never decides about money. It imports the book and the faults of the sandbox.
//
// Start reading at Provider; wechat/ is an example. A package of a provider
// offers Policy, which is given to the book first, and Open, which makes the
// provider: see wechat.Policy and wechat.Open.
package wallet
