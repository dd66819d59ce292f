import { randomBytes } from 'node:crypto'
import type { Identity } from '../access/identity.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Engine } from '../engines/engine.ts'
import { AppError } from '../errors.ts'
import type { Share, WorkspaceDocument } from '../fleet/document.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { PortShare, ShareLink } from '../protocol.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'

const MOST_LINKS = 20
/** Milliseconds for which a visitor's right is not looked up again: a revoked link is dead after that. */
const FRESH = 2_000

/** What a visitor who is not the owner was let in by. */
export interface Visit {
  /** Of the runner: when it has ended, so has the visit. */
  session: string
  /** null for somebody who is signed in. */
  link: string | null
}

export interface SharesOptions {
  fleet: Fleet
  engine: Engine
  workspaces: Workspaces
  tokens: Tokens
  originOf: (workspace: string, port: number) => string
}

/**
 * Who else may see the apps of a workspace. It is declared in the fleet, for one session of the runner: after a
 * restart every port is private again.
 */
export class Shares {
  readonly #options: SharesOptions
  #looked: { at: number; workspaces: ReadonlyMap<string, WorkspaceDocument> } | null = null

  constructor(options: SharesOptions) {
    this.#options = options
  }

  /** Makes a port private, or visible to everybody who is signed in. Links go when it does. Throws an `AppError`. */
  async setVisibility(
    owner: Identity,
    id: string,
    port: number,
    visibility: PortShare['visibility'],
  ): Promise<void> {
    await this.#change(owner, id, `Make port ${port} of ${id} ${visibility}`, (shares, session) => {
      const others = shares.filter((share) => share.port !== port)
      if (visibility === 'private') return others
      const links = shares.find((share) => share.port === port)?.links ?? []
      return [...others, { port, visibility, session, links: visibility === 'link' ? links : [] }]
    })
  }

  /** A link by which anybody may see the app at a port for so many minutes. Throws an `AppError`. */
  async createLink(
    owner: Identity,
    id: string,
    port: number,
    minutes: number,
  ): Promise<ShareLink & { url: string }> {
    const link = {
      id: randomBytes(9).toString('base64url'),
      expiresAt: new Date(Date.now() + minutes * 60_000),
    }
    const session = await this.#change(
      owner,
      id,
      `Share port ${port} of ${id} by a link`,
      (shares, current) => {
        const others = shares.filter((share) => share.port !== port)
        const links = shares.find((share) => share.port === port)?.links.filter(isAlive) ?? []
        if (links.length >= MOST_LINKS)
          throw new AppError(
            409,
            'too_many_links',
            `There are ${MOST_LINKS} links to port ${port} already. Revoke one first.`,
          )
        const entry = { id: link.id, expiresAt: link.expiresAt.toISOString() }
        return [...others, { port, visibility: 'link', session: current, links: [...links, entry] }]
      },
    )
    const claims = { jti: link.id, session }
    const { token } = await this.#options.tokens.mint(`share:${port}--${id}`, 'guest', minutes * 60, claims)
    const origin = this.#options.originOf(id, port)
    return {
      id: link.id,
      expiresAt: link.expiresAt.toISOString(),
      url: `${origin}/.codenest/enter?share=${token}`,
    }
  }

  /** From now on the link opens nothing, and who came by it is let in no more. */
  async revokeLink(owner: Identity, id: string, port: number, link: string): Promise<void> {
    await this.#change(owner, id, `Revoke a link to port ${port} of ${id}`, (shares) =>
      shares.map((share) =>
        share.port === port ? { ...share, links: share.links.filter((each) => each.id !== link) } : share,
      ),
    )
  }

  /** The visit of somebody who is signed in, but is not the owner; null when the port is not shared with them. */
  async visitOf(id: string, port: number): Promise<Visit | null> {
    const share = await this.#find(id, port)
    return share?.visibility === 'signed-in' ? { session: share.session, link: null } : null
  }

  /** True while what a visitor was let in by still holds. */
  async allows(id: string, port: number, { session, link }: Visit): Promise<boolean> {
    const share = await this.#find(id, port)
    if (share?.session !== session) return false
    if (link === null) return share.visibility === 'signed-in'
    return share.links.some((each) => each.id === link && isAlive(each))
  }

  async #find(id: string, port: number): Promise<Share | null> {
    const now = performance.now()
    if (!this.#looked || now - this.#looked.at > FRESH)
      this.#looked = { at: now, workspaces: (await this.#options.fleet.snapshot()).workspaces }
    const document = this.#looked.workspaces.get(id)
    const current = document && sharesNow(document, this.#options.engine.observe(id).session)
    return current?.find((share) => share.port === port) ?? null
  }

  /** Resolves to the session that the shares are of. */
  async #change(
    owner: Identity,
    id: string,
    message: string,
    change: (shares: Share[], session: string) => Share[],
  ): Promise<string> {
    const { fleet, engine, workspaces } = this.#options
    await workspaces.document(owner, id)
    const { session, state } = engine.observe(id)
    if (session === null || (state !== 'running' && state !== 'starting'))
      throw new AppError(
        409,
        'not_running',
        `The workspace "${id}" does not run, and ports are shared while it does. Start it first.`,
      )
    await fleet.change(id, owner.author, message, (document) => {
      if (!document) throw new AppError(404, 'workspace_not_found', `There is no workspace named "${id}".`)
      const shares = change(sharesNow(document, session), session)
      return { ...document, spec: { ...document.spec, shares } }
    })
    this.#looked = null
    return session
  }
}

/** Those of a session: what was shared in an earlier one is private again. */
export function sharesNow({ spec: { shares = [] } }: WorkspaceDocument, session: string | null): Share[] {
  return shares.filter((share) => share.session === session)
}

function isAlive({ expiresAt }: ShareLink): boolean {
  return Date.parse(expiresAt) > Date.now()
}
