import { createReadStream } from 'node:fs'
import type { Stats } from 'node:fs'
import { opendir, readlink, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { ZipFile } from 'yazl'

import { RunnerError } from '../../errors.ts'
import { lstatIfPresent } from '../paths.ts'
import type { WorkPaths } from '../paths.ts'
import { dispositionOf } from './send-file.ts'

const LINK = 0o120777

/** Answers with a folder as a zip, written as it is read: all that is in it but `.git`, with symbolic links as such. */
export async function sendFolder(
  paths: WorkPaths,
  path: string,
  name: string,
  response: ServerResponse,
): Promise<void> {
  const folder = await paths.follow(path)
  if (!(await stat(folder)).isDirectory()) throw new RunnerError('not_a_folder', `${path} is not a folder.`)
  const top = path === '' ? name : basename(path)
  response.setHeader('content-type', 'application/zip')
  response.setHeader('content-disposition', dispositionOf(`${top}.zip`))
  response.writeHead(200)
  const yazl = await import('yazl')
  const zip = new yazl.ZipFile()
  // An archive that is cut off must not look whole.
  zip.on('error', (error) => response.destroy(error))
  const sent = pipeline(zip.outputStream, response)
  const filled = fill(zip, folder, top, () => response.destroyed).then(() => zip.end())
  await Promise.all([sent, filled])
}

async function fill(zip: ZipFile, folder: string, inside: string, isOver: () => boolean): Promise<void> {
  let isEmpty = true
  for await (const { name } of await opendir(folder)) {
    if (isOver()) return
    if (name === '.git') continue
    isEmpty = false
    const absolute = join(folder, name)
    const stats = await lstatIfPresent(absolute)
    const entry = `${inside}/${name}`
    if (stats?.isDirectory()) await fill(zip, absolute, entry, isOver)
    else if (stats) await addFile(zip, absolute, entry, stats)
  }
  if (isEmpty) zip.addEmptyDirectory(inside)
}

async function addFile(zip: ZipFile, absolute: string, entry: string, stats: Stats): Promise<void> {
  const options = { mtime: stats.mtime, mode: stats.mode }
  if (stats.isSymbolicLink()) {
    zip.addBuffer(Buffer.from(await readlink(absolute)), entry, { ...options, mode: LINK, compress: false })
  } else if (stats.isFile()) {
    // Opened when its turn comes: a folder may have more files than a process may have open.
    zip.addReadStreamLazy(entry, options, (take) => take(null, createReadStream(absolute)))
  }
}
