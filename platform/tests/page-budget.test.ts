import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

interface Chunk {
  file: string
  src?: string
  imports?: string[]
  css?: string[]
}
type Manifest = Record<string, Chunk>

const dist = (path: string): string => fileURLToPath(new URL(`../../web/dist/${path}`, import.meta.url))

/** Kilobytes, compressed, of all scripts and styles that these modules need before they run. */
async function weigh(manifest: Manifest, modules: string[]): Promise<number> {
  const files = new Set<string>()
  const add = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk) throw new Error(`${name} is not in the build`)
    if (files.has(chunk.file)) return
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const next of chunk.imports ?? []) add(next)
  }
  modules.forEach(add)
  const contents = await Promise.all([...files].map((file) => readFile(dist(file))))
  return contents.reduce((sum, content) => sum + gzipSync(content).length, 0) / 1024
}

it('keeps the pages within their budgets before Monaco', async () => {
  const manifest = JSON.parse(await readFile(dist('.vite/manifest.json'), 'utf8')) as Manifest
  const entry = 'index.html'
  const dashboard = 'src/features/dashboard/dashboard.tsx'
  const frame = 'src/features/frame/workspace-page.tsx'
  const history = 'src/features/history-page/history-page.tsx'
  expect(await weigh(manifest, [entry, dashboard])).toBeLessThan(60)
  expect(await weigh(manifest, [entry, frame])).toBeLessThan(120)
  expect(await weigh(manifest, [entry, history])).toBeLessThan(120)
})
