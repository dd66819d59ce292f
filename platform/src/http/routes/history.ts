import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import {
  Changes,
  ChangesQuery,
  CommitId,
  FileAtCommit,
  HistoryEntry,
  HistoryPage,
  HistoryQuery,
  Restore,
  SaveSessions,
} from '../../protocol.ts'
import type { History } from '../../history/history.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'

/** What a workspace was: all of it is read from its repository, so it makes no difference whether it runs. */
export function createHistoryRoutes(history: History): Route[] {
  return [
    route({
      method: 'get',
      path: '/workspaces/{id}/history',
      summary: 'Saves, and commits of the user between them, newest first; with `path` those that changed it',
      status: 200,
      query: HistoryQuery,
      response: HistoryPage,
      handle: ({ identity, params: { id = '' }, query, signal }) =>
        history.timeline(identity, id, query, signal),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/sessions',
      summary: 'Sessions that made saves, newest first; which is current, and which were not taken in',
      status: 200,
      response: SaveSessions,
      handle: ({ identity, params: { id = '' }, signal }) => history.sessions(identity, id, signal),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/commits/{commit}/changes',
      summary: 'Files that differ between two saves or commits, at most 1,000',
      status: 200,
      query: ChangesQuery,
      response: Changes,
      handle: ({ identity, params: { id = '', commit }, query, signal }) =>
        history.changes(identity, id, checkCommit(commit), query, signal),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/commits/{commit}/files/{path}',
      summary: 'A text file as it was in a save or commit; slashes in the path are escaped',
      status: 200,
      response: FileAtCommit,
      handle: ({ identity, params: { id = '', commit, path = '' }, signal }) =>
        history.fileAt(identity, id, checkCommit(commit), path, signal),
    }),
    route({
      method: 'get',
      path: '/workspaces/{id}/commits/{commit}/archive',
      summary: 'All files of a save or commit as a zip',
      status: 200,
      produces: 'application/zip',
      handle: ({ identity, params: { id = '', commit }, signal }) =>
        history.archive(identity, id, checkCommit(commit), signal),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/restore',
      summary: 'Bring a file, a folder or everything of a stopped workspace back, as a new save',
      status: 201,
      body: Restore,
      response: HistoryEntry,
      handle: ({ identity, params: { id = '' }, body, signal }) =>
        history.restore(identity, id, body, signal),
    }),
  ]
}

function checkCommit(commit: string | undefined): z.infer<typeof CommitId> {
  const parsed = CommitId.safeParse(commit)
  if (parsed.success) return parsed.data
  throw new AppError(400, 'invalid_commit', 'A commit is named by its 40 hexadecimal digits.')
}
