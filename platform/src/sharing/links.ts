import { randomBytes } from 'node:crypto'
import type { Identity } from '../access/identity.ts'
import type { Tokens } from '../access/tokens.ts'
import { AppError } from '../errors.ts'
import { MOST_READ_LINKS } from '../fleet/document.ts'
import type { ReadLink, WorkspaceDocument } from '../fleet/document.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { CreateReadLink, ReadLink as ShownLink } from '../protocol.ts'
import { ownDocument, workspaceNotFound } from '../workspaces/ownership.ts'

/** Milliseconds for which a link is not looked up again: a revoked one is dead after that. */
const FRESH = 1_000
const MOST_CHECKED = 1_000

/** A link that is good at the moment. */
export interface OpenLink {
  /** Of the workspace. */
  id: string
  document: WorkspaceDocument
  link: ReadLink
}

export interface LinksOptions {
  fleet: Fleet
  tokens: Tokens
  /** Of the page. */
  origin: string
}

/**
 * Links by which anybody may read a workspace. They are declared in its document; what is in an address is a token for
 * one of them, so a link is over when it is in the document no more.
 */
export class Links {
  readonly #options: LinksOptions
  /** Tokens whose signature was checked: that takes longer than all else of a look. The oldest goes first. */
  readonly #checked = new Map<string, { id: string; link: string }>()
  #looked: { at: number; workspaces: ReadonlyMap<string, WorkspaceDocument> } | null = null

  constructor(options: LinksOptions) {
    this.#options = options
  }

  /** Those that have not expired, newest first. Throws an `AppError` when the workspace is not this person's. */
  async list(owner: Identity, id: string): Promise<ShownLink[]> {
    const document = await ownDocument(this.#options.fleet, owner, id)
    return Promise.all(alive(document).map((link) => this.#show(id, link)))
  }

  /** Throws an `AppError` when there are too many already. */
  async create(
    owner: Identity,
    id: string,
    { minutes, history }: Required<CreateReadLink>,
  ): Promise<ShownLink> {
    const now = Date.now()
    const link: ReadLink = {
      id: randomBytes(9).toString('base64url'),
      history,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + minutes * 60_000).toISOString(),
    }
    await this.#change(owner, id, `Share workspace ${id} by a link`, (links) => {
      if (links.length >= MOST_READ_LINKS)
        throw new AppError(
          409,
          'too_many_links',
          `There are ${MOST_READ_LINKS} links to this workspace already. Revoke one first.`,
        )
      return [link, ...links]
    })
    return this.#show(id, link)
  }

  /** From now on it opens nothing. */
  async revoke(owner: Identity, id: string, link: string): Promise<void> {
    await this.#change(owner, id, `Revoke a link to workspace ${id}`, (links) =>
      links.filter((each) => each.id !== link),
    )
  }

  /** Throws an `AppError` that says why it opens nothing: then nobody is told more than that. */
  async open(token: string): Promise<OpenLink> {
    const { id, link: linkId } = await this.#check(token)
    const document = (await this.#workspaces()).get(id)
    const link = document?.spec.links?.find((each) => each.id === linkId)
    if (!document || !link)
      throw new AppError(
        410,
        'link_revoked',
        'This link was revoked, or the workspace has been deleted. Ask whoever gave it to you for another one.',
      )
    if (!isAlive(link)) throw linkExpired()
    return { id, document, link }
  }

  async #check(token: string): Promise<{ id: string; link: string }> {
    const known = this.#checked.get(token)
    if (known) return known
    // One that has expired is told so; when it does is in the document.
    const claims = await this.#options.tokens.identify(token, 'link')
    if (typeof claims?.sub !== 'string' || typeof claims.jti !== 'string')
      throw new AppError(
        404,
        'no_such_link',
        'This is not a link that CodeNest has made: perhaps a part of its address is missing. Copy all of it.',
      )
    if ((claims.exp ?? 0) * 1000 <= Date.now()) throw linkExpired()
    const checked = { id: claims.sub, link: claims.jti }
    this.#checked.set(token, checked)
    const [oldest] = this.#checked.keys()
    if (this.#checked.size > MOST_CHECKED && oldest !== undefined) this.#checked.delete(oldest)
    return checked
  }

  async #workspaces(): Promise<ReadonlyMap<string, WorkspaceDocument>> {
    const now = performance.now()
    if (!this.#looked || now - this.#looked.at > FRESH)
      this.#looked = { at: now, workspaces: (await this.#options.fleet.snapshot()).workspaces }
    return this.#looked.workspaces
  }

  async #show(id: string, link: ReadLink): Promise<ShownLink> {
    const { tokens, origin } = this.#options
    const seconds = Math.max(1, Math.ceil((Date.parse(link.expiresAt) - Date.now()) / 1000))
    const { token } = await tokens.mint('link', id, seconds, { jti: link.id })
    return { ...link, url: `${origin}/shared/${token}` }
  }

  async #change(
    owner: Identity,
    id: string,
    message: string,
    change: (links: ReadLink[]) => ReadLink[],
  ): Promise<void> {
    const { fleet } = this.#options
    await ownDocument(fleet, owner, id)
    await fleet.change(id, owner.author, message, (document) => {
      if (document?.metadata.owner !== owner.name) throw workspaceNotFound(id)
      return { ...document, spec: { ...document.spec, links: change(alive(document)) } }
    })
    this.#looked = null
  }
}

function alive({ spec: { links = [] } }: WorkspaceDocument): ReadLink[] {
  return links.filter(isAlive)
}

function isAlive({ expiresAt }: ReadLink): boolean {
  return Date.parse(expiresAt) > Date.now()
}

function linkExpired(): AppError {
  return new AppError(
    410,
    'link_expired',
    'This link has expired. Ask whoever gave it to you for another one.',
  )
}
