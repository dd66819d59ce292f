import type { IncomingMessage } from 'node:http'

import { importJWK, jwtVerify } from 'jose'
import type { JWK } from 'jose'

import type { RunnerConfig } from '../protocol.ts'

const ALGORITHM = 'EdDSA'
const ISSUER = 'codenest'

/** HTTP status that refuses the request; null lets it pass. */
export type Refusal = 401 | 403 | null

/** Who may connect: the platform signs a short-lived token for every page and for the gateway. */
export interface Access {
  /** A page's upgrade: token in the query, and the page's exact Origin. */
  checkUpgrade(request: IncomingMessage): Promise<Refusal>
  /** The gateway's CONNECT: token in `Proxy-Authorization: Bearer`. */
  checkConnect(request: IncomingMessage): Promise<Refusal>
}

/** Throws when the platform's key is not an Ed25519 key. */
export async function createAccess(config: Pick<RunnerConfig, 'workspace' | 'access'>): Promise<Access> {
  const key = await importJWK(config.access.publicKey as JWK, ALGORITHM)

  async function isValid(token: string | null): Promise<boolean> {
    if (!token) return false
    try {
      await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: `runner:${config.workspace}`,
        requiredClaims: ['exp'],
      })
      return true
    } catch {
      return false
    }
  }

  async function checkUpgrade(request: IncomingMessage): Promise<Refusal> {
    if (request.headers.origin !== config.access.origin) return 403
    const { searchParams } = new URL(request.url ?? '/', 'http://runner')
    return (await isValid(searchParams.get('token'))) ? null : 401
  }

  async function checkConnect(request: IncomingMessage): Promise<Refusal> {
    const token = /^Bearer (.+)$/i.exec(request.headers['proxy-authorization'] ?? '')?.[1]
    return (await isValid(token ?? null)) ? null : 401
  }

  return { checkUpgrade, checkConnect }
}
