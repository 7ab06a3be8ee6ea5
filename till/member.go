package till

import (
	"io"

	"guitai/store"
)

// Club keeps members, their points, and the house's vouchers. Its fields are
// set once; Rand must be unpredictable and safe for concurrent use.
type Club struct {
	Store *store.Store
	Rand  io.Reader
}
