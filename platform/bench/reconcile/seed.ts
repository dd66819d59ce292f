import { createObject, encodeCommit, encodeTree } from '../../../runner/src/git/objects.ts'
import type { GitObject, TreeEntry } from '../../../runner/src/git/objects.ts'
import { encodePack } from '../../../runner/src/git/pack.ts'
import { writeWorkspaceDocument } from '../../src/fleet/document.ts'
import type { WorkspaceDocument } from '../../src/fleet/document.ts'
import { FLEET_BRANCH, FLEET_REPOSITORY } from '../../src/fleet/fleet.ts'
import { commitFiles } from '../../src/git/commit-files.ts'
import { ingestSmall } from '../../src/git/ingest.ts'
import { Remotes } from '../../src/git/remotes.ts'
import { headKey, serializeHead } from '../../src/git/repository.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'
import { Catalogue } from '../../src/templates/catalogue.ts'
import { TemplateEngine } from '../../src/templates/engine.ts'
import { temporaryFolder } from '../../tests/support/shell.ts'
import { fileURLToPath } from 'node:url'

const TEMPLATES = fileURLToPath(import.meta.resolve('../../../templates'))
const BRANCH = 'refs/heads/main'
const AUTHOR = { name: 'Ada', email: 'ada@example.com' }
/** Workspaces of each owner but the one who is signed in. */
const OF_AN_OWNER = 100
const TEMPLATE = 'static-site'

/** Ids of the signed-in owner's workspaces. */
export function ownIds(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `own-${n}`)
}

/**
 * Puts a fleet of `count` stopped workspaces into the store of a data folder, each with a repository as a stop leaves
 * it: `own` of them of the signed-in owner, the others of many.
 */
export async function seedFleet(dataDir: string, count: number, own: number): Promise<void> {
  await using folder = await temporaryFolder()
  await using store = await DiskObjectStore.open(`${dataDir}/store`)
  await using remotes = await Remotes.open(store, folder.path)
  await using engine = new TemplateEngine()
  const catalogue = await Catalogue.open(remotes, TEMPLATES, engine)
  const revision = await catalogue.latest(TEMPLATE)
  const documents = new Map<string, Map<string, WorkspaceDocument>>()
  const ids = ownIds(own)
  for (const id of ids) declare(documents, 'owner', id, revision)
  for (let n = own; n < count; n += 1) {
    const id = `other-${n}`
    declare(documents, `person-${Math.floor((n - own) / OF_AN_OWNER)}`, id, revision)
    ids.push(id)
  }
  const { commit, pack } = await packFleet(documents)
  const made = { head: FLEET_BRANCH, refs: { [FLEET_BRANCH]: commit }, by: 'bench' }
  await remotes.create(FLEET_REPOSITORY, { ...made, pack: ingestSmall(pack).pack })
  await makeRepositories(remotes, ids)
}

function declare(
  documents: Map<string, Map<string, WorkspaceDocument>>,
  owner: string,
  id: string,
  revision: string,
): void {
  const own = documents.get(owner) ?? new Map<string, WorkspaceDocument>()
  documents.set(owner, own)
  own.set(id, {
    apiVersion: 'codenest.dev/v1',
    kind: 'Workspace',
    metadata: { name: id, owner, createdAt: new Date().toISOString() },
    spec: { source: { template: TEMPLATE, revision, parameters: {} }, running: false },
  })
}

async function packFleet(
  documents: Map<string, Map<string, WorkspaceDocument>>,
): Promise<{ commit: string; pack: Buffer }> {
  const objects: GitObject[] = []
  const add = (type: GitObject['type'], data: Buffer): string => {
    const object = createObject(type, data)
    objects.push(object)
    return object.oid
  }
  const folder = (entries: TreeEntry[]): string => add('tree', encodeTree(entries))
  const owners = Array.from(documents, ([owner, own]) => {
    const files = Array.from(own, ([id, document]) => ({
      mode: '100644',
      name: `${id}.yaml`,
      oid: add('blob', Buffer.from(writeWorkspaceDocument(document))),
    }))
    return { mode: '40000', name: owner, oid: folder(files) }
  })
  const tree = folder([{ mode: '40000', name: 'workspaces', oid: folder(owners) }])
  const time = Math.floor(Date.now() / 1000)
  const message = 'Declare workspaces\n'
  const commit = add(
    'commit',
    encodeCommit({ tree, parents: [], author: AUTHOR, committer: AUTHOR, time, message }),
  )
  return { commit, pack: await encodePack(objects) }
}

/** They all begin with the same commit, so one head serves them all. */
async function makeRepositories(remotes: Remotes, ids: string[]): Promise<void> {
  const changes = new Map([['a.txt', { content: Buffer.from('a\n'), mode: '100644' as const }]])
  const { commit, pack } = await commitFiles({ base: null, changes, message: 'Begin', author: AUTHOR })
  const refs = { [BRANCH]: commit }
  const [first = '', ...others] = ids
  await remotes.create(first, { head: BRANCH, refs, pack: ingestSmall(pack).pack, by: 'bench' })
  const version = await remotes.repository(first).head()
  if (!version) throw new Error('there is no first repository')
  const head = serializeHead(version.head)
  for (let n = 0; n < others.length; n += 100)
    await Promise.all(others.slice(n, n + 100).map((id) => remotes.store.putIfAbsent(headKey(id), head)))
}
