import type { Save } from '../protocol.ts'
import type { CommitInfo } from './commits.ts'
import { saveBefore } from './commits.ts'
import { sessionTips } from './save-refs.ts'
import type { Source } from './timeline.ts'

const MAX_SAVES = 200

/** The newest saves of a workspace, session by session, newest first. */
export async function listSaves({ head, read }: Source): Promise<Save[]> {
  const saves: Save[] = []
  for (const { session, tip } of sessionTips(head)) {
    let commit: CommitInfo | null = await read(tip)
    for (; commit?.save && saves.length < MAX_SAVES; commit = await saveBefore(read, commit)) {
      const at = new Date(commit.time * 1000).toISOString()
      saves.push({ id: commit.oid, session, at, author: commit.author, message: commit.subject })
    }
  }
  return saves
}
