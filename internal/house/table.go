package house

import "strings"

// Room is one line of the house's table: a folder, everything below it, and
// what it may know of the project.
type Room struct {
	Path     string   // folder under the root of the module; "root" is the module's own package
	Floor    int      // a room knows only rooms of lower floors
	May      []string // rooms its production code imports; Everybody for all
	MayTest  []string // rooms of any floor that its tests import besides all lower floors and the test rooms
	ForTests bool     // only tests may import it
	Alone    bool     // its tests too keep to May and internal/testkit
}

// Everybody in a list of rooms stands for all of them.
const Everybody = "*"

// rooms is the table of docs/ARCHITECTURE.md. A folder without a line fails.
var rooms = []Room{
	{Path: "root", Floor: 0},

	{Path: "qr", Floor: 1, May: []string{"root"}},
	{Path: "ledger", Floor: 1, May: []string{"root"}},
	{Path: "channel", Floor: 1, May: []string{"root"}},
	{Path: "notify", Floor: 1, May: []string{"root"}},
	{Path: "device", Floor: 1, May: []string{"root"}},
	{Path: "store", Floor: 1, May: []string{"root"}},
	{Path: "ui", Floor: 1, May: []string{"root"}},
	{Path: "vault", Floor: 1, May: []string{"root"}},
	{Path: "cert", Floor: 1, May: []string{"root"}},
	{Path: "receipt/font", Floor: 1},

	// What the adapters have in common on the wire.
	{Path: "channel/wire", Floor: 1, May: []string{"root"}},

	{Path: "channel/channeltest", Floor: 2, May: []string{"root", "channel", "qr"}, ForTests: true},
	{Path: "channel/wechat", Floor: 2, May: []string{"root", "channel", "channel/wire", "qr"}},
	{Path: "channel/alipay", Floor: 2, May: []string{"root", "channel", "channel/wire", "qr"}},
	{Path: "channel/unionpay", Floor: 2, May: []string{"root", "channel", "channel/wire", "qr"}},
	{Path: "channel/card", Floor: 2, May: []string{"root", "channel", "channel/wire", "qr"}},
	{Path: "receipt", Floor: 2, May: []string{"root", "qr", "receipt/font"}},
	{Path: "sheet", Floor: 2, May: []string{"root", "qr", "receipt/font"}},
	// The simulation of a trading hour lets the real workers run.
	{Path: "pay", Floor: 2, May: []string{"root", "qr", "channel", "ledger", "store"}, MayTest: []string{"after"}},

	// The other side of the wire: it shares no code with the channels, or an
	// error in one would be hidden by the same error in the other.
	{Path: "sandbox", Floor: 2, May: []string{"root", "qr"}, Alone: true},

	// The program beside a till's browser.
	{Path: "beside", Floor: 2, May: []string{"root", "device"}},

	{Path: "till", Floor: 3, May: []string{"root", "qr", "channel", "ledger", "receipt", "notify", "device", "store", "pay"}},
	{Path: "office", Floor: 3, May: []string{"root", "qr", "channel", "ledger", "receipt", "notify", "device", "store", "vault", "pay"}},
	{Path: "books", Floor: 3, May: []string{"root", "qr", "channel", "ledger", "receipt", "notify", "device", "store", "pay"}},
	{Path: "after", Floor: 3, May: []string{"root", "store", "notify", "vault"}},

	{Path: "web", Floor: 4, May: []string{"root", "qr", "receipt", "sheet", "notify", "device", "pay", "till", "office", "books", "ui"}},

	{Path: "cmd/guitai", Floor: 5, May: []string{Everybody}},

	{Path: "internal/house", Floor: 0, ForTests: true, Alone: true},
	{Path: "internal/testkit", Floor: 5, May: []string{Everybody}, ForTests: true},
	{Path: "internal/bench", Floor: 6, May: []string{Everybody}, ForTests: true},
}

// Module is a library of somebody else and the rooms that may use it.
type Module struct {
	Path  string   // import path, the longest that matches counts
	Rooms []string // rooms whose production code may use it
	Tests []string // rooms whose tests may use it besides; Everybody for all
}

