import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { FILES_PREFIX } from '../protocol.ts'
import type { FileAct } from '../protocol.ts'

/** What a ticket is good for, in milliseconds: long enough to watch a film, and to send a large file. */
const LIFETIME_MS = 3_600_000

export interface Ticket {
  act: FileAct
  path: string
}

/**
 * URLs that elements of the page can load by themselves, which send no token of their own. Each opens one path for one
 * act, for an hour; the key that they are signed with lives as long as the runner.
 */
export interface FileTickets {
  /** Path and query of a URL. */
  issue(ticket: Ticket): string
  /** null when the URL is not ours, or not any more. */
  check(url: string): Ticket | null
}

export function createFileTickets(now: () => number = Date.now): FileTickets {
  const key = randomBytes(32)

  function sign(act: string, path: string, expires: string): Buffer {
    return createHmac('sha256', key).update(`${act}\n${expires}\n${path}`).digest()
  }

  function issue({ act, path }: Ticket): string {
    const expires = String(now() + LIFETIME_MS)
    const ticket = sign(act, path, expires).toString('base64url')
    const location = path.split('/').map(encodeURIComponent).join('/')
    return `${FILES_PREFIX}${location}?${new URLSearchParams({ act, expires, ticket }).toString()}`
  }

  function check(url: string): Ticket | null {
    // Not by `URL`, which would resolve dots in the path before they are looked at.
    const [location = '', query = ''] = url.split('?', 2)
    if (!location.startsWith(FILES_PREFIX)) return null
    const path = decode(location.slice(FILES_PREFIX.length))
    const values = new URLSearchParams(query)
    const [act, expires, ticket] = ['act', 'expires', 'ticket'].map((name) => values.get(name) ?? '')
    if (path === null || act === undefined || expires === undefined || ticket === undefined) return null
    const given = Buffer.from(ticket, 'base64url')
    const expected = sign(act, path, expires)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
    if (!(Number(expires) > now())) return null
    // Only acts that were signed get here, and only known ones are.
    return { act: act as FileAct, path }
  }

  return { issue, check }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
