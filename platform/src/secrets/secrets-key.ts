import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { AppError, isErrno } from '../errors.ts'

/** Encrypts texts so that only who has the key file can read them (age, X25519; `age -d -i <file>` reads them too). */
export interface SecretsKey {
  encrypt(text: string): Promise<Uint8Array>
  /** Throws an `AppError` when it was encrypted for another key, or is damaged. */
  decrypt(bytes: Uint8Array): Promise<string>
}

/**
 * The identities of a file, one a line: the first one encrypts, each of them decrypts, so that a key can be replaced.
 * Where there is no file it is made with the first secret: many installations never have one, and a library that
 * nobody needs is not loaded.
 */
export function openSecretsKey(file: string): SecretsKey {
  let identities: Promise<string[]> | null = null
  const known = (make: boolean): Promise<string[]> => {
    identities ??= readIdentities(file, make).catch((error: unknown) => {
      identities = null
      throw error
    })
    return identities
  }
  return {
    async encrypt(text) {
      const { Encrypter, identityToRecipient } = await import('age-encryption')
      const [identity = ''] = await known(true)
      const encrypter = new Encrypter()
      encrypter.addRecipient(await identityToRecipient(identity))
      return encrypter.encrypt(text)
    },
    async decrypt(bytes) {
      const { Decrypter } = await import('age-encryption')
      const decrypter = new Decrypter()
      for (const identity of await known(false)) decrypter.addIdentity(identity)
      try {
        return await decrypter.decrypt(bytes, 'text')
      } catch (error) {
        throw unreadable(
          'they were written with another key, or are damaged. Put the key that they were written with back, as a line of that file',
          file,
          error,
        )
      }
    },
  }
}

async function readIdentities(file: string, make: boolean): Promise<string[]> {
  const text = (await readKey(file)) ?? (make ? await createKey(file) : null)
  if (text === null) throw unreadable('the file is missing. Put it back from a backup', file)
  const lines = text.split('\n').map((line) => line.trim())
  const identities = lines.filter((line) => line.startsWith('AGE-SECRET-KEY-'))
  if (identities.length === 0) throw unreadable('there is no age identity in it', file)
  return identities
}

async function readKey(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw unreadable('the file cannot be read', file, error)
  }
}

async function createKey(file: string): Promise<string> {
  const { generateX25519Identity } = await import('age-encryption')
  const temporary = `${file}.${process.pid}.new`
  await rm(temporary, { force: true })
  const text = `${await generateX25519Identity()}\n`
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(temporary, file)
    return text
  } catch (error) {
    // Somebody else was first.
    if (!isErrno(error, 'EEXIST')) throw error
    return await readFile(file, 'utf8')
  } finally {
    await rm(temporary)
  }
}

function unreadable(why: string, file: string, cause?: unknown): AppError {
  return new AppError(
    503,
    'secrets_unreadable',
    `Secrets cannot be read with the key in ${file}: ${why}. Whoever runs this CodeNest has to see to it.`,
    { cause },
  )
}
