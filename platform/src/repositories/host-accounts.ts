import { connectedAccount, hostCredentials } from '../secrets/kinds.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Credentials } from './ask-upstream.ts'

/**
 * Who people are at other hosts: what they have said, or else the account that they have connected. `host` is a name, with the
 * port where it is not the usual one.
 */
export interface Hosts {
  /** null when it is not known. */
  find(owner: string, host: string): Promise<Credentials | null>
  keep(owner: string, host: string, credentials: Credentials): Promise<void>
  forget(owner: string, host: string): Promise<void>
}

/** The user name that code hosts take beside the token of an account. */
const TOKEN_USER = 'x-access-token'

/** Kept encrypted by the platform; no workspace and no answer ever has them. */
export class HostAccounts implements Hosts {
  readonly #secrets: Secrets

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  async find(owner: string, host: string): Promise<Credentials | null> {
    const known = await this.#secrets.read(owner, hostCredentials(host))
    if (known) return { username: known.username, token: known.password }
    const account = await this.#secrets.read(owner, connectedAccount(host))
    return account && { username: TOKEN_USER, token: account.token }
  }

  async keep(owner: string, host: string, { username, token }: Credentials): Promise<void> {
    await this.#secrets.change(owner, hostCredentials(host), () => ({ username, password: token }))
  }

  async forget(owner: string, host: string): Promise<void> {
    await this.#secrets.forget(owner, hostCredentials(host))
  }
}
