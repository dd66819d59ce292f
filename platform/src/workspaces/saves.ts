import git from 'isomorphic-git'
import { SAVES_PREFIX } from '../git/ref-name.ts'
import { createObjectFs, GIT_DIR } from '../git/object-fs.ts'
import type { Repository } from '../git/repository.ts'
import type { Save } from '../protocol.ts'

const MAX_SAVES = 200

/** The newest saves of a workspace, newest first, whether it runs or not. */
export async function listSaves(repository: Repository): Promise<Save[]> {
  const version = await repository.head()
  if (!version) return []
  const fs = createObjectFs(repository.objects(version))
  // Sessions are ULIDs: their names sort by time.
  const refs = Object.keys(version.head.refs)
    .filter((name) => name.startsWith(SAVES_PREFIX))
    .sort()
    .toReversed()
  const saves: Save[] = []
  const seen = new Set<string>()
  for (const ref of refs) {
    const session = ref.slice(SAVES_PREFIX.length)
    let oid = version.head.refs[ref]
    while (oid !== undefined && saves.length < MAX_SAVES && !seen.has(oid)) {
      seen.add(oid)
      const { commit } = await git.readCommit({ fs, gitdir: GIT_DIR, oid })
      // Below the first save of a chain lies the user's own commit.
      if (!/^Codenest-Head: /m.test(commit.message)) break
      const [message = ''] = commit.message.split('\n')
      const at = new Date(commit.committer.timestamp * 1000).toISOString()
      saves.push({ id: oid, session, at, author: commit.author.name, message })
      oid = commit.parent[0]
    }
  }
  return saves
}
