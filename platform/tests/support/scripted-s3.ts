import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { S3Options } from '../../src/store/s3-options.ts'
import { startS3Endpoint } from './s3-endpoint.ts'

/**
 * What goes wrong with one request: an answer of that status and S3 code without carrying it out; `after`: carried
 * out first; `reset`: the connection breaks instead of an answer; `stall`: no answer at all; `cut`: half a body.
 */
export interface Fault {
  status?: number
  code?: string
  after?: boolean
  kind?: 'reset' | 'stall' | 'cut'
}

export interface ScriptedS3 extends AsyncDisposable {
  options: S3Options
  objects: Map<string, Buffer>
  /** `PUT /bucket/key?query` of each request so far. */
  requests: string[]
  /** Uploads in parts that were begun and neither completed nor aborted. */
  uploads: Map<string, Map<number, Buffer>>
  /** Asked before each request. */
  fault: (request: IncomingMessage) => Fault | undefined
}

/** A small S3 server in memory that honours conditions and fails as it is told. */
export async function startScriptedS3(
  traits: { bareEtags?: boolean; racy?: boolean } = {},
): Promise<ScriptedS3> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const requests: string[] = []
  let fault: ScriptedS3['fault'] = () => undefined

  const matches = (header: string | undefined, key: string): boolean => {
    const stored = objects.get(key)
    if (!stored || header === undefined) return false
    return header === (traits.bareEtags === true ? md5(stored) : `"${md5(stored)}"`)
  }
  const store = (request: IncomingMessage, url: URL, body: Buffer): [number, string, string?] => {
    const key = url.pathname
    const upload = url.searchParams.get('uploadId')
    if (request.method === 'DELETE') {
      if (upload === null) objects.delete(key)
      else uploads.delete(upload)
      return [204, '']
    }
    if (request.method === 'POST' && upload === null) {
      const id = `upload-${requests.length}`
      uploads.set(id, new Map())
      return [
        200,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      ]
    }
    const stored = objects.get(key)
    if (request.method === 'GET' && url.searchParams.has('list-type')) {
      const start = `${key}/${url.searchParams.get('prefix') ?? ''}`.replace('//', '/')
      const listed = [...objects].filter(([name]) => name.startsWith(start))
      const entry = ([name, { length }]: [string, Buffer]): string =>
        `<Contents><Key>${name.slice(key.length + 1)}</Key><Size>${length}</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`
      const body = listed.map(entry).join('')
      return [200, `<ListBucketResult><IsTruncated>false</IsTruncated>${body}</ListBucketResult>`]
    }
    if (request.method === 'GET') {
      if (!stored) return [404, errorBody('NoSuchKey')]
      if (matches(request.headers['if-none-match'], key)) return [304, '']
      return [200, stored.toString('latin1'), md5(stored)]
    }
    if (request.headers['if-none-match'] === '*' && stored) return [412, errorBody('PreconditionFailed')]
    const match = request.headers['if-match']
    if (match !== undefined && !stored) return [404, errorBody('NoSuchKey')]
    if (match !== undefined && !matches(match, key)) return [412, errorBody('PreconditionFailed')]
    if (upload !== null) {
      const parts = uploads.get(upload)
      if (!parts) return [404, errorBody('NoSuchUpload')]
      const part = url.searchParams.get('partNumber')
      if (part !== null) {
        parts.set(Number(part), body)
        return [200, '', md5(body)]
      }
      const whole = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes))
      objects.set(key, whole)
      uploads.delete(upload)
      const etag = `${md5(whole)}-${parts.size}`
      return [200, `<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`]
    }
    objects.set(key, body)
    return [200, '', md5(body)]
  }

  const looked = Promise.withResolvers<void>()
  let writers = 0
  const secondWriter = async (): Promise<void> => {
    writers += 1
    if (writers === 2) looked.resolve()
    await looked.promise
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://s3')
    const planned = fault(request)
    requests.push(`${request.method} ${url.pathname}${url.search}`)
    const body = await buffer(request)
    // A racy server looks at the condition first and writes later: here when a second writer has looked, too.
    if (traits.racy === true && request.headers['if-none-match'] === '*' && !objects.has(url.pathname)) {
      if (url.pathname.endsWith('/created')) await secondWriter()
      request.headers['if-none-match'] = undefined
    }
    let [status, text, etag]: [number, string, string?] = [200, '']
    if (!planned || planned.after === true || planned.kind === 'cut')
      [status, text, etag] = store(request, url, body)
    if (planned?.kind === 'stall') return
    if (planned?.kind === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    if (planned?.status !== undefined) {
      status = planned.status
      text = errorBody(planned.code ?? 'InternalError')
      etag = undefined
    }
    if (etag !== undefined) response.setHeader('etag', `"${etag}"`)
    const bytes = Buffer.from(text, 'latin1')
    if (planned?.kind === 'cut') {
      response.writeHead(status, { 'content-length': bytes.length + 10 })
      response.write(bytes, () => request.socket.destroy())
      return
    }
    response.writeHead(status, { 'content-type': 'application/xml' }).end(status === 304 ? undefined : bytes)
  }

  const endpoint = await startS3Endpoint(answer)
  return {
    objects,
    uploads,
    requests,
    get fault() {
      return fault
    },
    set fault(next) {
      fault = next
    },
    options: endpoint.options,
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  }
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

function errorBody(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>scripted</Message></Error>`
}