// modules lists every library that is used, or chosen for what comes next.
// Most have one owner, so that it can be exchanged in one place.
var modules = []Module{
	{Path: "modernc.org/sqlite", Rooms: []string{"store", "internal/testkit", "internal/bench"}},
	{Path: "github.com/jackc/pgx/v5", Rooms: []string{"store", "internal/testkit", "internal/bench"}},
	{Path: "github.com/pressly/goose/v3", Rooms: []string{"store"}},
	{Path: "github.com/danielgtaylor/huma/v2", Rooms: []string{"web", "sandbox"}},
	{Path: "github.com/alecthomas/kong", Rooms: []string{"cmd/guitai"}},
	{Path: "golang.org/x/crypto/argon2", Rooms: []string{"office"}},
	{Path: "golang.org/x/crypto/acme", Rooms: []string{"web", "cmd/guitai"}},
	{Path: "github.com/go-webauthn/webauthn", Rooms: []string{"office"}},
	{Path: "github.com/pquerna/otp", Rooms: []string{"office"}},
	{Path: "github.com/mozillazg/go-pinyin", Rooms: []string{"office"}},
	{Path: "golang.org/x/time/rate", Rooms: []string{"web"}},
	{Path: "github.com/prometheus/client_golang", Rooms: []string{"web"}},
	{Path: "github.com/moov-io/iso8583", Rooms: []string{"channel/card", "sandbox"}},
	{Path: "github.com/moov-io/bertlv", Rooms: []string{"channel/card", "sandbox"}},
	{Path: "github.com/emmansun/gmsm", Rooms: []string{"channel/wechat", "channel/unionpay", "channel/card", "sandbox"}},
	{Path: "rsc.io/qr", Rooms: []string{"qr"}},
	{Path: "github.com/makiuchi-d/gozxing", Rooms: []string{"internal/testkit"}, Tests: []string{Everybody}},
	{Path: "github.com/boombuler/barcode", Rooms: []string{"receipt"}},
	{Path: "golang.org/x/image", Rooms: []string{"receipt", "sheet"}},
	{Path: "golang.org/x/text", Rooms: []string{"receipt", "sandbox", "books", "channel/alipay"}},
	{Path: "github.com/xuri/excelize/v2", Rooms: []string{"books"}},
	{Path: "github.com/signintech/gopdf", Rooms: []string{"books", "sheet"}},
	{Path: "github.com/eclipse/paho.mqtt.golang", Rooms: []string{"notify"}},
	{Path: "github.com/nats-io", Rooms: []string{"notify"}},
	{Path: "github.com/standard-webhooks/standard-webhooks", Tests: []string{"notify", "cmd/guitai"}},
	{Path: "github.com/coder/websocket", Rooms: []string{"web", "device"}},
	{Path: "filippo.io/age", Rooms: []string{"store"}},
	{Path: "aead.dev/minisign", Rooms: []string{"cmd/guitai"}},
	{Path: "github.com/ebfe/scard", Rooms: []string{"device"}},
	{Path: "github.com/hanwen/go-fuse/v2", Rooms: []string{"internal/testkit"}, Tests: []string{"store"}},
	{Path: "github.com/google/go-cmp", Tests: []string{Everybody}},
	{Path: "pgregory.net/rapid", Tests: []string{Everybody}},
	{Path: "go.uber.org/goleak", Rooms: []string{"internal/testkit"}, Tests: []string{Everybody}},
	{Path: "github.com/anishathalye/porcupine", Rooms: []string{"internal/testkit"}, Tests: []string{Everybody}},
}

// Door is something of the standard library that only few rooms may touch.
type Door struct {
	Rule  string   // name of the rule
	Path  string   // package; packages below it are meant too
	Names []string // what in it; empty for the whole package
	Rooms []string // rooms whose production code may
	Tests []string // rooms whose tests may; Everybody for all
	Tell  string   // what to do instead
}

