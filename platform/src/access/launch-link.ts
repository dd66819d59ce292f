import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** The one-time secret in the printed URL. After it was used a new one takes its place. */
export class LaunchLink {
  #token = newToken()

  get token(): string {
    return this.#token
  }

  /** True once for each token. */
  redeem(token: string): boolean {
    if (!timingSafeEqual(digest(token), digest(this.#token))) return false
    this.#token = newToken()
    return true
  }
}

function newToken(): string {
  return randomBytes(24).toString('base64url')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
