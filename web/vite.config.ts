import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'

export default defineConfig({
  plugins: [solid()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Monaco is one deliberate, lazily loaded megabyte; the budgets of the pages themselves are in docs.
    chunkSizeWarningLimit: 4_000,
    // Under the content security policy scripts and fonts come from our own origin, never from data: URLs.
    assetsInlineLimit: 0,
  },
  server: {
    port: 4100,
    proxy: { '/api': { target: 'http://localhost:4000', changeOrigin: false } },
  },
})
