import {
  CreateReadLink,
  FileAtCommit,
  ReadLink,
  SharedFolder,
  SharedHistory,
  SharedHistoryQuery,
  SharedPlace,
  SharedWorkspace,
} from '../../protocol.ts'
import { z } from 'zod'
import type { Links } from '../../sharing/links.ts'
import type { SharedView } from '../../sharing/shared-view.ts'
import { openRoute, route } from '../route.ts'
import type { Route } from '../route.ts'

const File = SharedPlace.required({ path: true })

/** Links by which anybody reads a workspace: what its owner does with them, and what whoever has one sees. */
export function createLinkRoutes(links: Links, view: SharedView): Route[] {
  return [
    route({
      method: 'get',
      path: '/workspaces/{id}/links',
      summary: 'Links by which anybody may look at the files of a workspace, newest first',
      status: 200,
      response: z.object({ links: z.array(ReadLink) }),
      handle: async ({ identity, params: { id = '' } }) => ({ links: await links.list(identity, id) }),
    }),
    route({
      method: 'post',
      path: '/workspaces/{id}/links',
      summary: 'Make a link by which anybody may look at the newest save until it expires or is revoked',
      status: 201,
      body: CreateReadLink,
      response: ReadLink,
      handle: ({ identity, params: { id = '' }, body }) => links.create(identity, id, body),
    }),
    route({
      method: 'delete',
      path: '/workspaces/{id}/links/{link}',
      summary: 'Revoke a link',
      status: 204,
      handle: ({ identity, params: { id = '', link = '' } }) => links.revoke(identity, id, link),
    }),
    openRoute({
      method: 'get',
      path: '/shared/{token}',
      summary: 'What a link shows',
      status: 200,
      response: SharedWorkspace,
      handle: ({ viewer, params: { token = '' }, signal }) => view.about(token, viewer?.name ?? null, signal),
    }),
    openRoute({
      method: 'get',
      path: '/shared/{token}/folder',
      summary: 'A folder of the newest save, or of one in the history; without `path` the topmost',
      status: 200,
      query: SharedPlace,
      response: SharedFolder,
      handle: ({ params: { token = '' }, query, signal }) => view.folder(token, query, signal),
    }),
    openRoute({
      method: 'get',
      path: '/shared/{token}/text',
      summary: 'A text file',
      status: 200,
      query: File,
      response: FileAtCommit,
      handle: ({ params: { token = '' }, query, signal }) => view.text(token, query, signal),
    }),
    openRoute({
      method: 'get',
      path: '/shared/{token}/raw',
      summary: 'The bytes of a file, up to 32 MiB; images as such, everything else to be downloaded',
      status: 200,
      query: File,
      produces: 'application/octet-stream',
      handle: ({ params: { token = '' }, query, signal }) => view.raw(token, query, signal),
    }),
    openRoute({
      method: 'get',
      path: '/shared/{token}/archive',
      summary: 'All files as a zip',
      status: 200,
      query: SharedPlace.omit({ path: true }),
      produces: 'application/zip',
      handle: ({ params: { token = '' }, query, signal }) => view.archive(token, query, signal),
    }),
    openRoute({
      method: 'get',
      path: '/shared/{token}/history',
      summary: 'Saves and commits that led to the newest save, newest first, when the link shows them',
      status: 200,
      query: SharedHistoryQuery,
      response: SharedHistory,
      handle: ({ params: { token = '' }, query, signal }) => view.history(token, query.cursor, signal),
    }),
  ]
}
