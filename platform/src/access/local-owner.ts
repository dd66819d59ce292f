import { execFile } from 'node:child_process'
import { hostname, userInfo } from 'node:os'
import { promisify } from 'node:util'
import { readCookie } from './cookies.ts'
import type { Identity, IdentityProvider } from './identity.ts'
import type { Tokens } from './tokens.ts'

const run = promisify(execFile)
const OWNER = 'owner'
const SESSION_SECONDS = 30 * 24 * 3600

export interface LocalOwner extends IdentityProvider {
  readonly owner: Identity
  /** The `Set-Cookie` header that signs the owner in: host-only, gone after 30 days. */
  signIn(): Promise<string>
}

/** The one person of a laptop: signed in by the launch link, known by a signed cookie. */
export async function createLocalOwner(tokens: Tokens, cookie: string): Promise<LocalOwner> {
  const owner: Identity = { name: OWNER, author: await gitAuthor() }
  return {
    owner,
    async identify(request) {
      const token = readCookie(request, cookie)
      const claims = token === null ? null : await tokens.verify(token, 'session')
      return claims?.sub === OWNER ? owner : null
    },
    find: (name) => (name === OWNER ? owner : null),
    async signIn() {
      const { token } = await tokens.mint('session', OWNER, SESSION_SECONDS)
      return `${cookie}=${token}; Path=/; Max-Age=${SESSION_SECONDS}; HttpOnly; SameSite=Strict`
    },
  }
}

/** Saves carry the name that the owner's own git has, if it has one. */
async function gitAuthor(): Promise<Identity['author']> {
  const read = async (key: string): Promise<string> => {
    const { stdout } = await run('git', ['config', '--global', key]).catch(() => ({ stdout: '' }))
    return stdout.trim()
  }
  const { username } = userInfo()
  return {
    name: (await read('user.name')) || username,
    email: (await read('user.email')) || `${username}@${hostname()}`,
  }
}
