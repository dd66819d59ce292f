import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { createObjectFs } from './object-fs.ts'
import type { ObjectReader } from './object-reader.ts'

it.each([0, 1, 65_500, 65_535 - 'blob 65525'.length - 1, 70_000, 300_000])(
  'gives an object of %i bytes as a loose one',
  async (size) => {
    const content = Buffer.from(Array.from({ length: size }, (_, n) => (n * 7) % 256))
    const objects = { read: async () => ({ type: 'blob', content }) } as unknown as ObjectReader
    const stored = await createObjectFs(objects).promises.readFile(`/repository/objects/aa/${'b'.repeat(38)}`)
    expect(inflateSync(stored).equals(Buffer.concat([Buffer.from(`blob ${size}\0`), content]))).toBe(true)
  },
)
