import type { Fleet } from '../fleet/fleet.ts'
import type { PackEntry } from '../git/head.ts'
import type { Remotes } from '../git/remotes.ts'

/** Milliseconds for which it is good enough to know whose repositories there were. */
const FRESH = 60_000

/**
 * What an owner's other repositories hold, for the limit of an owner. It is as good as what this process has seen of
 * them: the limit keeps a disk from filling up, and is not worth a request with every push.
 */
export class OwnerPacks {
  readonly #fleet: Fleet
  readonly #remotes: Remotes
  #owners = new Map<string, string>()
  #until = 0

  constructor(fleet: Fleet, remotes: Remotes) {
    this.#fleet = fleet
    this.#remotes = remotes
  }

  /** Packs of the other repositories of whoever owns this one; what forks share is in it more than once. */
  async besides(repository: string): Promise<PackEntry[]> {
    await this.#refresh()
    const owner = this.#owners.get(repository)
    const packs: PackEntry[] = []
    for (const [id, other] of this.#owners) {
      if (other !== owner || id === repository) continue
      const known = this.#remotes.repository(id).known ?? (await this.#remotes.repository(id).head())
      packs.push(...(known?.head.packs ?? []))
    }
    return packs
  }

  async #refresh(): Promise<void> {
    if (Date.now() < this.#until) return
    const { workspaces } = await this.#fleet.snapshot()
    this.#owners = new Map([...workspaces].map(([id, { metadata }]) => [id, metadata.owner]))
    this.#until = Date.now() + FRESH
  }
}
