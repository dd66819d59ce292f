import { errors, jwtVerify, SignJWT } from 'jose'
import type { JWTPayload } from 'jose'
import type { Keys } from './keys.ts'

/** Who signs the platform's tokens. */
export const ISSUER = 'codenest'

/** What a token is good for; a token of one audience opens nothing of another. */
export type Audience =
  | 'session'
  | 'git'
  | 'launch'
  | 'claim'
  | 'link'
  | `runner:${string}`
  | `preview-ticket:${string}`
  | `preview:${string}`
  | `share:${string}`

export interface MintedToken {
  token: string
  expiresAt: Date
}

/** Signed, expiring tokens (JWT, Ed25519). */
export interface Tokens {
  /** `seconds`: until it expires. */
  mint(audience: Audience, subject: string, seconds: number, claims?: JWTPayload): Promise<MintedToken>
  /** null when it is not ours, expired, or for another audience. */
  verify(token: string, audience: Audience): Promise<JWTPayload | null>
  /** Like `verify`, but an expired token still tells who it was made for. */
  identify(token: string, audience: Audience): Promise<JWTPayload | null>
}

export function createTokens({ privateKey, publicKey }: Keys): Tokens {
  const read = async (
    token: string,
    audience: Audience,
    clockTolerance: number,
  ): Promise<JWTPayload | null> => {
    try {
      const options = { issuer: ISSUER, audience, algorithms: ['EdDSA'], clockTolerance }
      return (await jwtVerify(token, publicKey, options)).payload
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }

  return {
    verify: (token, audience) => read(token, audience, 0),
    identify: (token, audience) => read(token, audience, Number.MAX_SAFE_INTEGER),
    async mint(audience, subject, seconds, claims = {}) {
      const expiresAt = new Date(Date.now() + seconds * 1000)
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA' })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(privateKey)
      return { token, expiresAt }
    },
  }
}
