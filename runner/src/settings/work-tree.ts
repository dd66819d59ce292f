import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { errorCode, isMissing } from '../errors.ts'
import type { SettingsSource } from './repository-settings.ts'

const MOST_BYTES = 128 * 1024

/** A work tree as it stands. Links are not followed, and a pipe makes nobody wait. */
export function settingsOfWorkTree(work: string): SettingsSource {
  return {
    async read(path) {
      try {
        const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
        await using file = await open(join(work, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        const stats = await file.stat()
        if (!stats.isFile() || stats.size > MOST_BYTES) return false
        return await file.readFile('utf8')
      } catch (error) {
        if (isMissing(error)) return null
        // Whatever else it is, its owner is told that it is not read.
        return errorCode(error) === '' ? Promise.reject(error) : false
      }
    },
    async list(folder) {
      const entries = await readdir(join(work, folder), { withFileTypes: true }).catch(() => [])
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    },
  }
}
