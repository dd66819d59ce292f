import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, link, mkdir, rename, rm, statfs } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { RunnerError } from '../../errors.ts'
import type { Layout } from '../../layout.ts'
import type { WorkPaths } from '../paths.ts'

/** Milliseconds without a byte after which a sender is taken to be gone. */
const SILENCE_MS = 60_000

/**
 * Writes a request's body to a file of the work tree: aside first and then in one step, so that nobody ever sees, or
 * saves, a part of it. With `If-None-Match: *` a file that is there stays, and `already_exists` is thrown.
 */
export async function receiveFile(
  layout: Pick<Layout, 'temporary'>,
  paths: WorkPaths,
  path: string,
  request: IncomingMessage,
): Promise<void> {
  const { stats } = await paths.locate(path)
  const mayReplace = request.headers['if-none-match'] !== '*'
  if (stats && !mayReplace) throw alreadyExists(path)
  if (stats && !stats.isFile())
    throw new RunnerError('not_a_file', `${path} is there already and is no plain file: delete it first.`)
  await checkRoom(layout.temporary, path, Number(request.headers['content-length'] ?? 0))

  const temporary = join(layout.temporary, randomBytes(12).toString('hex'))
  try {
    request.setTimeout(SILENCE_MS, () => request.destroy())
    await pipeline(request, createWriteStream(temporary, { flags: 'wx', flush: true }))
    // Looked up again: folders may have come, gone or become links since.
    const target = await paths.locate(path)
    await mkdir(dirname(target.absolute), { recursive: true })
    if (target.stats) await chmod(temporary, target.stats.mode & 0o7777)
    // A link is refused when the name is taken, which a rename is not.
    if (mayReplace) await rename(temporary, target.absolute)
    else await link(temporary, target.absolute)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Says so before the bytes are sent, as far as one can know. */
async function checkRoom(folder: string, path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const room = bavail * bsize
  if (bytes <= room) return
  const megabytes = (count: number): string => `${Math.ceil(count / 1024 ** 2)} MB`
  throw new RunnerError(
    'disk_full',
    `${path} has ${megabytes(bytes)}, and the disk of this workspace ${megabytes(room)} left: delete something first.`,
  )
}

function alreadyExists(path: string): RunnerError {
  return new RunnerError('already_exists', `There is already something called ${path}.`)
}
