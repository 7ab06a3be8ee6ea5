package web

import (
	"context"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"guitai"
	"guitai/qr"
)

// Trust is an authority of the shop's own, that devices must be told to trust.
type Trust struct {
	Root        []byte // its certificate, DER
	Fingerprint string // SHA-256, as devices show it
	Page        string // where devices reach the page without trusting anything yet: http://…/trust
	Till        string // where the tills are afterwards: https://…/till
}

// trustSteps are what to do on one kind of device.
type trustSteps struct {
	Name  string
	Steps []string
}

// trustWords are the page's, in one language.
type trustWords struct {
	Title, Why, Get, Compare, Open, Careful string
	Devices                                 []trustSteps
}

func trustWordsOf(l guitai.Lang) trustWords {
	switch l {
	case guitai.ZhHant:
		return trustWords{"信任本店的證書", "平板和電腦信任本店的證書後，收銀頁面才能用鏡頭、離線收銀和打印機。每台裝置做一次。", "下載證書", "安裝前請核對指紋，要與伺服器上（開機記錄，或店長手上的紙）一字不差：", "做完後打開收銀台", "只在本店自己的網絡裡做。這張證書只能用於店內的地址，不能冒充別的網站。",
			[]trustSteps{{"Android", []string{"按「下載證書」。", "打開 設定 → 安全性 → 加密與憑證 → 安裝憑證 → CA 憑證。", "選「仍要安裝」，再選剛下載的 guitai.crt。"}},
				{"iPad、iPhone", []string{"用 Safari 打開本頁，按「下載證書」，選「允許」。", "打開 設定 → 已下載描述檔 → 安裝。", "再到 設定 → 一般 → 關於本機 → 憑證信任設定，打開 Guitai 的開關。"}},
				{"Windows", []string{"按「下載證書」，雙擊 guitai.crt，按「安裝憑證」。", "選「本機電腦」→「將所有憑證放入以下的存放區」→「受信任的根憑證授權單位」。", "關掉瀏覽器再打開。"}}}}
	case guitai.En:
		return trustWords{"Trust this shop's certificate", "Once a tablet or computer trusts the shop's certificate, the till may use the camera, sell without a line and reach printers. Do it once on each device.", "Download the certificate", "Before installing, compare the fingerprint with the one at the server (in its log, or on the manager's paper). It must be the same to the letter:", "Then open the till", "Do this inside the shop's own network only. The certificate is good for addresses inside the shop and cannot stand for other sites.",
			[]trustSteps{{"Android", []string{"Press “Download the certificate”.", "Open Settings → Security → Encryption & credentials → Install a certificate → CA certificate.", "Choose “Install anyway”, then the file guitai.crt."}},
				{"iPad, iPhone", []string{"Open this page in Safari, press “Download the certificate” and allow it.", "Open Settings → Profile Downloaded → Install.", "Then Settings → General → About → Certificate Trust Settings: switch Guitai on."}},
				{"Windows", []string{"Press “Download the certificate”, open guitai.crt, press “Install Certificate”.", "Choose “Local Machine” → “Place all certificates in the following store” → “Trusted Root Certification Authorities”.", "Close the browser and open it again."}}}}
	}
	return trustWords{"信任本店的证书", "平板和电脑信任本店的证书后，收银页面才能用摄像头、断网收银和打印机。每台设备做一次。", "下载证书", "安装前请核对指纹，要和服务器上（启动日志，或店长手里的纸）一字不差：", "做完后打开收银台", "只在本店自己的网络里做。这张证书只能用于店内的地址，不能冒充别的网站。",
		[]trustSteps{{"安卓平板", []string{"按“下载证书”。", "打开 设置 → 安全 → 加密与凭据 → 安装证书 → CA 证书。", "选“仍然安装”，再选刚下载的 guitai.crt。"}},
			{"iPad、iPhone", []string{"用 Safari 打开本页，按“下载证书”，选“允许”。", "打开 设置 → 已下载描述文件 → 安装。", "再到 设置 → 通用 → 关于本机 → 证书信任设置，打开 Guitai 的开关。"}},
			{"Windows", []string{"按“下载证书”，双击 guitai.crt，按“安装证书”。", "选“本地计算机” →“将所有的证书都放入下列存储”→“受信任的根证书颁发机构”。", "关掉浏览器再打开。"}}}}
}

