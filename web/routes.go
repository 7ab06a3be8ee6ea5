package web

import "net/http"

// eventsRoute is served by hand: a stream is no single answer.
const eventsRoute = "GET /v1/events"

// routes is the table of all routes.
func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.page(s.html("index.html")))
	mux.HandleFunc("GET /till", s.page(s.html("till.html")))
	mux.HandleFunc("GET /screen", s.page(s.html("screen.html")))
	mux.HandleFunc("GET /assets/", s.page(s.assets))
	mux.HandleFunc("GET /links", s.page(s.links))
	mux.HandleFunc("GET /healthz", s.page(s.health))
	mux.Handle("GET /metrics", s.traffic.page)
	mux.HandleFunc("POST /notify/{wallet}/{account}", s.page(s.notify))
	mux.HandleFunc(eventsRoute, s.page(s.events))
	mux.HandleFunc("GET /v1/docs", s.page(s.html("docs.html")))

	d := s.newDesk(mux)
	add(d, members, "POST /v1/payments", "Take a payment", s.takePayment)
	add(d, members, "GET /v1/payments", "List payments, newest first", s.payments)
	add(d, members, "GET /v1/payments/{id}", "A payment as it stands", s.getPayment)
	add(d, members, "POST /v1/payments/{id}/ask", "Ask the wallet now", s.askPayment)
	add(d, members, "POST /v1/payments/{id}/close", "Close or reverse a payment that was not taken", s.closePayment)
	add(d, members, "POST /v1/payments/{id}/void", "Undo a payment of the present day", s.voidPayment)
	add(d, members, "POST /v1/payments/{id}/refunds", "Give a part or all back", s.refundPayment)
	add(d, members, "GET /v1/payments/{id}/refunds", "Refunds of a payment", s.refundsOf)
	add(d, members, "GET /v1/payments/{id}/timeline", "Every message on the wire, masked, and every change of state", s.timeline)
	add(d, members, "GET /v1/payments/{id}/code.svg", "The code to scan, as a picture", s.codeImage)
	add(d, members, "GET /v1/payments/{id}/receipt", "The slip", s.slip)
	add(d, members, "POST /v1/payments/{id}/print", "Print the slip at the till", s.print)
	add(d, members, "GET /v1/refunds/{id}", "A refund as it stands", s.getRefund)
	add(d, members, "GET /v1/suspense", "Money that was taken and counts for nothing yet", s.suspense)
	add(d, managers, "POST /v1/suspense/{id}/attach", "Count it for its payment after all", s.attach)
	add(d, managers, "POST /v1/suspense/{id}/return", "Give it back", s.giveBack)
	add(d, anybody, "POST /v1/sessions", "Sign in at a till", s.signIn)
	add(d, people, "GET /v1/session", "Who is signed in", s.session)
	add(d, anybody, "DELETE /v1/session", "Sign off", s.signOut)
	add(d, anybody, "GET /v1/tills", "The tills to choose from", s.tills)
	add(d, members, "GET /v1/goods", "Departments and goods", s.goods)
	add(d, anybody, "GET /v1/errors", "Every error code in words", s.wordings)
	s.webhookRoutes(d)
	s.accountRoutes(d)
	d.describeEvents()
	d.finish()
}

// webhookRoutes are those of telling a merchant's own programs.
func (s *Server) webhookRoutes(d *desk) {
	add(d, managers, "POST /v1/webhooks", "Name an address that is told what happens", s.openWebhook)
	add(d, managers, "GET /v1/webhooks", "The addresses that are told", s.webhooks)
	add(d, managers, "GET /v1/webhooks/{id}", "A webhook as it stands", s.getWebhook)
	add(d, managers, "POST /v1/webhooks/{id}", "Change a webhook", s.changeWebhook)
	add(d, managers, "DELETE /v1/webhooks/{id}", "Tell this address no more", s.deleteWebhook)
	add(d, managers, "POST /v1/webhooks/{id}/rotate", "A new secret; the old one signs too for 24 hours", s.rotateWebhook)
	add(d, managers, "POST /v1/webhooks/{id}/test", "Send a message to try it", s.testWebhook)
	add(d, managers, "GET /v1/webhooks/{id}/deliveries", "What was sent, newest first", s.deliveries)
	add(d, managers, "GET /v1/deliveries/{id}", "A delivery with every try", s.getDelivery)
	add(d, managers, "POST /v1/deliveries/{id}/replay", "Send a message again", s.replayDelivery)
}

// accountRoutes are those of our accounts at the wallets. What changes them is
// for the owner in person.
func (s *Server) accountRoutes(d *desk) {
	add(d, managers, "GET /v1/accounts", "Our accounts at the wallets, without their secrets", s.accounts)
	add(d, owners, "POST /v1/accounts", "A new account; for the owner in person", s.addAccount)
	add(d, owners, "POST /v1/accounts/{id}/credentials", "New keys and certificates, without a break; for the owner in person", s.renewCredentials)
	add(d, owners, "POST /v1/accounts/{id}/enable", "Let an account take money; for the owner in person", s.enableAccount)
	add(d, owners, "POST /v1/accounts/{id}/disable", "Let it take no more; for the owner in person", s.disableAccount)
	add(d, managers, "POST /v1/tills/{id}/mode", "Training: the till takes money on sandbox accounts only", s.tillMode)
}
