import type { IncomingMessage } from 'node:http'

export interface Identity {
  /** Name in the fleet repository and in git's reflog. */
  name: string
  /** For the author line of commits. */
  author: { name: string; email: string }
}

/** Tells who makes a request of the page or of the API. */
export interface IdentityProvider {
  /** null when nobody is signed in. */
  identify(request: IncomingMessage): Promise<Identity | null>
  /** The person of this name. */
  find(name: string): Identity | null
}
