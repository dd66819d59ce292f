import { stat, writeFile } from 'node:fs/promises'

import { isMissing } from '../errors.ts'
import { listRemoteRefs, newestSave } from '../git/ls-refs.ts'
import type { RemoteRefs } from '../git/ls-refs.ts'
import { ObjectReader } from '../git/object-reader.ts'
import { RemoteError } from '../git/remote.ts'
import type { Remote } from '../git/remote.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { RunnerConfig, StageStatus } from '../protocol.ts'
import { cloneWorkspace } from './clone.ts'
import { checkOutHead, restoreSave } from './restore.ts'
import { listShadowSaves, prepareShadow } from './shadow.ts'

export interface OpenWorkspace {
  /** The save that the work tree continues. */
  newest: { ref: string; commit: string } | null
  /** Save refs on this disk, by full name. */
  saves: Map<string, string>
  /** What the remote has; null when it was not asked. */
  remoteRefs: RemoteRefs | null
}

/**
 * Makes the workspace's files ready: clones and restores them, or adopts the disk of a runner that was killed.
 * Throws `GitError`, `RemoteError` or the signal's reason.
 */
export async function openWorkspace(
  layout: Layout,
  config: RunnerConfig,
  remote: Remote,
  onStage: (stage: StageStatus['stage']) => void,
  log: Logger,
  signal: AbortSignal,
): Promise<OpenWorkspace> {
  if (await isComplete(layout)) {
    onStage('restoring')
    await prepareShadow(layout)
    const saves = await listShadowSaves(layout)
    log.info({ saves: saves.size }, 'adopted the files of an earlier run')
    return { newest: newestSave(saves), saves, remoteRefs: null }
  }
  onStage('cloning')
  const remoteRefs = await askRemote(remote, signal)
  await cloneWorkspace(layout, config, remote, remoteRefs, signal)
  onStage('restoring')
  const saves = await listShadowSaves(layout)
  const newest = newestSave(saves)
  if (newest) await restore(layout, newest.commit, signal)
  else await checkOutHead(layout, signal)
  await writeFile(layout.completeMarker, '')
  return { newest, saves, remoteRefs }
}

/** A token may have run out while the workspace waited for its place: then a new one is asked for. */
async function askRemote(remote: Remote, signal: AbortSignal): Promise<RemoteRefs> {
  try {
    return await listRemoteRefs(remote, signal)
  } catch (error) {
    if (!(error instanceof RemoteError) || !error.unauthorized) throw error
    await remote.renew()
    return listRemoteRefs(remote, signal)
  }
}

async function restore(layout: Layout, commit: string, signal: AbortSignal): Promise<void> {
  const reader = new ObjectReader(layout.shadow)
  try {
    await restoreSave(layout, reader, commit, signal)
  } finally {
    reader.dispose()
  }
}

/** True when the disk holds a workspace that was opened once; it may hold what the remote lacks. */
export async function isComplete(layout: Layout): Promise<boolean> {
  for (const path of [layout.gitDir, layout.completeMarker]) {
    try {
      await stat(path)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }
  return true
}
