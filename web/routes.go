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
	mux.HandleFunc("GET /p/{code}", s.payPage(s.openPage))
	mux.HandleFunc("POST /p/{code}", s.payPage(s.pressed))
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
	add(d, anybody, "GET /v1/enrolments/keys", "The server's public keys, and its time", s.houseKeys)
	add(d, anybody, "POST /v1/enrolments", "Bind this browser to a till, by a manager's code", s.bindTill)
	add(d, anybody, "POST /v1/tills/{id}/enrolment-codes", "A code that binds a browser to a till", s.enrolmentCode)
	add(d, managers, "GET /v1/tills/{id}/keys", "The keys that a till had, newest first", s.tillKeys)
	add(d, managers, "POST /v1/tills/{id}/keys/{kid}/revoke", "End a till's key at once", s.revokeKey)
	add(d, members, "POST /v1/offline/slots", "What an enrolled till needs to take QR money without a line", s.loadTill)
	add(d, members, "GET /v1/offline/payments", "What became of the offline codes of a bill", s.offlineBill)
	add(d, members, "POST /v1/offline/settled", "A bill was settled without the offline code shown for it", s.settledOtherwise)
	d.describeEvents()
	d.finish()
}
