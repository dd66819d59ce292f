import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { PackIndex } from './pack-index.ts'
import type { NewPack } from './pack-upload.ts'

/** A pack that git wrote as `pack-<checksum>.pack`, with the index beside it. */
export async function readNewPack(file: string): Promise<NewPack> {
  const index = await readFile(file.replace(/\.pack$/, '.idx'))
  const checksum = Buffer.from(basename(file, '.pack').slice('pack-'.length), 'hex')
  return {
    pack: { file, size: (await stat(file)).size },
    index,
    checksum,
    objects: new PackIndex(index).count,
  }
}
