import type { Logger } from 'pino'
import { AppError } from '../errors.ts'
import { originOf, withRevision } from '../fleet/document.ts'
import { PLATFORM } from '../fleet/fleet.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { git } from '../git/git-process.ts'
import { ZERO_OID } from '../git/object-id.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import type { Catalogue } from '../templates/catalogue.ts'
import { TEMPLATE_BASE, TEMPLATE_NEXT } from './refs.ts'

export interface SettlingOptions {
  remotes: Remotes
  fleet: Fleet
  catalogue: Catalogue
  log: Logger
}

/**
 * Records an update when it is in a branch of its workspace, and not before: a merge may be given up. It makes no
 * difference who committed it (the page, a terminal, a push from elsewhere), for all of them end in the remote.
 */
export class Settling implements Disposable {
  readonly #options: SettlingOptions
  readonly #subscription: Disposable
  /** What was looked at last of each workspace with an update that is not merged. */
  readonly #seen = new Map<string, string>()

  constructor(options: SettlingOptions) {
    this.#options = options
    const { remotes, log } = options
    this.#subscription = remotes.subscribe((id, version) => {
      if (!this.#isNews(id, version)) return
      this.#settle(id, version).catch((error: unknown) => {
        this.#seen.delete(id)
        log.warn({ err: error, workspace: id }, 'an update from a template could not be recorded')
      })
    })
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }

  /** Looks now: another process may have taken the push, and died before it looked. */
  async settle(id: string): Promise<void> {
    const version = await this.#options.remotes.repository(id).head()
    if (version && version.head.refs[TEMPLATE_NEXT] !== undefined) await this.#settle(id, version)
  }

  /** Most pushes are saves, and move no branch. */
  #isNews(id: string, { head }: HeadVersion): boolean {
    const next = head.refs[TEMPLATE_NEXT]
    if (next === undefined) return false
    const now = [next, ...branchesOf(head.refs)].join()
    if (this.#seen.get(id) === now) return false
    this.#seen.set(id, now)
    return true
  }

  async #settle(id: string, version: HeadVersion): Promise<void> {
    const { remotes } = this.#options
    const next = version.head.refs[TEMPLATE_NEXT]
    if (next === undefined || !(await this.#isMerged(id, version, next))) return
    await this.#record(id, next)
    const updates = [
      { ref: TEMPLATE_BASE, old: version.head.refs[TEMPLATE_BASE] ?? ZERO_OID, new: next },
      { ref: TEMPLATE_NEXT, old: next, new: ZERO_OID },
    ]
    await remotes.repository(id).publish({ updates, packs: [], by: 'platform', atomic: true }, async () => {})
    this.#seen.delete(id)
  }

  /** Nothing where it was recorded already, by a process that died before it moved the base. */
  async #record(id: string, commit: string): Promise<void> {
    const { fleet, catalogue, log } = this.#options
    const document = (await fleet.snapshot()).workspaces.get(id)
    const update = document?.spec.update
    const origin = document && originOf(document)
    if (update?.commit !== commit || !origin || !('template' in origin)) return
    const { revision, parameters } = update
    try {
      // The document may have been changed by hand meanwhile.
      await catalogue.check(origin.template, revision, parameters)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      log.warn({ err: error, workspace: id }, 'a merged update from a template cannot be recorded')
      return
    }
    const message = `Workspace ${id} follows template ${origin.template} to ${revision.slice(0, 10)}`
    await fleet.change(id, PLATFORM, message, (current) =>
      current?.spec.update?.commit === commit ? withRevision(current, { revision, parameters }) : undefined,
    )
  }

  /** In any branch: which of them is shown, and what becomes of it, is the user's affair. */
  async #isMerged(id: string, version: HeadVersion, commit: string): Promise<boolean> {
    const branches = branchesOf(version.head.refs)
    if (branches.length === 0) return false
    const args = ['rev-list', '--max-count=1', '--stdin']
    const input = Buffer.from([commit, ...branches.map((oid) => `^${oid}`), ''].join('\n'))
    const listed = await this.#options.remotes.views.use(id, version, (gitDir) =>
      git(args, { gitDir, input }),
    )
    return listed.length === 0
  }
}

function branchesOf(refs: Record<string, string>): string[] {
  const tips = Object.entries(refs).filter(([ref]) => ref.startsWith('refs/heads/'))
  return [...new Set(tips.map(([, oid]) => oid))].sort()
}
