import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { RunnerConfig } from '../protocol.ts'

/** Tells whether an editor save of a path stays on this disk, by the workspace's setting at that moment. */
export function createLocalFiles(
  layout: Layout,
  ignoredFiles: () => RunnerConfig['ignoredFiles'],
): (path: string) => Promise<boolean> {
  return async (path) => {
    if (ignoredFiles() === 'keep') return false
    const { code } = await git(['check-ignore', '--quiet', '--stdin', '-z'], {
      gitDir: layout.gitDir,
      workTree: layout.work,
      userConfig: true,
      input: path,
      allowedCodes: [0, 1, 128],
    })
    return code === 0
  }
}