var doors = []Door{
	{
		Rule: "http", Path: "net/http",
		Rooms: []string{
			"web", "notify", "sandbox", "channel/channeltest", "channel/wechat", "channel/alipay",
			"channel/unionpay", "channel/card", "channel/wire", "beside", "internal/testkit", "internal/bench",
		},
		Tests: []string{Everybody},
		Tell:  "only web, notify, sandbox and channel/<name> speak HTTP: move the call there, behind an interface",
	},
	{
		Rule: "sql", Path: "database/sql",
		Rooms: []string{"store", "internal/testkit", "internal/bench"},
		Tests: []string{"store", "pay", "cmd/guitai"},
		Tell:  "only store speaks SQL: add a method there",
	},
	{
		Rule: "env", Path: "flag",
		Rooms: []string{"cmd/guitai", "internal/house", "internal/bench"},
		Tests: []string{Everybody},
		Tell:  "only cmd reads flags: take the value as a field",
	},
	{
		Rule: "env", Path: "os", Names: []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Args"},
		Rooms: []string{"cmd/guitai", "internal/house", "internal/testkit", "internal/bench"},
		Tests: []string{Everybody},
		Tell:  "only cmd reads flags and the environment: take the value as a field",
	},
	{
		Rule: "clock", Path: "time", Names: []string{"Now", "Since", "Until"},
		Rooms: []string{"cmd/guitai", "internal/house", "internal/testkit", "internal/bench"},
		Tests: []string{Everybody},
		Tell:  "only cmd reads the clock: take a `Now func() time.Time` field or a `now` argument",
	},
	{
		Rule: "rand", Path: "math/rand",
		Rooms: []string{"sandbox", "channel/channeltest", "internal/testkit", "internal/bench"},
		Tests: []string{Everybody},
		Tell:  "take a `Rand io.Reader` field; what can be guessed has no place near money",
	},
	{
		Rule: "print", Path: "fmt", Names: []string{"Print", "Printf", "Println"},
		Rooms: []string{"cmd/guitai", "internal/house", "internal/bench"},
		Tests: []string{Everybody},
		Tell:  "only cmd prints: write to an io.Writer that is handed in, or log through slog at the door",
	},
	{
		Rule: "print", Path: "log", Names: []string{
			"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default",
		},
		Rooms: []string{"cmd/guitai", "internal/house", "internal/bench"},
		Tests: []string{Everybody},
		Tell:  "log through a *slog.Logger that is handed in",
	},
	{
		Rule: "print", Path: "os", Names: []string{"Stdout", "Stderr", "Stdin"},
		Rooms: []string{"cmd/guitai", "internal/house", "internal/bench", "internal/testkit"},
		Tests: []string{Everybody},
		Tell:  "only cmd owns the terminal: write to an io.Writer that is handed in",
	},
	{
		Rule: "exit", Path: "os", Names: []string{"Exit"},
		Rooms: []string{"cmd/guitai", "internal/house", "internal/bench", "internal/testkit"},
		Tests: []string{Everybody},
		Tell:  "only cmd ends the program: return an error",
	},
}

// moneyRooms reckon with money: no floating point in them.
var moneyRooms = []string{
	"root", "ledger", "pay", "books", "till", "store",
	"channel", "channel/wechat", "channel/alipay", "channel/unionpay", "channel/card",
}

// stateRooms say state and never status: the wallets' own words end at the
// channels, HTTP's at web.
var stateRooms = []string{"root", "ledger", "pay", "store", "till", "office", "books", "after"}

// makers are the functions of other people whose result, kept in a package
// variable, is never written to again.
var makers = []string{
	"errors.New", "fmt.Errorf", "fmt.Sprintf", "regexp.MustCompile",
	"strings.NewReplacer", "strings.Fields", "strings.Split", "strings.Repeat", "strings.Join",
	"time.Date", "time.FixedZone", "time.Duration",
	"hash/crc32.MakeTable", "encoding/base64.NewEncoding", "encoding/base32.NewEncoding",
	"html/template.Must", "html/template.New", "html/template.ParseFS",
	"text/template.Must", "text/template.New", "text/template.ParseFS",
	"net/netip.MustParsePrefix", "net/netip.MustParseAddr",
	"encoding/json.RawMessage", "html/template.HTML", "unicode.In",
}

// roomOf finds the line for a folder: the longest path that holds it.
func roomOf(table []Room, dir string) *Room {
	var found *Room
	for i := range table {
		r := &table[i]
		holds := dir == r.Path || strings.HasPrefix(dir, r.Path+"/")
		if r.Path == "root" {
			holds = dir == ""
		}
		if holds && (found == nil || len(r.Path) > len(found.Path)) {
			found = r
		}
	}
	return found
}
