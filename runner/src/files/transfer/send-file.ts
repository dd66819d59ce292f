import { open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { RunnerError } from '../../errors.ts'
import type { WorkPaths } from '../paths.ts'
import { parseRange } from './byte-range.ts'
import { contentTypeOf } from './content-type.ts'

/** Answers with a file, or the part of it that was asked for. Throws before it has answered, or breaks off. */
export async function sendFile(
  paths: WorkPaths,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  asDownload: boolean,
): Promise<void> {
  await using file = await open(await paths.follow(path), 'r')
  const stats = await file.stat()
  if (!stats.isFile()) throw new RunnerError('not_a_file', `${path} is not a file.`)
  const range = parseRange(request.headers.range, stats.size)
  const type = contentTypeOf(path)
  response.setHeader('content-type', type)
  // Browsers show no PDF in a sandbox; their viewers are one.
  if (type === 'application/pdf') response.removeHeader('content-security-policy')
  response.setHeader('accept-ranges', 'bytes')
  if (asDownload) response.setHeader('content-disposition', dispositionOf(basename(path)))
  if (range === 'none') {
    response.writeHead(416, { 'content-range': `bytes */${stats.size}` }).end()
    return
  }
  const { start, end } = range ?? { start: 0, end: stats.size - 1 }
  if (range) response.setHeader('content-range', `bytes ${start}-${end}/${stats.size}`)
  response.setHeader('content-length', end - start + 1)
  response.writeHead(range ? 206 : 200)
  if (request.method === 'HEAD' || end < start) {
    response.end()
    return
  }
  await pipeline(file.createReadStream({ start, end, autoClose: false }), response)
}

/** `attachment` with a name that every browser understands (RFC 6266). */
export function dispositionOf(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}
