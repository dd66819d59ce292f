import { EMPTY_TREE_OID } from '../git/objects.ts'
import type { RequestPayload } from '../protocol.ts'
import { planRewrite } from './rewrite.ts'
import type { Rewrite, Rewritten } from './rewrite.ts'
import type { SaveChain } from './save-chain.ts'
import { shorten } from './save-commit.ts'
import type { Saves } from './saves.ts'
import { bringCommit, mergeTrees, treeWith } from './take-over.ts'
import type { TakeOverOptions } from './take-over.ts'

export interface ReplacementsOptions extends TakeOverOptions {
  saves: Saves
  chain: SaveChain
}

/** Makes files what something else than their editor says, each time as one save. Throws `RunnerError`. */
export class Replacements {
  readonly #options: ReplacementsOptions

  constructor(options: ReplacementsOptions) {
    this.#options = options
  }

  /** Brings a file, a folder or everything back to what it was. */
  async restore({ saveId, commit, path }: RequestPayload<'saves.restore'>): Promise<void> {
    const { saves, objects, chain } = this.#options
    await bringCommit(this.#options, commit)
    await saves.takeOver(async () => {
      const { tree, made } = await treeWith(objects, chain.tree, commit, path)
      const what = path === null ? 'the workspace' : shorten(path)
      const subject = `Restore ${what} as of ${commit.slice(0, 10)}`
      return { tree, objects: made, selfContained: false, subject, saveIds: [saveId] }
    })
  }

  /** Takes the saves of another session in. Returns the files that have conflicts in them. */
  async merge({ saveId, commit, keep }: RequestPayload<'saves.merge'>): Promise<string[]> {
    const { saves, chain } = this.#options
    let conflicts: string[] = []
    await bringCommit(this.#options, commit)
    await saves.takeOver(async () => {
      const subject = keep === 'mine' ? 'Keep what is here' : 'Merge the saves of another session'
      const common = { objects: [], selfContained: false, subject, saveIds: [saveId], merged: commit }
      if (keep === 'mine' || chain.tip === null) return { tree: chain.tree ?? EMPTY_TREE_OID, ...common }
      await chain.flush()
      const merged = await mergeTrees(this.#options, chain.tip, commit)
      conflicts = merged.conflicts
      return { tree: merged.tree, ...common }
    })
    return conflicts
  }

  /** Changes files together. */
  async rewrite(rewrite: Rewrite): Promise<Rewritten> {
    const { saves, objects } = this.#options
    let left: string[] = []
    await saves.takeOver(async (from) => {
      const planned = await planRewrite(objects, from, rewrite)
      left = planned.left
      return planned.addition
    })
    return { left }
  }
}
