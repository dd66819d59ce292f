import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from '../errors.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { MAX_SAVED_FILE_BYTES } from '../protocol.ts'

/** Most bytes of Git LFS that a save carries; what was stored last goes first. */
const MAX_BYTES = 512 * 1024 ** 2
/** Named by its SHA-256. */
const NAME = /^[0-9a-f]{64}$/

/** Where Git LFS keeps an object below `.git`. */
export function lfsPath(name: string): string {
  return join('lfs', 'objects', name.slice(0, 2), name.slice(2, 4), name)
}

export function isLfsName(name: string): boolean {
  return NAME.test(name)
}

/**
 * What Git LFS has stored in the clone, as blobs of the shadow: commits name these objects by a pointer, and nothing but
 * the clone may have them. A file's bytes are one blob, whether in a save's tree or here.
 */
export class LfsObjects {
  readonly #layout: Layout
  /** By name and what the file was then: one that is looked at while it is written is looked at again. */
  readonly #blobs = new Map<string, string>()

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** Ids of blobs by the objects' names. Throws `GitError`. */
  async read(): Promise<Map<string, string>> {
    const objects = await this.#list()
    const fresh = objects.filter(({ stamp }) => !this.#blobs.has(stamp))
    if (fresh.length > 0) {
      const { gitDir, shadow } = this.#layout
      const input = fresh.map(({ name }) => `${join(gitDir, lfsPath(name))}\n`).join('')
      const args = ['hash-object', '-w', '--no-filters', '--stdin-paths']
      const { stdout } = await git(args, { gitDir: shadow, input })
      const oids = stdout.toString('latin1').trim().split('\n')
      fresh.forEach(({ stamp }, n) => this.#blobs.set(stamp, oids[n] ?? ''))
    }
    return new Map(objects.map(({ name, stamp }): [string, string] => [name, this.#blobs.get(stamp) ?? '']))
  }

  async #list(): Promise<{ name: string; stamp: string }[]> {
    const folder = join(this.#layout.gitDir, 'lfs/objects')
    let names: string[]
    try {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      names = entries.filter((entry) => entry.isFile() && isLfsName(entry.name)).map(({ name }) => name)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
    const found = await Promise.all(
      names.map(async (name) => ({ name, stats: await stat(join(this.#layout.gitDir, lfsPath(name))) })),
    )
    found.sort((a, b) => b.stats.mtimeMs - a.stats.mtimeMs)
    let room = MAX_BYTES
    const kept = found.filter(({ stats: { size } }) => size <= MAX_SAVED_FILE_BYTES && (room -= size) >= 0)
    return kept
      .map(({ name, stats: { size, mtimeMs } }) => ({ name, stamp: `${name}:${size}:${mtimeMs}` }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}
