import { randomUUID } from 'node:crypto'
import type { ObjectStore } from '../store/object-store.ts'
import type { Tokens } from './tokens.ts'

/** Seconds in which a link can be used. */
const LIFETIME = 7 * 24 * 3600
/** Where it is kept in the store which links were used, for as long as they could be used again. */
const USED = 'launch/'

/** A token that signs one browser in, at whichever replica it is shown. */
export async function mintLaunchToken(tokens: Tokens): Promise<string> {
  return (await tokens.mint('launch', 'owner', LIFETIME, { jti: randomUUID() })).token
}

export function launchUrl(origin: string, token: string): string {
  return `${origin}/launch?token=${token}`
}

/** The one-time secret in the printed URL. After it was used a new one takes its place. */
export class LaunchLink {
  readonly #tokens: Tokens
  readonly #store: ObjectStore
  #token: string

  private constructor(tokens: Tokens, store: ObjectStore, token: string) {
    this.#tokens = tokens
    this.#store = store
    this.#token = token
  }

  static async open(tokens: Tokens, store: ObjectStore): Promise<LaunchLink> {
    return new LaunchLink(tokens, store, await mintLaunchToken(tokens))
  }

  get token(): string {
    return this.#token
  }

  /** True once for each token, also among replicas and after a restart. Throws an `ObjectStoreError`. */
  async redeem(token: string): Promise<boolean> {
    const claims = await this.#tokens.verify(token, 'launch')
    if (typeof claims?.jti !== 'string') return false
    if (!(await this.#use(claims.jti))) return false
    if (token === this.#token) this.#token = await mintLaunchToken(this.#tokens)
    await this.#forgetExpired()
    return true
  }

  async #use(jti: string): Promise<boolean> {
    const key = `${USED}${jti}`
    const user = Buffer.from(randomUUID())
    const { outcome } = await this.#store.putIfAbsent(key, user)
    if (outcome !== 'unknown') return outcome === 'applied'
    return (await this.#store.get(key))?.body.equals(user) === true
  }

  async #forgetExpired(): Promise<void> {
    const expired = Date.now() - 2 * LIFETIME * 1000
    for await (const { key, modified } of this.#store.list(USED))
      if (modified.getTime() < expired) await this.#store.delete(key)
  }
}
