import { defineConfig, type Plugin } from 'vite'
import solid from 'vite-plugin-solid'

const LAYERS = '@layer tokens, base, ui, features;'

/**
 * Styles that several chunks share may be linked before those that state the order of the cascade layers, and then the
 * first name that a browser meets would be the weakest. So each file of styles states it.
 */
function orderOfLayers(): Plugin {
  return {
    name: 'order-of-layers',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== 'asset' || !asset.fileName.endsWith('.css')) continue
        asset.source = LAYERS + String(asset.source)
      }
    },
  }
}

export default defineConfig({
  plugins: [solid(), orderOfLayers()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Which chunks a page needs, for the test of the budgets.
    manifest: true,
    // On a busy machine every build would say that it was slow.
    rolldownOptions: { checks: { pluginTimings: false } },
    // Monaco is one deliberate, lazily loaded megabyte; the budgets of the pages themselves have a test.
    chunkSizeWarningLimit: 4_000,
    // Under the content security policy scripts and fonts come from our own origin, never from data: URLs.
    assetsInlineLimit: 0,
  },
  server: {
    port: 4100,
    proxy: { '/api': { target: 'http://localhost:4000', changeOrigin: false } },
  },
})
