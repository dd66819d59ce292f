import { RunnerError } from '../errors.ts'
import type { WorkPaths } from '../files/paths.ts'
import type { Layout } from '../layout.ts'
import type { RequestPayload } from '../protocol.ts'
import { foundMatches } from './found-match.ts'
import { MAX_MATCHES } from './protocol.ts'
import type { Found, FoundFile, Replaced, SearchQuery, SearchSummary } from './protocol.ts'
import { replaceMatches } from './replace.ts'
import type { ReplaceOptions } from './replace.ts'
import { ripgrep } from './ripgrep.ts'

/** Bytes; what the editor does not show is not searched. */
const MAX_FILE_SIZE = 50 * 1024 * 1024
/** Matches are told together, this often and not more at a time. */
const TELL_MS = 40
const TELL_AT_ONCE = 500
const GLOB = /[*?[\]{}!]/

export interface SearchOptions extends ReplaceOptions {
  layout: Layout
  paths: WorkPaths
  /** To the page that asked. */
  onFound: (viewer: string, found: Found) => void
}

/** Searches of pages, one for each connection at a time. */
export class Search {
  readonly #options: SearchOptions
  readonly #running = new Map<string, AbortController>()

  constructor(options: SearchOptions) {
    this.#options = options
  }

  async run(
    { id, query, replacement }: RequestPayload<'search.run'>,
    viewer: string,
  ): Promise<SearchSummary> {
    this.cancel(viewer)
    const running = new AbortController()
    this.#running.set(viewer, running)
    const tell = (files: FoundFile[]): void => this.#options.onFound(viewer, { id, files })
    const summary: SearchSummary = { matches: 0, limited: false, cancelled: false, longLines: 0 }
    const batch = createBatch(tell)
    try {
      const found = ripgrep({
        layout: this.#options.layout,
        ...(await this.#placesOf(query)),
        replacement,
        maxFileSize: MAX_FILE_SIZE,
        signal: running.signal,
        onLongLine: () => (summary.longLines += 1),
      })
      for await (const message of found) {
        // A name that is not UTF-8 could not be opened.
        if (message.type !== 'match' || !('text' in message.data.path)) continue
        const matches = foundMatches(message.data).slice(0, MAX_MATCHES - summary.matches)
        summary.matches += matches.length
        batch.add({ path: message.data.path.text.replace(/^\.\//, ''), matches })
        summary.limited = summary.matches === MAX_MATCHES
        if (summary.limited) break
      }
    } finally {
      summary.cancelled = running.signal.aborted
      if (summary.cancelled) batch.drop()
      else batch.flush()
      if (this.#running.get(viewer) === running) this.#running.delete(viewer)
    }
    return summary
  }

  cancel(viewer: string): void {
    this.#running.get(viewer)?.abort()
    this.#running.delete(viewer)
  }

  replace(payload: RequestPayload<'search.replace'>): Promise<Replaced> {
    return replaceMatches(this.#options, payload)
  }

  dispose(): void {
    for (const running of this.#running.values()) running.abort()
  }

  /** Folders that are named as they are become places to look in: as globs they would overrule what git ignores. */
  async #placesOf(query: SearchQuery): Promise<{ query: SearchQuery; paths: string[] }> {
    const everywhere = { query, paths: [] }
    if (query.include.length === 0 || query.include.some((glob) => GLOB.test(glob))) return everywhere
    const paths: string[] = []
    for (const name of query.include) {
      try {
        const { relative, stats } = await this.#options.paths.locate(name.replace(/^\.?\/|\/+$/g, ''))
        if (!stats || stats.isSymbolicLink()) return everywhere
        paths.push(relative === '' ? '.' : relative)
      } catch (error) {
        if (error instanceof RunnerError) throw error
        return everywhere
      }
    }
    return { query: { ...query, include: [] }, paths }
  }
}

/** Collects matches for a moment: one message for each would keep page and runner busy with little else. */
function createBatch(tell: (files: FoundFile[]) => void): {
  add(file: FoundFile): void
  flush(): void
  drop(): void
} {
  let files: FoundFile[] = []
  let count = 0
  let timer: NodeJS.Timeout | null = null

  function drop(): void {
    if (timer) clearTimeout(timer)
    timer = null
    files = []
    count = 0
  }

  function flush(): void {
    const told = files
    drop()
    if (told.length > 0) tell(told)
  }

  function add(file: FoundFile): void {
    const last = files.at(-1)
    if (last?.path === file.path) last.matches.push(...file.matches)
    else files.push(file)
    count += file.matches.length
    if (count >= TELL_AT_ONCE) flush()
    else timer ??= setTimeout(flush, TELL_MS)
  }

  return { add, flush, drop }
}
