package phone

import (
	"embed"
	"net/http"

	"guitai/qr"
)

//go:embed page
var files embed.FS

// policy lets the page load its own files and nothing else, and frame the
// browser of the wallets' apps, which is on another port of this machine. data:
// is for the pictures on the printer's paper.
func policy(window string) string {
	frames := ""
	for _, host := range []string{"127.0.0.1", "localhost"} {
		frames += " http://" + host + ":" + window
	}
	return own + "frame-src" + frames
}

const own = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "

// table is every file of the page and what it is.
func table() map[string]string {
	const script, style = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
	return map[string]string{
		"index.html": "text/html; charset=utf-8",
		"phone.css":  style, "street.css": style,
		"phone.js": script, "call.js": script, "words.js": script, "say.js": script, "part.js": script,
		"wallet.js": script, "pay.js": script, "fault.js": script, "paper.js": script, "inside.js": script,
		"icon.svg": "image/svg+xml",
	}
}

// Handler serves the page at / and its files beside it. window is the port of
// the apps' browser.
func Handler(window string) http.Handler {
	mux := http.NewServeMux()
	for name, kind := range table() {
		path := "GET /" + name
		if name == "index.html" {
			path = "GET /{$}"
		}
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			body, err := files.ReadFile("page/" + name)
			if err != nil {
				http.Error(w, "the page is not whole", http.StatusInternalServerError)
				return
			}
			h := w.Header()
			h.Set("Content-Type", kind)
			h.Set("Content-Security-Policy", policy(window))
			h.Set("Cache-Control", "no-cache")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			_, _ = w.Write(body) // a reader who has gone is not our trouble
		})
	}
	return mux
}

// Picture is a code as a phone shows it: SVG documents, black on white, with
// their quiet zones.
type Picture struct {
	QR   string `json:"qr"`
	Bars string `json:"bars,omitempty"` // Code 128; only for digits
}

// Draw draws a text of at most qr.MaxText bytes as a QR code and, when it is 6
// to 32 digits, as bars. Errors are those of qr.Encode.
func Draw(text string) (Picture, error) {
	m, err := qr.Encode(text, qr.Medium)
	if err != nil {
		return Picture{}, err
	}
	p := Picture{QR: m.SVG(0)}
	if widths, ok := bars(text); ok {
		p.Bars = barsSVG(widths)
	}
	return p, nil
}
