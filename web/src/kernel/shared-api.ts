import type {
  FileAtCommit,
  SharedFolder,
  SharedHistory,
  SharedPlace,
  SharedWorkspace,
  Workspace,
} from '@codenest/platform/protocol'
import { API, callApi, queryOf } from './api.ts'

/** A save of the history that a link shows; empty: the newest. */
export type SharedPoint = Pick<SharedPlace, 'commit' | 'seal'>

/** What a link lets one see. Every method rejects with `ApiError`. */
export interface SharedApi {
  about: () => Promise<SharedWorkspace>
  /** '' is the topmost folder. */
  folder: (path: string, at: SharedPoint) => Promise<SharedFolder>
  text: (path: string, at: SharedPoint, signal: AbortSignal) => Promise<FileAtCommit>
  history: (cursor?: string) => Promise<SharedHistory>
  /** Needs somebody who is signed in. */
  fork: (at: SharedPoint) => Promise<Workspace>
  rawUrl: (path: string, at: SharedPoint) => string
  archiveUrl: (at: SharedPoint) => string
}

export function createSharedApi(token: string): SharedApi {
  const base = `/shared/${encodeURIComponent(token)}`
  return {
    about: () => callApi('GET', base),
    folder: (path, at) =>
      callApi('GET', `${base}/folder${queryOf({ path: path === '' ? undefined : path, ...at })}`),
    text: (path, at, signal) => callApi('GET', `${base}/text${queryOf({ path, ...at })}`, undefined, signal),
    history: (cursor) => callApi('GET', `${base}/history${queryOf({ cursor })}`),
    fork: (at) => callApi('POST', '/workspaces', { source: { link: token, ...at } }),
    rawUrl: (path, at) => `${API}${base}/raw${queryOf({ path, ...at })}`,
    archiveUrl: (at) => `${API}${base}/archive${queryOf({ ...at })}`,
  }
}
