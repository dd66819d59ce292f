import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { importJWK, jwtVerify } from 'jose'
import type { JWK } from 'jose'

import type { Logger } from './log.ts'
import { RunnerConfig } from './protocol.ts'

/** Bytes; a config has a few thousand. */
const MOST_BYTES = 256 * 1024

/** Without `host` all addresses. */
export interface TcpAddress {
  port: number
  host?: string
}

export interface ClaimOptions {
  listen: TcpAddress
  /** Where the workspace's files will be; absolute. */
  root: string
  /** The platform's Ed25519 key (JWK): only it may say for whom a runner works. */
  publicKey: JWK
  /** Names this runner and no other, so that nobody can send it what was meant for another. */
  uid: string
  log: Logger
}

/**
 * Waits for the platform to say for whom this runner works: `POST /claim` with a config but for `root` and `listen`,
 * and a token signed for this runner and this very body. Resolves to null when `signal` aborts first.
 */
export async function waitForClaim(options: ClaimOptions, signal: AbortSignal): Promise<RunnerConfig | null> {
  const key = await importJWK(options.publicKey, 'EdDSA')
  const claimed = Promise.withResolvers<RunnerConfig | null>()
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      options.log.warn({ err: error }, 'a claim failed')
      response.destroy()
    })
  })

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever comes next finds the workspace's own server at this address.
    response.setHeader('connection', 'close')
    if (request.url === '/livez') return void response.writeHead(200).end()
    if (request.url === '/readyz') return void response.writeHead(503).end()
    if (request.url === '/stages') {
      // Open until it is claimed, like that of a runner that works.
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
      return void response.write(`${JSON.stringify({ session: null, stage: 'waiting', detail: null })}\n`)
    }
    if (request.method !== 'POST' || request.url !== '/claim') return void response.writeHead(404).end()
    const body = await readBody(request)
    if (body === null) return void response.writeHead(413).end()
    if (!(await isSigned(request, body))) return void response.writeHead(401).end()
    const config = toConfig(body, options)
    if (config === null) return void response.writeHead(400).end()
    response.writeHead(202).end()
    await once(response, 'close')
    claimed.resolve(config)
  }

  async function isSigned({ headers }: IncomingMessage, body: Buffer): Promise<boolean> {
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    const expected = {
      algorithms: ['EdDSA'],
      issuer: 'codenest',
      audience: 'claim',
      subject: options.uid,
      requiredClaims: ['exp'],
    }
    const verified = await jwtVerify(token, key, expected).catch(() => null)
    return verified?.payload['digest'] === createHash('sha256').update(body).digest('base64url')
  }

  const abort = (): void => claimed.resolve(null)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  server.listen(options.listen)
  await once(server, 'listening')
  try {
    return await claimed.promise
  } finally {
    signal.removeEventListener('abort', abort)
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}

function toConfig(body: Buffer, { listen, root, log }: ClaimOptions): RunnerConfig | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return RunnerConfig.parse({ ...(value as object), root, listen })
  } catch {
    // What came holds a token, and so may the error.
    log.error('what a claim brought is no config')
    return null
  }
}

/** null when it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MOST_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
