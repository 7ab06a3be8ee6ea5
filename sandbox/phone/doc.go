// Package phone is the page of the street: a phone with the payers' wallets,
// the codes that wait to be paid, the switches of fate, and the paper of the
// receipt printer. It also draws codes: QR, and Code 128 for the digits that a
// payer shows.
//
// It never keeps anything and never decides anything: all that the page does
// goes through the control calls of the street, which it reaches as any other
// client does. The page loads nothing from elsewhere. From the project it
// imports only qr.
//
// Start reading at page.go (how the files are served), then page/phone.js (what
// the page knows) and bars.go (Code 128).
package phone
