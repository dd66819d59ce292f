import { stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Layout } from '../../layout.ts'
import type { WorkPaths } from '../paths.ts'
import type { FileLink } from '../protocol.ts'
import { receiveFile } from './receive-file.ts'
import { sendFile } from './send-file.ts'
import { sendFolder } from './send-folder.ts'
import type { FileTickets, Ticket } from './tickets.ts'

/** What moves between the files and a browser as bytes. All throw `RunnerError` or a system error. */
export interface Transfers {
  link(ticket: Ticket): Promise<FileLink>
  /** Answers a GET or HEAD for what a ticket names. */
  send(ticket: Ticket, request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Takes in the body of a PUT. */
  receive(path: string, request: IncomingMessage): Promise<void>
}

/** `name` is what a zip of everything is called. */
export function createTransfers(
  layout: Layout,
  paths: WorkPaths,
  tickets: FileTickets,
  name: string,
): Transfers {
  async function link(ticket: Ticket): Promise<FileLink> {
    const { act, path } = ticket
    const stats = act === 'upload' ? (await paths.locate(path)).stats : await stat(await paths.follow(path))
    return { url: tickets.issue(ticket), ...describe(stats) }
  }

  async function send(
    { act, path }: Ticket,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isFolder = act === 'download' && (await stat(await paths.follow(path))).isDirectory()
    if (isFolder) await sendFolder(paths, path, name, response)
    else await sendFile(paths, path, request, response, act === 'download')
  }

  return { link, send, receive: (path, request) => receiveFile(layout, paths, path, request) }
}

function describe(stats: Stats | null): Pick<FileLink, 'kind' | 'size'> {
  if (!stats) return { kind: null, size: 0 }
  return stats.isDirectory() ? { kind: 'folder', size: 0 } : { kind: 'file', size: stats.size }
}