type trustView struct {
	Lang        guitai.Lang
	Words       trustWords
	Tongues     []tongueLink
	Fingerprint []string // two rows
	Code        template.HTML
	Trust       Trust
	Style       template.CSS
}

const trustStyle = `.finger{font:600 1.05em/1.6 ui-monospace,Consolas,monospace;overflow-wrap:anywhere;background:#f4f6f7;padding:.6em .8em;border-radius:.4em}
a.go{display:block;text-align:center;min-height:3.2em;line-height:3.2em;margin:1em 0;font-weight:600;color:#fff;background:#14539a;border-radius:.5em;text-decoration:none}
a.next{background:#fff;color:#14539a;border:1px solid #14539a}h2{font-size:1.05em;margin:1.2em 0 .25em}ol{margin:.25em 0;padding-left:1.4em}.qr svg{width:11em;height:11em;display:block;margin:.5em auto}`

func trustTemplate() *template.Template {
	return template.Must(template.New("trust").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Words.Title}}</title>
<style>{{.Style}}</style></head><body>
<nav>{{range .Tongues}}<a href="?lang={{.Lang}}" lang="{{.Lang}}"{{if .Here}} aria-current="true"{{end}}>{{.Name}}</a>{{end}}</nav>
<main><section><h1>{{.Words.Title}}</h1><p>{{.Words.Why}}</p>
<div class="qr">{{.Code}}</div><p class="hint">{{.Trust.Page}}</p>
<p>{{.Words.Compare}}</p><p class="finger">{{range .Fingerprint}}{{.}}<br>{{end}}</p>
<a class="go" href="/trust/guitai.crt" download="guitai.crt">{{.Words.Get}}</a>
{{range .Words.Devices}}<h2>{{.Name}}</h2><ol>{{range .Steps}}<li>{{.}}</li>{{end}}</ol>{{end}}
<a class="go next" href="{{.Trust.Till}}">{{.Words.Open}}</a><p class="hint">{{.Words.Careful}}</p></section></main></body></html>
`))
}

// trustPages help a device to trust the shop's own authority.
func (s *Server) trustPages(mux *http.ServeMux) {
	page := trustTemplate()
	mux.HandleFunc("GET /trust", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.trustPage(w, r, page) }))
	mux.HandleFunc("GET /trust/guitai.crt", s.page(s.trustFile))
}

func (s *Server) trustPage(w http.ResponseWriter, r *http.Request, page *template.Template) error {
	if s.Trust == nil {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	l := visitOf(r.Context()).lang
	if q := guitai.Lang(r.URL.Query().Get("lang")); q.Known() {
		l = q
	}
	v := trustView{Lang: l, Words: trustWordsOf(l), Trust: *s.Trust, Style: template.CSS(receiptStyle + trustStyle)}
	if f := s.Trust.Fingerprint; len(f) == 95 {
		v.Fingerprint = []string{f[:48], f[48:]}
	}
	for _, t := range []tongueLink{{guitai.ZhHans, "简体", false}, {guitai.ZhHant, "繁體", false}, {guitai.En, "English", false}} {
		t.Here = t.Lang == l
		v.Tongues = append(v.Tongues, t)
	}
	m, err := qr.Encode(s.Trust.Page, qr.Medium)
	if err != nil {
		return err
	}
	v.Code = template.HTML(m.SVG(0)) // of numbers only
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", receiptPolicy)
	return page.Execute(w, v)
}

func (s *Server) trustFile(w http.ResponseWriter, _ *http.Request) error {
	if s.Trust == nil {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="guitai.crt"`)
	_, err := w.Write(s.Trust.Root)
	return err
}

// Challenges answers what an authority of the internet asks for, and hands the
// rest on.
type Challenges func(http.Handler) http.Handler

// Plain answers on plain HTTP where the shop speaks HTTPS: the trust page, what
// an authority of the internet asks for (challenges; nil: nobody asks), and for
// all else the way to HTTPS. It takes no form and shows no secret.
func (s *Server) Plain(to string, challenges Challenges) http.Handler {
	mux := http.NewServeMux()
	s.trustPages(mux)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		target := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
		if to != "443" {
			target.Host = net.JoinHostPort(host, to)
		}
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
	})
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		s.safeHeaders(w.Header(), v)
		w.Header().Del("Strict-Transport-Security")
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
	if challenges != nil {
		return challenges(inner)
	}
	return inner
}

// ServePlain answers with h on l until ctx ends.
func ServePlain(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{Handler: http.MaxBytesHandler(h, 4<<10), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}
