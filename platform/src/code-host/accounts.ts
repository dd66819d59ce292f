import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import { connectedAccount } from '../secrets/kinds.ts'
import type { Account } from '../secrets/kinds.ts'
import type { SecretKind, Secrets } from '../secrets/secrets.ts'
import type { CodeHost } from './code-host.ts'

/** Milliseconds that a person has to answer the host. */
const PATIENCE = 15 * 60_000

const Pending = z.strictObject({
  state: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  /** Milliseconds since the epoch. */
  until: z.number(),
})

export interface AccountsOptions {
  host: CodeHost
  secrets: Secrets
  /** Where the host sends people back to. */
  redirectUrl: string
  log: Logger
}

/** Accounts at the code host that people have connected. Their tokens stay here: nothing else ever has one. */
export class Accounts {
  readonly #options: AccountsOptions
  readonly #kind: SecretKind<Account>
  readonly #pending: SecretKind<z.infer<typeof Pending>>

  constructor(options: AccountsOptions) {
    this.#options = options
    this.#kind = connectedAccount(options.host.host)
    this.#pending = {
      name: `${this.#kind.name}-pending`,
      schema: Pending,
      hidden: ({ verifier }) => [verifier],
    }
  }

  async of(owner: Identity): Promise<Account | null> {
    return this.#options.secrets.read(owner.name, this.#kind)
  }

  /** Throws an `AppError` when no account is connected. */
  async tokenOf(owner: Identity): Promise<string> {
    const account = await this.of(owner)
    if (account) return account.token
    throw new AppError(
      409,
      'code_host_reconnect',
      `No account at ${this.#options.host.host} is connected. Connect one first.`,
    )
  }

  /** Where the person has to go; `returnTo` is a path of the page, for afterwards. */
  async begin(owner: Identity, returnTo: string): Promise<string> {
    const { host, secrets, redirectUrl } = this.#options
    const [state, verifier] = [randomBytes(24).toString('base64url'), randomBytes(48).toString('base64url')]
    const pending = { state, verifier, returnTo, until: Date.now() + PATIENCE }
    await secrets.change(owner.name, this.#pending, () => pending)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    return host.authorizeUrl(redirectUrl, state, challenge)
  }

  /** The person is back with what the host has said. Resolves to where they came from. Throws an `AppError`. */
  async finish(owner: Identity, query: Record<string, unknown>, signal: AbortSignal): Promise<string> {
    const { host, secrets, redirectUrl, log } = this.#options
    const pending = await secrets.read(owner.name, this.#pending)
    const state = typeof query['state'] === 'string' ? query['state'] : ''
    if (!pending || !isSame(pending.state, state) || pending.until < Date.now())
      throw new AppError(
        409,
        'code_host_expired',
        'This answer does not belong to a question of yours that is still open. Connect the account again, in the page.',
      )
    // It counts once, whatever comes of it.
    await secrets.change(owner.name, this.#pending, () => null)
    if (query['error'] === 'access_denied') return pending.returnTo
    if (typeof query['code'] !== 'string')
      throw new AppError(
        502,
        'code_host_setup',
        `${host.host} sent no code along${typeof query['error'] === 'string' ? ` (${query['error'].slice(0, 60)})` : ''}. Whoever runs this CodeNest has to check the OAuth app.`,
      )
    const grant = await host.grant(query['code'], redirectUrl, pending.verifier, signal)
    const before = await this.of(owner)
    await secrets.change(owner.name, this.#kind, () => ({ ...grant, connectedAt: new Date().toISOString() }))
    // Nobody could give it back later.
    if (before && before.token !== grant.token)
      await host.revoke(before.token).catch((error: unknown) => log.warn({ err: error }, 'a token stays'))
    return pending.returnTo
  }

  /** Forgets the account, and gives its token back. Throws an `AppError` when the host did not take it: it is forgotten all the same. */
  async disconnect(owner: Identity): Promise<void> {
    const { host, secrets } = this.#options
    const account = await this.of(owner)
    await secrets.change(owner.name, this.#kind, () => null)
    if (!account) return
    await host.revoke(account.token).catch((error: unknown) => {
      throw new AppError(
        502,
        'code_host_not_revoked',
        `The account is disconnected here, but ${host.host} could not be told. Revoke CodeNest there, in the settings of your account under "Applications".`,
        { cause: error },
      )
    })
  }
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [expected, given].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
