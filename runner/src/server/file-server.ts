import type { IncomingMessage, ServerResponse } from 'node:http'

import { errorCode, RunnerError, toRunnerError } from '../errors.ts'
import type { TransferProblem } from '../files/protocol.ts'
import type { FileTickets } from '../files/transfer/tickets.ts'
import type { Transfers } from '../files/transfer/transfers.ts'
import type { Logger } from '../log.ts'
import type { RunnerErrorCode } from '../protocol.ts'

const STATUS: Partial<Record<RunnerErrorCode, number>> = {
  bad_request: 400,
  outside_workspace: 403,
  not_found: 404,
  already_exists: 409,
  not_a_file: 409,
  not_a_folder: 409,
  not_ready: 503,
  disk_full: 507,
}

/** Whoever asked has hung up: a person who cancels, a player that jumps. */
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'])

export interface FileServerOptions {
  tickets: FileTickets
  /** Exact Origin of the page. */
  origin: string
  /** null before the stage `ready`. */
  transfers: () => Pick<Transfers, 'send' | 'receive'> | null
  log: Logger
}

/**
 * Bytes of files over HTTP: to look at, to download, to upload. A ticket in the URL says what may be done; the only
 * foreign page that is let near is the page itself.
 */
export function createFileServer({
  tickets,
  origin,
  transfers,
  log,
}: FileServerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    if (headers.origin !== undefined && headers.origin !== origin) {
      refuse(response, 403, { code: 'foreign_origin', message: 'Files are for the page of this workspace.' })
      return
    }
    if (method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': 'GET, HEAD, PUT',
        'access-control-allow-headers': 'content-type, if-none-match, range',
        'access-control-max-age': '7200',
      })
      response.end()
      return
    }
    const ticket = tickets.check(url)
    if (!ticket || (method === 'PUT') !== (ticket.act === 'upload') || !/^(?:GET|HEAD|PUT)$/.test(method)) {
      const message = 'This link is not good any more: open the file again in the workspace.'
      refuse(response, 401, { code: 'ticket_expired', message })
      return
    }
    const ready = transfers()
    if (!ready) throw new RunnerError('not_ready', 'The workspace is not ready yet: try again in a moment.')
    if (ticket.act === 'upload') {
      await ready.receive(ticket.path, request)
      response.writeHead(201).end()
    } else await ready.send(ticket, request, response)
  }

  function fail(error: unknown, response: ServerResponse): void {
    const known = toRunnerError(error)
    if (!known && !GONE.has(errorCode(error))) log.error({ err: error }, 'a transfer of a file failed')
    // Too late to say anything: that bytes are missing is noticed by the length.
    if (response.headersSent) response.destroy()
    if (response.destroyed) return
    const message = known?.message ?? 'The runner failed at this; its log says why.'
    refuse(response, (known && STATUS[known.code]) ?? 500, { code: known?.code ?? 'internal', message })
  }

  return (request, response) => {
    protect(response, origin)
    serve(request, response).catch((error: unknown) => fail(error, response))
  }
}

/** Whatever the bytes are, they run nothing, frame nowhere but in the page, and are what their type says. */
function protect(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
  response.setHeader('cache-control', 'no-store')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader(
    'content-security-policy',
    `sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${origin}`,
  )
}

function refuse(response: ServerResponse, status: number, problem: TransferProblem): void {
  for (const name of ['content-length', 'content-range', 'content-disposition']) response.removeHeader(name)
  // What is left of an upload is not waited for.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(problem))
}
