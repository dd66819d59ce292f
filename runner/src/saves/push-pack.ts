import { encodePack } from '../git/pack.ts'
import { ZERO_OID } from '../git/objects.ts'
import type { RefUpdate } from '../git/receive-pack.ts'
import { collect, exitCode, GitError, startGit } from '../git/spawn.ts'
import type { Batch } from './outbox.ts'
import type { ShadowObjects } from './shadow-objects.ts'

export interface PackRequest {
  shadow: string
  objects: ShadowObjects
  batch: Batch | null
  updates: RefUpdate[]
  /** Commits that the remote has. */
  remoteHas: Set<string>
  /** Makes git see what is in memory alone. */
  flush: () => Promise<void>
  signal: AbortSignal
}

/**
 * The pack of a push: built in process when the batch holds nothing but editor saves on top of what the remote has,
 * else by git. null when nothing is added. A stream throws `GitError` when git fails.
 */
export async function buildPack(request: PackRequest): Promise<Buffer | AsyncIterable<Buffer> | null> {
  const { batch, updates, remoteHas } = request
  const wanted = updates.map((update) => update.new).filter((oid) => oid !== ZERO_OID)
  if (wanted.length === 0) return null
  const onlySaves = batch !== null && wanted.every((oid) => oid === batch.tip || remoteHas.has(oid))
  const onKnown = batch?.parents.every((oid) => batch.commits.has(oid) || remoteHas.has(oid))
  if (onlySaves && onKnown && batch.objects) return batch.pack ?? encodePack(batch.objects)
  return packByGit(request, wanted)
}

async function* packByGit(
  { shadow, objects, flush, remoteHas, signal }: PackRequest,
  wanted: string[],
): AsyncIterable<Buffer> {
  await flush()
  const excluded: string[] = []
  for (const oid of remoteHas) if (await objects.has(oid)) excluded.push(`^${oid}`)
  const child = startGit(['pack-objects', '--revs', '--stdout', '--delta-base-offset', '-q'], {
    gitDir: shadow,
    signal,
  })
  child.stdin.end(`${[...wanted, ...excluded].join('\n')}\n`)
  const ended = Promise.all([exitCode(child), collect(child.stderr)])
  ended.catch(() => undefined)
  for await (const chunk of child.stdout) yield chunk as Buffer
  const [code, stderr] = await ended
  if (code !== 0) throw new GitError('pack-objects', code, stderr.toString('utf8'))
}
