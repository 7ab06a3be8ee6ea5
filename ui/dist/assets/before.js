// Sets language and colours before the first paint, so that nothing flashes.
;(function () {
  var root = document.documentElement
  var kept = function (key) {
    try { return localStorage.getItem(key) } catch (e) { return null }
  }
  var theme = kept('guitai.theme')
  if (theme !== 'light' && theme !== 'dark') {
    theme = window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  }
  root.setAttribute('data-theme', theme)
  var lang = kept('guitai.lang')
  if (lang) root.lang = lang
})()
