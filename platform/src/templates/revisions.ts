import { AppError } from '../errors.ts'
import type { FileContent } from '../git/commit-files.ts'
import type { TemplateManifest } from './template.ts'

export interface TemplateRevision {
  manifest: TemplateManifest
  files: Map<string, FileContent>
}

/** Milliseconds until a revision that was refused is looked at again. */
const REFUSED_FOR = 60_000
/** Bytes of files that are kept in memory, and revisions of which the manifest is. */
const MOST_BYTES = 64 * 2 ** 20
const MOST_MANIFESTS = 1000

/** What was read of templates: revisions are immutable, so it stays right. The oldest is forgotten first. */
export class Revisions {
  readonly #load: (name: string, revision: string) => Promise<TemplateRevision>
  /** Whole ones, the last used at the end. */
  readonly #whole = new Map<string, { revision: Promise<TemplateRevision>; bytes: number }>()
  readonly #manifests = new Map<string, TemplateManifest>()

  constructor(load: (name: string, revision: string) => Promise<TemplateRevision>) {
    this.#load = load
  }

  async manifest(name: string, revision: string): Promise<TemplateManifest> {
    return this.#manifests.get(keyOf(name, revision)) ?? (await this.read(name, revision)).manifest
  }

  read(name: string, revision: string): Promise<TemplateRevision> {
    const key = keyOf(name, revision)
    const known = this.#whole.get(key)
    if (known) {
      this.#whole.delete(key)
      this.#whole.set(key, known)
      return known.revision
    }
    const reading = this.#load(name, revision)
    const entry = { revision: reading, bytes: 0 }
    this.#whole.set(key, entry)
    reading.then(
      ({ manifest, files }) => {
        entry.bytes = [...files.values()].reduce((sum, { content }) => sum + content.length, 0)
        this.#manifests.set(key, manifest)
        this.#makeRoom()
      },
      (error: unknown) => {
        const forget = (): void => void this.#whole.delete(key)
        // What cannot be used costs the most, and is asked for with every look at the catalogue.
        if (error instanceof AppError && error.code === 'template_failed')
          setTimeout(forget, REFUSED_FOR).unref()
        else forget()
      },
    )
    return reading
  }

  #makeRoom(): void {
    let bytes = [...this.#whole.values()].reduce((sum, entry) => sum + entry.bytes, 0)
    for (const [key, entry] of this.#whole) {
      if (bytes <= MOST_BYTES) break
      if (entry.bytes === 0) continue
      this.#whole.delete(key)
      bytes -= entry.bytes
    }
    const [oldest] = this.#manifests.keys()
    if (this.#manifests.size > MOST_MANIFESTS && oldest !== undefined) this.#manifests.delete(oldest)
  }
}

function keyOf(name: string, revision: string): string {
  return `${name}@${revision}`
}
