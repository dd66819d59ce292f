import type { Mask } from '@codenest/runner/mask'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import { ObjectStoreError } from '../store/object-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { SecretsKey } from './secrets-key.ts'

const MAX_ATTEMPTS = 12

/** What is kept under a name, and how it is checked when it is read back. */
export interface SecretKind<T> {
  /** Segments of an object's key. */
  name: string
  schema: z.ZodType<T>
  /** What of it may be in no log. */
  hidden: (value: T) => string[]
}

/** Whose it is and what it is are in the encrypted part: an object that was put in another's place is not believed. */
const Envelope = z.strictObject({
  version: z.literal(1),
  owner: z.string(),
  name: z.string(),
  value: z.unknown(),
})

/**
 * Secrets of people, encrypted in the object store: what is there opens nothing to whoever reads the bucket. Values
 * leave this only for what they are meant for; no log, no commit and no answer of the API has one.
 */
export class Secrets {
  readonly #store: ObjectStore
  readonly #key: SecretsKey
  readonly #mask: Mask

  /** `mask` learns of each secret that goes in or out. */
  constructor(store: ObjectStore, key: SecretsKey, mask: Mask) {
    this.#store = store
    this.#key = key
    this.#mask = mask
  }

  /** null when there is none. Throws an `AppError` when it cannot be decrypted. */
  async read<T>(owner: string, kind: SecretKind<T>): Promise<T | null> {
    return (await this.#read(owner, kind))?.value ?? null
  }

  /**
   * Changes a secret by compare-and-swap and resolves to what it is now; `change` gets what is there and returns what
   * is to be, null for none. It may be called more than once.
   */
  async change<T>(
    owner: string,
    kind: SecretKind<T>,
    change: (value: T | null) => T | null,
  ): Promise<T | null> {
    const key = keyOf(owner, kind.name)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const current = await this.#read(owner, kind)
      const value = change(current?.value ?? null)
      if (value === null && !current) return null
      if (value !== null) this.#mask.hide(kind.hidden(value))
      const envelope: z.infer<typeof Envelope> = { version: 1, owner, name: kind.name, value }
      const body = await this.#key.encrypt(JSON.stringify(envelope))
      const put = current
        ? await this.#store.putIfMatch(key, body, current.etag)
        : await this.#store.putIfAbsent(key, body)
      if (put.outcome === 'applied') return value
    }
    throw new ObjectStoreError('a secret could not be changed: the store did not accept it')
  }

  /** Removes it for good, readable or not. */
  async forget(owner: string, kind: Pick<SecretKind<unknown>, 'name'>): Promise<void> {
    await this.#store.delete(keyOf(owner, kind.name))
  }

  /** Last segments of the names that an owner has below a folder; those of which the value is gone are among them. */
  async names(owner: string, folder: string, signal?: AbortSignal): Promise<string[]> {
    const prefix = `secrets/${owner}/${folder}/`
    const names: string[] = []
    for await (const { key } of this.#store.list(prefix, signal))
      if (key.endsWith('.age')) names.push(key.slice(prefix.length, -'.age'.length))
    return names.sort()
  }

  async #read<T>(owner: string, kind: SecretKind<T>): Promise<{ value: T | null; etag: string } | null> {
    const stored = await this.#store.get(keyOf(owner, kind.name))
    if (!stored) return null
    const envelope = Envelope.parse(JSON.parse(await this.#key.decrypt(stored.body)))
    if (envelope.owner !== owner || envelope.name !== kind.name)
      throw new AppError(
        503,
        'secrets_unreadable',
        'A secret in the bucket is in the place of another one. Whoever runs this CodeNest has to see to it.',
      )
    const value = envelope.value === null ? null : kind.schema.parse(envelope.value)
    if (value !== null) this.#mask.hide(kind.hidden(value))
    return { value, etag: stored.etag }
  }
}

function keyOf(owner: string, name: string): string {
  return `secrets/${owner}/${name}.age`
}
