import { readFile } from 'node:fs/promises'

import { isMissing } from '../errors.ts'
import { replaceFile } from '../files/replace-file.ts'
import { readState } from '../git/head.ts'
import { ZERO_OID } from '../git/objects.ts'
import type { RefUpdate } from '../git/receive-pack.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'

/** What was fetched from the remote itself. */
const FOREIGN = 'refs/remotes/codenest/'
const NAMESPACES = ['refs/heads', 'refs/tags', 'refs/remotes']

/** Keeps the user's branches and tags on the remote as they are in the clone. */
export class UserRefs {
  readonly #layout: Layout
  readonly #log: Logger
  /** What the remote is known to have. */
  #remote = new Map<string, string>()
  /** Values of this workspace's own that the remote may have, by ref: others are somebody else's. */
  readonly #own: Map<string, Set<string>>
  #written = ''
  /** Values that the remote refused; they are not offered again. */
  readonly #refused = new Map<string, string>()
  #changed = true
  /** Set while changes in the clone go unnoticed: then every push looks. */
  unwatched = false

  private constructor(layout: Layout, own: Map<string, Set<string>>, log: Logger) {
    this.#layout = layout
    this.#own = own
    this.#log = log
  }

  /** Knows what an earlier runner on this disk has pushed. */
  static async open(layout: Layout, log: Logger): Promise<UserRefs> {
    return new UserRefs(layout, await readOwn(layout.ownRefs), log)
  }

  /** Something in the clone's `.git` changed. */
  noticeChange(): void {
    this.#changed = true
  }

  /** Objects the remote has, by what is known of its refs. */
  get known(): Iterable<string> {
    return this.#remote.values()
  }

  learn(remote: Map<string, string>): void {
    this.#remote = new Map([...remote].filter(([ref]) => isUserRef(ref)))
    this.#changed = true
  }

  /** Branches, tags and remote-tracking refs of the clone. */
  async local(): Promise<Map<string, string>> {
    return this.#readLocal()
  }

  /** True for a value that this clone itself put there: ours is newer. */
  isOwn(ref: string, oid: string): boolean {
    return this.#own.get(ref)?.has(oid) ?? false
  }

  /** The user decided that what somebody else pushed is to be replaced. */
  overrule(ref: string, oid: string): void {
    this.#addOwn(ref, oid)
    this.#refused.delete(ref)
    this.#changed = true
  }

  /** What has to change on the remote; nothing while a rebase or a merge is half done. */
  async updates(): Promise<RefUpdate[]> {
    if (!this.#changed && !this.unwatched) return []
    if ((await readState(this.#layout.gitDir)) !== 'none') return []
    this.#changed = false
    const local = await this.#readLocal()
    const updates: RefUpdate[] = []
    for (const [ref, oid] of local) {
      const there = this.#remote.get(ref)
      if (there === oid) this.#own.set(ref, new Set([oid]))
      else if (await this.#mayReplace(ref, there, oid))
        updates.push({ ref, old: there ?? ZERO_OID, new: oid })
    }
    // A clone without any ref is one that the user is making anew, not one whose branches were all deleted.
    for (const ref of local.size > 0 ? this.#own.keys() : []) {
      const there = this.#remote.get(ref)
      if (!local.has(ref) && there !== undefined && this.isOwn(ref, there))
        updates.push({ ref, old: there, new: ZERO_OID })
    }
    // Before they are on their way: whoever dies meanwhile still knows them for its own.
    for (const { ref, new: oid } of updates) if (oid !== ZERO_OID) this.#addOwn(ref, oid)
    await this.#writeOwn()
    return updates
  }

  acknowledge(updates: RefUpdate[]): void {
    for (const { ref, new: oid } of updates) {
      this.#refused.delete(ref)
      if (oid === ZERO_OID) {
        this.#remote.delete(ref)
        this.#own.delete(ref)
      } else {
        this.#remote.set(ref, oid)
        this.#own.set(ref, new Set([oid]))
      }
    }
  }

  /** The remote does not take these as they are; they are offered again when they change. */
  refuse(updates: RefUpdate[]): void {
    for (const { ref, new: oid } of updates) this.#refused.set(ref, oid)
    this.#changed = true
  }

  /** Somebody else may have moved the ref on the remote: their commits are only replaced by ones that contain them. */
  async #mayReplace(ref: string, there: string | undefined, oid: string): Promise<boolean> {
    if (there === undefined || this.isOwn(ref, there)) return this.#refused.get(ref) !== oid
    const { code } = await git(['merge-base', '--is-ancestor', there, oid], {
      gitDir: this.#layout.gitDir,
      allowedCodes: [0, 1, 128],
    })
    if (code !== 0)
      this.#log.warn({ ref, there, oid }, 'ref was moved on the remote by somebody else, left alone')
    return code === 0
  }

  #addOwn(ref: string, oid: string): void {
    this.#own.set(ref, (this.#own.get(ref) ?? new Set()).add(oid))
  }

  async #writeOwn(): Promise<void> {
    const { ownRefs, temporary } = this.#layout
    const text = JSON.stringify(Array.from(this.#own, ([ref, oids]) => [ref, [...oids]]))
    if (text === this.#written) return
    await replaceFile(ownRefs, Buffer.from(text), { temporary })
    this.#written = text
  }

  /** Nothing when the user deleted `.git`. */
  async #readLocal(): Promise<Map<string, string>> {
    const { stdout } = await git(
      ['for-each-ref', '--format=%(objectname) %(symref) %(refname)', ...NAMESPACES],
      { gitDir: this.#layout.gitDir, cwd: this.#layout.work, allowedCodes: [0, 128] },
    )
    const lines = stdout.toString('utf8').split('\n').filter(Boolean)
    const refs = lines.map((line) => line.split(' '))
    return new Map(
      refs
        .filter(([, symref, ref = '']) => symref === '' && !ref.startsWith(FOREIGN))
        .map(([oid = '', , ref = '']): [string, string] => [ref, oid]),
    )
  }
}

function isUserRef(ref: string): boolean {
  return NAMESPACES.some((namespace) => ref.startsWith(`${namespace}/`))
}

async function readOwn(path: string): Promise<Map<string, Set<string>>> {
  try {
    const entries = JSON.parse(await readFile(path, 'utf8')) as [string, string[]][]
    return new Map(entries.map(([ref, oids]) => [ref, new Set(oids)]))
  } catch (error) {
    if (isMissing(error)) return new Map()
    throw error
  }
}
