import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

const pages = ['index', 'till', 'office', 'screen', 'docs']

// The Go server answers /till with till.html; the development server does the same.
const pagePaths: Plugin = {
  name: 'page-paths',
  configureServer(server) {
    server.middlewares.use((req, _res, next) => {
      const [path = '', query] = (req.url ?? '').split('?')
      if (pages.includes(path.slice(1))) req.url = `${path}.html${query ? `?${query}` : ''}`
      next()
    })
  },
}

export default defineConfig({
  plugins: [svelte(), pagePaths],
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/healthz': 'http://127.0.0.1:8080' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome90', 'safari15', 'firefox100'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rolldownOptions: {
      checks: { pluginTimings: false, bundlerTimings: false },
      input: pages.map((page) => `${page}.html`),
      output: {
        // Stable names without hashes: dist is committed, and a change must read as a change of the same file.
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // What two pages share stands in one file of one name.
        codeSplitting: { groups: [{ name: 'parts', minShareCount: 2 }] },
      },
    },
  },
})
