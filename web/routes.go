package web

import "net/http"

// eventsRoute is served by hand: a stream is no single answer.
const eventsRoute = "GET /v1/events"

// routes is the table of all routes.
func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.page(s.html("index.html")))
	mux.HandleFunc("GET /till", s.page(s.html("till.html")))
	mux.HandleFunc("GET /office", s.page(s.html("office.html")))
	mux.HandleFunc("GET /screen", s.page(s.html("screen.html")))
	mux.HandleFunc("GET /assets/", s.page(s.assets))
	mux.HandleFunc("GET /links", s.page(s.links))
	mux.HandleFunc("GET /healthz", s.page(s.health))
	mux.Handle("GET /metrics", s.traffic.page)
	mux.HandleFunc("POST /notify/{wallet}/{account}", s.page(s.notify))
	mux.HandleFunc("GET /p/{code}", s.payPage(s.openPage))
	mux.HandleFunc("POST /p/{code}", s.payPage(s.pressed))
	s.receiptPages(mux)
	s.trustPages(mux)
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
	add(d, managers, "POST /v1/suspense/{id}/keep", "Keep it for investigation", s.keepSuspense)
	add(d, members, "GET /v1/incidents", "Cases for a person: where the wallet's words contradict each other or lead nowhere", s.incidents)
	add(d, members, "GET /v1/rules", "What is limited, and what needs a manager", s.rules)
	add(d, owners, "PUT /v1/rules", "Put these rules in the place of all", s.setRules)
	add(d, people, "POST /v1/approvals", "A manager's leave for one deed or act of one amount at this till", s.approve)
	add(d, managers, "POST /v1/incidents/{id}/close", "Close a case with a note on how it ended", s.closeIncident)
	add(d, anybody, "POST /v1/sessions", "Sign in at a till", s.signIn)
	add(d, people, "GET /v1/session", "Who is signed in", s.session)
	add(d, anybody, "DELETE /v1/session", "Sign off", s.signOut)
	add(d, anybody, "GET /v1/tills", "The tills to choose from", s.tills)
	add(d, members, "GET /v1/goods", "Departments and goods", s.goods)
	s.stickerRoutes(d)
	s.memberRoutes(d)
	add(d, anybody, "GET /v1/errors", "Every error code in words", s.wordings)
	add(d, anybody, "GET /v1/enrolments/keys", "The server's public keys, and its time", s.houseKeys)
	add(d, anybody, "POST /v1/enrolments", "Bind this browser to a till, by a manager's code", s.bindTill)
	add(d, anybody, "POST /v1/tills/{id}/enrolment-codes", "A code that binds a browser to a till", s.enrolmentCode)
	add(d, managers, "GET /v1/tills/{id}/keys", "The keys that a till had, newest first", s.tillKeys)
	add(d, managers, "POST /v1/tills/{id}/keys/{kid}/revoke", "End a till's key at once", s.revokeKey)
	add(d, members, "POST /v1/offline/slots", "What an enrolled till needs to take QR money without a line", s.loadTill)
	add(d, members, "GET /v1/offline/payments", "What became of the offline codes of a bill", s.offlineBill)
	add(d, members, "POST /v1/offline/settled", "A bill was settled without the offline code shown for it", s.settledOtherwise)
	s.goodsRoutes(d)
	s.webhookRoutes(d)
	s.accountRoutes(d)
	s.paperRoutes(d)
	s.journalRoutes(d)
	d.describeEvents()
	d.finish()
}

// stickerRoutes are the static codes and the rounds that look after them.
func (s *Server) stickerRoutes(d *desk) {
	add(d, managers, "POST /v1/codes", "Issue a static code", s.issueCode)
	add(d, members, "GET /v1/codes", "List static codes, newest first", s.codes)
	add(d, members, "GET /v1/codes/sheet.pdf", "A4 sheets of stickers", s.codeSheet)
	add(d, members, "GET /v1/codes/{id}", "A static code", s.getCode)
	add(d, members, "GET /v1/codes/{id}/picture", "A sticker or table tent to print", s.codePicture)
	add(d, members, "POST /v1/codes/{id}/print", "Print it on the receipt printer", s.printCode)
	add(d, managers, "POST /v1/codes/{id}/revoke", "Take a static code out of use for ever", s.revokeCode)
	add(d, members, "POST /v1/rounds", "Begin a round of all codes in a shop", s.startRound)
	add(d, members, "GET /v1/rounds", "List rounds, newest first", s.rounds)
	add(d, members, "GET /v1/rounds/{id}", "A round: found, missing, and every scan", s.getRound)
	add(d, members, "POST /v1/rounds/{id}/scans", "Judge a scanned code", s.scanCode)
	add(d, members, "POST /v1/rounds/{id}/end", "End a round and keep its report", s.endRound)
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
