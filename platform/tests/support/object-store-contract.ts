import { randomBytes, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../src/store/object-store.ts'
import { temporaryFolder } from './shell.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

/** What every adapter of the `ObjectStore` port has to do, and what the Git remotes rely on. */
export function describeObjectStore(name: string, get: () => ObjectStore): void {
  describe(`object store contract: ${name}`, () => {
    const newKey = (): string => `contract/${randomUUID()}.json`

    it('reads back what it was given, and null for what is not there', async () => {
      const key = newKey()
      expect(await get().get(key)).toBeNull()
      const put = await get().putIfAbsent(key, bytes('one'))
      const read = await get().get(key)
      expect(read?.body.toString()).toBe('one')
      expect(put).toEqual({ outcome: 'applied', etag: read?.etag })
    })

    it('creates an object once', async () => {
      const key = newKey()
      await get().putIfAbsent(key, bytes('first'))
      const second = await get().putIfAbsent(key, bytes('second'))
      expect(second.outcome).not.toBe('applied')
      expect((await get().get(key))?.body.toString()).toBe('first')
    })

    it('swaps only what has the etag', async () => {
      const key = newKey()
      expect((await get().putIfMatch(key, bytes('x'), '"none"')).outcome).not.toBe('applied')
      const first = await get().putIfAbsent(key, bytes('1'))
      if (first.outcome !== 'applied') throw new Error('not applied')
      const second = await get().putIfMatch(key, bytes('2'), first.etag)
      expect(second.outcome).toBe('applied')
      const stale = await get().putIfMatch(key, bytes('3'), first.etag)
      expect(stale.outcome).not.toBe('applied')
      expect((await get().get(key))?.body.toString()).toBe('2')
    })

    it('says when an object has not changed', async () => {
      const key = newKey()
      const put = await get().putIfAbsent(key, bytes('same'))
      if (put.outcome !== 'applied') throw new Error('not applied')
      expect(await get().getIfChanged(key, put.etag)).toBe('unchanged')
      await get().putIfMatch(key, bytes('other'), put.etag)
      const changed = await get().getIfChanged(key, put.etag)
      expect(changed !== 'unchanged' && changed?.body.toString()).toBe('other')
      expect(await get().getIfChanged(newKey(), put.etag)).toBeNull()
    })

    it('lets exactly one of many win each round of a race', async () => {
      const key = newKey()
      const made = await Promise.all(
        Array.from({ length: 16 }, (_, n) => get().putIfAbsent(key, bytes(`${n}`))),
      )
      const winners = made.filter(({ outcome }) => outcome === 'applied')
      expect(winners.length).toBeLessThanOrEqual(1)
      const start = await get().get(key)
      for (let round = 0, etag = start?.etag ?? ''; round < 3; round += 1) {
        const swaps = await Promise.all(
          Array.from({ length: 16 }, (_, n) => get().putIfMatch(key, bytes(`${round}-${n}`), etag)),
        )
        expect(swaps.filter(({ outcome }) => outcome === 'applied').length).toBeLessThanOrEqual(1)
        const now = await get().get(key)
        expect(now?.body.toString()).toMatch(new RegExp(`^${round}-`))
        etag = now?.etag ?? ''
      }
    })

    it('takes and gives back files', async () => {
      await using folder = await temporaryFolder()
      const content = randomBytes(6 * 1024 * 1024)
      const file = join(folder.path, 'in')
      await writeFile(file, content)
      const key = `contract/${randomUUID()}.pack`
      expect((await get().putIfAbsent(key, { file, size: content.length })).outcome).toBe('applied')
      const out = join(folder.path, 'out')
      expect(await get().download(key, out)).toBe(true)
      expect((await readFile(out)).equals(content)).toBe(true)
      expect(await get().download(newKey(), join(folder.path, 'none'))).toBe(false)
    })

    it('lists what is below a prefix and deletes', async () => {
      const prefix = `contract/${randomUUID()}/`
      const keys = ['a.json', 'b/c.json', 'b/d.json'].map((rest) => prefix + rest)
      for (const key of keys) await get().putIfAbsent(key, bytes('12345'))
      const listed = await Array.fromAsync(get().list(prefix))
      expect(listed.map(({ key }) => key).sort()).toEqual(keys)
      expect(listed.every(({ size }) => size === 5)).toBe(true)
      await get().delete(keys[0]!)
      await get().delete(keys[0]!)
      expect(await get().get(keys[0]!)).toBeNull()
      expect(await Array.fromAsync(get().list(`contract/${randomUUID()}/`))).toEqual([])
    })

    it('refuses keys that could name something else', async () => {
      for (const key of ['../x', '/x', 'a//b', 'a/../b', '.hidden/x', ''])
        await expect(get().putIfAbsent(key, bytes('x'))).rejects.toThrow(/key/)
    })
  })
}
