import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { readCookie } from '../access/cookies.ts'
import type { Tokens } from '../access/tokens.ts'
import { PLATFORM_COOKIE } from './headers.ts'

const COOKIE = `${PLATFORM_COOKIE}preview`
const TICKET_SECONDS = 60
const COOKIE_SECONDS = 12 * 3600
export const ENTER_PATH = '/.codenest/enter'

/** Lets a browser into previews: a ticket in the URL, good once, becomes a cookie of the preview's own origin. */
export class PreviewAccess {
  readonly #tokens: Tokens
  /** Tickets that were used, until they expire. */
  readonly #used = new Map<string, number>()

  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  /** The URL to open, at `origin`, that leads to `path` of the preview. */
  async ticketUrl(origin: string, workspace: string, port: number, path: string): Promise<string> {
    const { token } = await this.#tokens.mint(
      `preview-ticket:${label(workspace, port)}`,
      'owner',
      TICKET_SECONDS,
      {
        jti: randomUUID(),
      },
    )
    return `${origin}${ENTER_PATH}?ticket=${token}&to=${encodeURIComponent(path)}`
  }

  /** The `Set-Cookie` header for a ticket; null when it is not good, or was used. */
  async enter(ticket: string, workspace: string, port: number): Promise<string | null> {
    const claims = await this.#tokens.verify(ticket, `preview-ticket:${label(workspace, port)}`)
    const now = Date.now()
    for (const [id, expires] of this.#used) if (expires < now) this.#used.delete(id)
    if (typeof claims?.jti !== 'string' || this.#used.has(claims.jti)) return null
    this.#used.set(claims.jti, now + TICKET_SECONDS * 1000)
    const { token } = await this.#tokens.mint(`preview:${label(workspace, port)}`, 'owner', COOKIE_SECONDS)
    // The preview pane is a frame of another site, so the cookie has to be a partitioned one.
    return `${COOKIE}=${token}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; Secure; SameSite=None; Partitioned`
  }

  async allows(request: IncomingMessage, workspace: string, port: number): Promise<boolean> {
    const cookie = readCookie(request, COOKIE)
    return (
      cookie !== null && (await this.#tokens.verify(cookie, `preview:${label(workspace, port)}`)) !== null
    )
  }
}

function label(workspace: string, port: number): string {
  return `${port}--${workspace}`
}
