import { lstatSync } from 'node:fs'
import { join } from 'node:path'

import { EMPTY_BLOB_OID, MODE_GITLINK } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'

/** No such file is there: the next look of git takes it out of the index again. */
const SEED = '.codenest-nested'
const ENTRY = /^(\d+) [0-9a-f]{40} \d\t([^]*)$/

/**
 * Knows which folders of the work tree are repositories of their own: submodules, and what was cloned or made there.
 * Paths are bytes in latin1, relative to the work tree.
 */
export class NestedRepositories {
  readonly #work: string
  readonly #paths = new Set<string>()
  #looked = false

  constructor(work: string) {
    this.#work = work
  }

  get paths(): string[] {
    return [...this.#paths].sort()
  }

  /** Something in `<path>/.git` changed. */
  notice(path: string): void {
    if (this.#isRepository(path)) this.#paths.add(path)
    else this.#paths.delete(path)
  }

  /**
   * Lists what differs from the index, files of nested repositories included: git looks into them as into any folder
   * once the index has a file of theirs. Without that it tells one path that ends in a slash.
   */
  async open(options: GitOptions, list: () => Promise<string[]>): Promise<string[]> {
    if (!this.#looked) await this.#lookAround(options)
    for (const path of this.#paths) if (!this.#isRepository(path)) this.#paths.delete(path)
    const opened = new Set<string>()
    for (;;) {
      const paths = await list()
      const closed = paths.filter((path) => path.endsWith('/') && !opened.has(path))
      if (closed.length === 0) return paths
      for (const path of closed) opened.add(path)
      await this.#seed(
        options,
        closed.map((path) => path.slice(0, -1)),
      )
    }
  }

  /** The index was made anew: it may name commits of submodules again. */
  forget(): void {
    this.#looked = false
  }

  /** What the index has of submodules that are there, and folders that became repositories while nobody watched. */
  async #lookAround(options: GitOptions): Promise<void> {
    const { stdout } = await git(['ls-files', '-s', '-z'], options)
    const folders = new Set<string>()
    const links: string[] = []
    for (const line of stdout.toString('latin1').split('\0')) {
      const [, mode = '', path = ''] = ENTRY.exec(line) ?? []
      if (mode === MODE_GITLINK && this.#isRepository(path)) links.push(path)
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const folder = path.slice(0, end)
        if (folders.has(folder)) break
        folders.add(folder)
      }
    }
    for (const folder of folders) if (this.#isRepository(folder)) this.#paths.add(folder)
    if (links.length > 0) await this.#seed(options, links)
    this.#looked = true
  }

  async #seed(options: GitOptions, paths: string[]): Promise<void> {
    for (const path of paths) this.#paths.add(path)
    const lines = paths.map((path) => `100644 ${EMPTY_BLOB_OID} 0\t${path}/${SEED}\0`)
    const input = Buffer.from(lines.join(''), 'latin1')
    await git(['update-index', '--replace', '-z', '--index-info'], { ...options, input })
  }

  #isRepository(path: string): boolean {
    const folder = Buffer.from(path, 'latin1').toString('utf8')
    // Thousands of these are asked at a start: each is quicker than a way through the thread pool.
    return lstatSync(join(this.#work, folder, '.git'), { throwIfNoEntry: false }) !== undefined
  }
}
