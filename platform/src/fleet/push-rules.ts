import { AppError } from '../errors.ts'
import type { RefUpdate } from '../git/head.ts'
import { ZERO_OID } from '../git/object-id.ts'
import { linksOf } from '../git/object-links.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { PushRefused } from '../git/receive-pack.ts'
import type { PushRules } from '../git/receive-pack.ts'
import { listFilesAt, readFileAt } from '../git/read-files.ts'
import { DocumentError } from './document.ts'
import type { WorkspaceDocument } from './document.ts'
import { FLEET_BRANCH } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { parsePool, POOL_FILE } from './pool.ts'
import { assertDistinct, parseTemplateDocument, TEMPLATES_FOLDER } from './templates.ts'

/** How many commits of one push are followed to see that nothing is rewritten. */
const MAX_COMMITS = 10_000

/**
 * What may be pushed to the fleet repository: fast-forwards of `main` in which every document is valid, of workspaces, of
 * people's templates, and the pool's.
 * `check` says why a document that is new or changed cannot be, by throwing an `AppError`; it is told what it was before.
 */
export function createFleetPushRules(
  fleet: Fleet,
  by: string,
  check: (document: WorkspaceDocument, before: WorkspaceDocument | null) => Promise<void>,
): PushRules {
  return {
    by,
    refuse: ({ ref, new: oid }) =>
      ref !== FLEET_BRANCH
        ? 'the fleet has one branch, main'
        : oid === ZERO_OID
          ? 'main cannot be deleted'
          : null,
    async inspect(updates, _version, objects) {
      const update = updates.find(({ ref }) => ref === FLEET_BRANCH)
      if (!update) return
      if (!(await isFastForward(objects, update)))
        throw new PushRefused('history of the fleet is not rewritten: pull first')
      try {
        for (const { before, after } of (await fleet.changesOf(objects, update.new)).values())
          if (after) await check(after, before)
        const pool = await readFileAt(objects, update.new, POOL_FILE)
        if (pool) parsePool(pool.toString())
        await checkTemplates(objects, update.new)
      } catch (error) {
        if (error instanceof DocumentError || error instanceof AppError) throw new PushRefused(error.message)
        throw error
      }
    },
  }
}

async function checkTemplates(objects: ObjectReader, commit: string): Promise<void> {
  const files = await listFilesAt(objects, commit, TEMPLATES_FOLDER)
  assertDistinct(files.map(({ path }) => path))
  for (const { path, oid } of files) {
    const blob = await objects.read(oid)
    parseTemplateDocument(path, blob?.content.toString() ?? '')
  }
}

async function isFastForward(objects: ObjectReader, { old, new: tip }: RefUpdate): Promise<boolean> {
  const seen = new Set<string>()
  const waiting = [tip]
  for (let oid = waiting.pop(); oid !== undefined && seen.size < MAX_COMMITS; oid = waiting.pop()) {
    if (oid === old) return true
    if (seen.has(oid)) continue
    seen.add(oid)
    const commit = await objects.read(oid)
    if (commit?.type === 'commit') waiting.push(...linksOf(commit).slice(1))
  }
  return false
}
