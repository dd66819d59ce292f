import { join } from 'node:path'
import { loadKeys } from '../../src/access/keys.ts'
import { createTokens } from '../../src/access/tokens.ts'
import { Fleet } from '../../src/fleet/fleet.ts'
import { Remotes } from '../../src/git/remotes.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'
import { temporaryFolder } from './shell.ts'

/** Makes tokens for the repository: of its runner, or of an owner. */
export interface DeclaredRepository {
  mint(subject: 'runner' | 'owner', claims: Record<string, string>, seconds?: number): Promise<string>
}

/** An empty repository of a workspace that does not run, in the data directory of a platform that does not run. */
export async function declareRepository(dataDir: string, id: string): Promise<DeclaredRepository> {
  await using store = await DiskObjectStore.open(join(dataDir, 'store'))
  await using cache = await temporaryFolder()
  await using remotes = await Remotes.open(store, cache.path)
  await remotes.create(id, { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
  // A repository that no workspace is declared for is retired.
  const fleet = await Fleet.open(remotes)
  await fleet.change(id, { name: 'Ada', email: 'ada@example.com' }, 'Declare it', () => ({
    apiVersion: 'codenest.dev/v1',
    kind: 'Workspace',
    metadata: { name: id, owner: 'owner', createdAt: new Date().toISOString() },
    spec: { source: { repository: 'https://example.com/project.git' }, running: false },
  }))
  const tokens = createTokens(await loadKeys(join(dataDir, 'signing-key.json')))
  return {
    async mint(subject, claims, seconds = 3600) {
      const { token } = await tokens.mint('git', subject, seconds, { repository: id, ...claims })
      return token
    },
  }
}
