import type { ObjectReader } from '../git/object-reader.ts'
import { SUBMODULE_MODE, TREE_MODE } from '../git/tree.ts'
import { createPathLookup } from '../git/tree-diff.ts'
import type { CommitInfo } from '../history/commits.ts'
import { AppError } from '../errors.ts'
import type { Download } from '../http/route.ts'

const MAX_RAW_BYTES = 32 * 1024 * 1024
/** What an element of the page may show; all else is something to download, and never anything that runs. */
const IMAGES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
}

/** Bytes of a file as it was in a save; null when there is none at this path. Throws an `AppError` when it is too large. */
export async function rawFile(
  objects: ObjectReader,
  commit: CommitInfo,
  path: string,
): Promise<Download | null> {
  const file = await createPathLookup(objects, path)(commit.tree)
  if (!file || file.mode === TREE_MODE || file.mode === SUBMODULE_MODE) return null
  if (((await objects.sizeOf(file.oid)) ?? 0) > MAX_RAW_BYTES)
    throw new AppError(
      413,
      'file_too_large',
      'Files above 32 MiB are not handed out one by one. Download everything as a zip.',
    )
  const blob = await objects.read(file.oid)
  if (!blob) return null
  const name = path.slice(path.lastIndexOf('/') + 1)
  const image = IMAGES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()]
  return {
    fileName: name.replaceAll(/[^\w.-]/g, '_'),
    ...(image !== undefined && { image }),
    write: async (output) => void output.end(blob.content),
  }
}
