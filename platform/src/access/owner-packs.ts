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
  #repositories = new Map<string, string[]>()
  /** Repositories that this process had not seen: each is read once, however many pushes wait for it. */
  #looks = new Map<string, Promise<unknown>>()
  #until = 0

  constructor(fleet: Fleet, remotes: Remotes) {
    this.#fleet = fleet
    this.#remotes = remotes
  }

  /** Packs of the other repositories of whoever owns this one; what forks share is in it more than once. */
  async besides(repository: string): Promise<PackEntry[]> {
    await this.#refresh()
    const packs: PackEntry[] = []
    for (const id of this.#repositories.get(this.#owners.get(repository) ?? '') ?? []) {
      if (id === repository) continue
      if (!this.#remotes.repository(id).known) await this.#look(id)
      packs.push(...(this.#remotes.repository(id).known?.head.packs ?? []))
    }
    return packs
  }

  async #look(id: string): Promise<void> {
    const look = this.#looks.get(id) ?? this.#remotes.repository(id).head()
    this.#looks.set(id, look)
    await look
  }

  async #refresh(): Promise<void> {
    if (Date.now() < this.#until) return
    const { workspaces } = await this.#fleet.snapshot()
    this.#owners = new Map(Array.from(workspaces, ([id, { metadata }]) => [id, metadata.owner]))
    this.#repositories = Map.groupBy(this.#owners.keys(), (id) => this.#owners.get(id) ?? '')
    this.#looks = new Map()
    this.#until = Date.now() + FRESH
  }
}
