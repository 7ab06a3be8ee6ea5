// Package ui holds the built screens of the shop: the till, the customer
// screen, the page that says where to go and the API as a page. Their source is
// Svelte and TypeScript in src/; `npm run build` writes dist/, which is
// committed so that Go alone builds and runs everything.
//
// It never decides anything about money: the screens show what the server says
// and send what the cashier asks for. It never loads anything from another
// origin, needs no inline script or style, and reads no flag or environment.
// It may import nothing from the project.
//
// Start reading at ui.go for what the server gets. For the screens start at
// src/style/tokens.css (how it looks), src/i18n/catalogue.ts (every word in
// three languages), src/parts/ (the parts all pages share), then
// src/till/Till.svelte and src/till/collect.svelte.ts, the walk of one payment.
package ui
