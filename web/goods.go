package web

// goodsRoutes are those of what tills keep: goods, prices, people, settings.
func (s *Server) goodsRoutes(d *desk) {
	add(d, members, "GET /v1/tills/{id}/bundle", "What a till needs to sell without a line, or what changed of it", s.bundle)
}
