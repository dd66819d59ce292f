import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { isMissing } from '../errors.ts'
import { listRemoteRefs, newestSave, SAVES_PREFIX } from '../git/ls-refs.ts'
import type { RemoteRefs } from '../git/ls-refs.ts'
import { decodePack } from '../git/pack.ts'
import { RemoteError } from '../git/remote.ts'
import type { Remote } from '../git/remote.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { RunnerConfig, StageStatus } from '../protocol.ts'
import { Journal } from '../saves/journal.ts'
import type { JournalEntry } from '../saves/journal.ts'
import type { ChainEntry } from '../saves/save-chain.ts'
import type { ShadowObjects } from '../saves/shadow-objects.ts'
import { cloneWorkspace, initWorkspace } from './clone.ts'
import { checkOutHead, restoreSave } from './restore.ts'
import { listShadowSaves, prepareShadow } from './shadow.ts'

export interface OpenWorkspace {
  /** The save that the work tree continues. */
  newest: { ref: string; commit: string } | null
  /** What the remote has; null when it was not asked. */
  remoteRefs: RemoteRefs | null
  journal: Journal
  /** Saves that an earlier run made and may not have pushed, oldest first. */
  waiting: ChainEntry[]
}

/**
 * Makes the workspace's files ready: clones and restores them, or adopts the disk of a runner that was killed.
 * Throws `GitError`, `RemoteError` or the signal's reason.
 */
export async function openWorkspace(
  layout: Layout,
  config: RunnerConfig,
  remote: Remote,
  objects: ShadowObjects,
  onStage: (stage: StageStatus['stage']) => void,
  log: Logger,
  signal: AbortSignal,
): Promise<OpenWorkspace> {
  if (await isComplete(layout)) {
    onStage('restoring')
    return adopt(layout, config.session, objects, log)
  }
  onStage('cloning')
  const [remoteRefs] = await Promise.all([askRemote(remote, signal), initWorkspace(layout)])
  await cloneWorkspace(layout, config, remote, remoteRefs, signal)
  onStage('restoring')
  const newest = newestSave(remoteRefs.refs)
  if (newest) await restoreSave(layout, objects, newest.commit, signal)
  else await checkOutHead(layout, signal)
  const { journal } = await Journal.open(layout.journal)
  await writeFile(layout.completeMarker, '')
  return { newest, remoteRefs, journal, waiting: [] }
}

/**
 * The journal knows more than the shadow: what was in memory when the runner died is in it. A session that sorts behind
 * this one, because a clock was set back, is one that the remote never heard of: its saves go on as this session's.
 */
async function adopt(
  layout: Layout,
  session: string,
  objects: ShadowObjects,
  log: Logger,
): Promise<OpenWorkspace> {
  await prepareShadow(layout)
  const { journal, entries } = await Journal.open(layout.journal)
  const waiting = entries.map((entry) => ({
    ...entry,
    objects: decodePack(entry.pack),
    bytes: entry.pack.length,
  }))
  for (const entry of waiting) objects.add(entry.objects)
  await objects.flush()
  for (const { session, commit } of lastOfEach(entries)) {
    const path = join(layout.shadow, SAVES_PREFIX + session)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${commit}\n`)
  }
  const saves = await listShadowSaves(layout)
  const last = entries.at(-1)
  const newest = last ? { ref: SAVES_PREFIX + last.session, commit: last.commit } : newestSave(saves)
  for (const ref of saves.keys()) {
    if (ref <= SAVES_PREFIX + session) continue
    await rm(join(layout.shadow, ref), { force: true })
  }
  log.info({ saves: saves.size, waiting: waiting.length }, 'adopted the files of an earlier run')
  return { newest, remoteRefs: null, journal, waiting }
}

function lastOfEach(entries: JournalEntry[]): Iterable<JournalEntry> {
  return new Map(entries.map((entry) => [entry.session, entry])).values()
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

/** True when the disk holds a workspace that was opened once; it may hold what the remote lacks. */
export async function isComplete(layout: Layout): Promise<boolean> {
  for (const path of [layout.shadow, layout.completeMarker]) {
    try {
      await stat(path)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }
  return true
}
