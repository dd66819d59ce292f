import { link, readFile, rm } from 'node:fs/promises'
import { exportJWK, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { writeFile } from 'node:fs/promises'
import { isErrno } from '../errors.ts'

/** The platform's signing key: sessions, and the short-lived tokens of runners, git clients and previews. */
export interface Keys {
  privateKey: CryptoKey
  publicKey: CryptoKey
  publicJwk: JWK
}

/** Reads the key of a file, or makes one there that only its owner can read. Throws when it is no private Ed25519 key. */
export async function loadKeys(file: string): Promise<Keys> {
  const jwk = (await readKey(file)) ?? (await createKey(file))
  const { d: _secret, ...publicJwk } = jwk
  const [privateKey, publicKey] = await Promise.all([importJWK(jwk, 'EdDSA'), importJWK(publicJwk, 'EdDSA')])
  return { privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey, publicJwk }
}

async function readKey(file: string): Promise<JWK | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw new Error(`the signing key ${file} cannot be read`, { cause: error })
  }
}

async function createKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const temporary = `${file}.new`
  await rm(temporary, { force: true })
  await writeFile(temporary, JSON.stringify(jwk), { mode: 0o600, flag: 'wx', flush: true })
  await link(temporary, file)
  await rm(temporary)
  return jwk
}
