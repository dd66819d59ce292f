import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackCache } from './pack-cache.ts'
import type { Head } from './head.ts'
import { sortedRefs } from './ref-listing.ts'
import type { HeadVersion } from './repository.ts'

interface View {
  path: string
  ready: Promise<void>
  users: number
  current: boolean
}

/**
 * Git directories for stock git to read: one per version of a repository's head, immutable, made of hard links
 * into the pack cache. There is no ref that could move under a reader, and nothing to lock.
 */
export class Views implements AsyncDisposable {
  readonly #cache: PackCache
  readonly #folder: string
  /** The newest view of each repository. */
  readonly #current = new Map<string, View>()
  readonly #limit: number
  #made = 0

  private constructor(cache: PackCache, folder: string, limit: number) {
    this.#cache = cache
    this.#folder = folder
    this.#limit = limit
  }

  /** `limit`: how many repositories' views are kept when nobody uses them. */
  static async open(cache: PackCache, folder: string, limit = 64): Promise<Views> {
    await rm(join(folder, 'views'), { recursive: true, force: true })
    return new Views(cache, join(folder, 'views'), limit)
  }

  /** Lends a git directory that shows exactly this version. */
  async use<T>(id: string, version: HeadVersion, work: (gitDir: string) => Promise<T>): Promise<T> {
    const view = this.#view(id, version)
    view.users += 1
    try {
      await view.ready
      return await work(view.path)
    } finally {
      view.users -= 1
      if (!view.current && view.users === 0) await remove(view)
      await this.#trim()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  #view(id: string, version: HeadVersion): View {
    const known = this.#current.get(id)
    if (known?.path.endsWith(`-${version.head.generation}`)) {
      this.#current.delete(id)
      this.#current.set(id, known)
      return known
    }
    this.#made += 1
    const path = join(this.#folder, `${this.#made}-${version.head.generation}`)
    const view: View = { path, ready: this.#build(path, version), users: 0, current: true }
    view.ready.catch(() => {
      if (this.#current.get(id) === view) this.#current.delete(id)
    })
    this.#current.set(id, view)
    if (known) {
      known.current = false
      if (known.users === 0) void remove(known)
    }
    return view
  }

  async #build(path: string, { head }: HeadVersion): Promise<void> {
    const packs = join(path, 'objects', 'pack')
    await mkdir(packs, { recursive: true })
    await mkdir(join(path, 'refs'))
    await mkdir(join(path, 'info'))
    await Promise.all([
      writeFile(join(path, 'HEAD'), `ref: ${head.head}\n`),
      writeFile(join(path, 'packed-refs'), packedRefs(head)),
      writeFile(join(path, 'config'), CONFIG),
      ...(head.shallow?.length ? [writeFile(join(path, 'shallow'), shallowFile(head))] : []),
      writeFile(join(path, 'info', 'attributes'), ATTRIBUTES),
      ...head.packs.map((entry) => this.#cache.linkInto(entry, packs)),
    ])
  }

  async #trim(): Promise<void> {
    for (const [id, view] of this.#current) {
      if (this.#current.size <= this.#limit) return
      if (view.users > 0) continue
      this.#current.delete(id)
      await remove(view)
    }
  }
}

const CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[pack]
\tthreads = 1
\twindowMemory = 64m
`

/** What an archive holds is what was saved, whatever the files say about themselves; nothing else asks here. */
const ATTRIBUTES = '* -text -eol -ident -filter -working-tree-encoding -export-ignore -export-subst\n'

function packedRefs(head: Head): string {
  const lines = sortedRefs(head).map((name) => `${head.refs[name]} ${name}\n`)
  return `# pack-refs with: sorted \n${lines.join('')}`
}

/** Where histories end that have not arrived yet, for git to read. */
export function shallowFile({ shallow = [] }: Head): string {
  return shallow.map((oid) => `${oid}\n`).join('')
}

async function remove(view: View): Promise<void> {
  await view.ready.catch(() => {})
  await rm(view.path, { recursive: true, force: true })
}
