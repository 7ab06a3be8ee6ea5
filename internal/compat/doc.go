// Package compat lets the wallets' own client libraries judge the sandbox: what
// they cannot order, pay, refund, verify or decrypt, no merchant could.
//
// It is a module of its own, so that those libraries never stand in the house's
// go.mod, and holds tests only. It may import the sandbox and the libraries.
//
// Start reading at wechat_test.go.
package compat
