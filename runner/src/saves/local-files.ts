import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { NotKept, RunnerConfig } from '../protocol.ts'

const MESSAGE = 'on this disk only: git ignores it, and this workspace does not keep ignored files'

/** Files that were saved in the editor and stay on this disk, by the workspace's setting. */
export class LocalFiles {
  readonly #layout: Layout
  /** May change at any time. */
  setting: RunnerConfig['ignoredFiles']
  readonly #paths = new Set<string>()

  constructor(layout: Layout, setting: RunnerConfig['ignoredFiles']) {
    this.#layout = layout
    this.setting = setting
  }

  get notKept(): NotKept[] {
    return Array.from(this.#paths, (path) => ({ path, reason: 'ignored', message: MESSAGE }))
  }

  /** Whether an editor save of a path stays here; `isKept`: a save holds it already, and goes on doing so. */
  async has(path: string, isKept: () => Promise<boolean>): Promise<boolean> {
    const mayBe = this.setting === 'local' && !(await isKept())
    const isLocal = mayBe && (await this.#isIgnored(path))
    if (isLocal) this.#paths.add(path)
    else this.#paths.delete(path)
    return isLocal
  }

  async #isIgnored(path: string): Promise<boolean> {
    const { code } = await git(['check-ignore', '--quiet', '--stdin', '-z'], {
      gitDir: this.#layout.gitDir,
      workTree: this.#layout.work,
      userConfig: true,
      input: path,
      allowedCodes: [0, 1, 128],
    })
    return code === 0
  }
}
