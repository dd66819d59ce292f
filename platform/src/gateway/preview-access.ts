import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'
import { readCookie } from '../access/cookies.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Shares, Visit } from '../sharing/shares.ts'
import { PLATFORM_COOKIE } from './headers.ts'

const COOKIE = `${PLATFORM_COOKIE}preview`
const TICKET_SECONDS = 60
const COOKIE_SECONDS = 12 * 3600
const MOST_CHECKED = 1_000
export const ENTER_PATH = '/.codenest/enter'

/** Who looks at a preview. `former`: a guest whose right is over. */
export type Visitor = 'owner' | 'guest' | 'former'

/**
 * Lets a browser into previews: a ticket in the URL, good once, or the token of a link, good until it is revoked,
 * becomes a cookie of the preview's own origin, and the URL loses it.
 */
export class PreviewAccess {
  readonly #tokens: Tokens
  readonly #shares: Shares
  /** Tickets that were used, until they expire. */
  readonly #used = new Map<string, number>()
  /** Cookies whose signature was checked: that takes longer than all else of a request. The oldest goes first. */
  readonly #checked = new Map<string, { expires: number; visit: Visit | null }>()

  constructor(tokens: Tokens, shares: Shares) {
    this.#tokens = tokens
    this.#shares = shares
  }

  /** The URL to open, at `origin`, that leads to `path` of the preview; `visit` is null for the owner. */
  async ticketUrl(
    origin: string,
    workspace: string,
    port: number,
    path: string,
    visit: Visit | null,
  ): Promise<string> {
    const claims = { jti: randomUUID(), ...(visit && { visit }) }
    const audience = `preview-ticket:${label(workspace, port)}` as const
    const { token } = await this.#tokens.mint(audience, 'ticket', TICKET_SECONDS, claims)
    return `${origin}${ENTER_PATH}?ticket=${token}&to=${encodeURIComponent(path)}`
  }

  /** The `Set-Cookie` header for what the query brings; null when it is not good, or was used. */
  async enter(query: URLSearchParams, workspace: string, port: number): Promise<string | null> {
    const share = query.get('share')
    if (share !== null) return this.#enterByLink(share, workspace, port)
    const claims = await this.#tokens.verify(
      query.get('ticket') ?? '',
      `preview-ticket:${label(workspace, port)}`,
    )
    const now = Date.now()
    for (const [id, expires] of this.#used) if (expires < now) this.#used.delete(id)
    if (typeof claims?.jti !== 'string' || this.#used.has(claims.jti)) return null
    this.#used.set(claims.jti, now + TICKET_SECONDS * 1000)
    return this.#cookie(workspace, port, COOKIE_SECONDS, visitOf(claims))
  }

  /** null when the browser has not been let in. */
  async visitor(request: IncomingMessage, workspace: string, port: number): Promise<Visitor | null> {
    const cookie = readCookie(request, COOKIE)
    const checked = cookie === null ? null : await this.#check(cookie, label(workspace, port))
    if (!checked || checked.expires < Date.now()) return null
    if (!checked.visit) return 'owner'
    return (await this.#shares.allows(workspace, port, checked.visit)) ? 'guest' : 'former'
  }

  async #check(cookie: string, app: string): Promise<{ expires: number; visit: Visit | null } | null> {
    const key = `${app} ${cookie}`
    const known = this.#checked.get(key)
    if (known) return known
    const claims = await this.#tokens.verify(cookie, `preview:${app}`)
    if (!claims) return null
    const checked = { expires: (claims.exp ?? 0) * 1000, visit: visitOf(claims) }
    this.#checked.set(key, checked)
    const [oldest] = this.#checked.keys()
    if (this.#checked.size > MOST_CHECKED && oldest !== undefined) this.#checked.delete(oldest)
    return checked
  }

  async #enterByLink(token: string, workspace: string, port: number): Promise<string | null> {
    const claims = await this.#tokens.verify(token, `share:${label(workspace, port)}`)
    const session = claims?.['session']
    if (typeof claims?.jti !== 'string' || typeof session !== 'string') return null
    const visit = { session, link: claims.jti }
    if (!(await this.#shares.allows(workspace, port, visit))) return null
    const seconds = Math.max(1, Math.round((claims.exp ?? 0) - Date.now() / 1000))
    return this.#cookie(workspace, port, seconds, visit)
  }

  async #cookie(workspace: string, port: number, seconds: number, visit: Visit | null): Promise<string> {
    const audience = `preview:${label(workspace, port)}` as const
    const { token } = await this.#tokens.mint(audience, 'visitor', seconds, visit ? { visit } : {})
    // The preview pane is a frame of another site, so the cookie has to be a partitioned one.
    return `${COOKIE}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=None; Partitioned`
  }
}

/** null for the owner. The token is ours: what stands in it was put there by us. */
function visitOf(claims: JWTPayload): Visit | null {
  return (claims['visit'] as Visit | undefined) ?? null
}

function label(workspace: string, port: number): string {
  return `${port}--${workspace}`
}
