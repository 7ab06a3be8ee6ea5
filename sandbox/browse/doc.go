// Package browse is the browser inside a wallet's app: without a screen, it
// walks a merchant's pay page as a payer's phone does (Walk); with one, it
// stands between such a page and the phone of the street (Window), names the
// app to the page, and lends it the app's script bridge.
//
// It never leaves this machine: only loopback addresses are opened, and sizes,
// times and redirects are limited. It never pays: it brings back the order that
// the page hands to the app. It imports the book of the sandbox for its words.
//
// Start reading at walk.go; read.go is the reader of pages, window.go the
// browser with a screen.
package browse
