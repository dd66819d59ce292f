import { hostCredentials } from '../secrets/kinds.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Credentials } from './ask-upstream.ts'

/** Who people are at other hosts. `host` is a name, with the port where it is not the usual one. */
export interface Hosts {
  /** null when the person has not said. */
  find(owner: string, host: string): Promise<Credentials | null>
  keep(owner: string, host: string, credentials: Credentials): Promise<void>
  forget(owner: string, host: string): Promise<void>
}

/** Kept encrypted by the platform; no workspace and no answer ever has them. */
export class HostAccounts implements Hosts {
  readonly #secrets: Secrets

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  async find(owner: string, host: string): Promise<Credentials | null> {
    const known = await this.#secrets.read(owner, hostCredentials(host))
    return known && { username: known.username, token: known.password }
  }

  async keep(owner: string, host: string, { username, token }: Credentials): Promise<void> {
    await this.#secrets.change(owner, hostCredentials(host), () => ({ username, password: token }))
  }

  async forget(owner: string, host: string): Promise<void> {
    await this.#secrets.forget(owner, hostCredentials(host))
  }
}
