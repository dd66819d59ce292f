import type { Fleet } from './fleet.ts'
import { PLATFORM } from './fleet.ts'
import { parsePool, POOL_FILE } from './pool.ts'
import type { Pool } from './pool.ts'

const MOST_OVERRIDE_BYTES = 64 * 1024

/** What runs, as it was given to the cluster, and what operators want to have different: files of the fleet repository. */
export class FleetRecords {
  readonly #fleet: Fleet

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  /** `manifests/<id>.yaml`; null removes it. Durable when it resolves. */
  async write(id: string, text: string | null): Promise<void> {
    const message = text === null ? `Remove the manifests of ${id}` : `Write the manifests of ${id}`
    await this.#fleet.writeFile(`manifests/${id}.yaml`, text, PLATFORM, message)
  }

  /**
   * `overrides/all.yaml` and `overrides/<id>.yaml`, in this order, as far as they are there; null: those that are for
   * no workspace in particular.
   */
  async overrides(id: string | null): Promise<{ path: string; text: string }[]> {
    const found: { path: string; text: string }[] = []
    for (const path of ['overrides/all.yaml', ...(id === null ? [] : [`overrides/${id}.yaml`])]) {
      const file = await this.#fleet.readFile(path)
      if (file) found.push({ path, text: file.subarray(0, MOST_OVERRIDE_BYTES + 1).toString() })
    }
    return found
  }

  /** `pool.yaml`; null when there is none. Throws a `DocumentError` when it is not valid. */
  async pool(): Promise<Pool | null> {
    const file = await this.#fleet.readFile(POOL_FILE)
    return file && parsePool(file.toString())
  }
}
