import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import { isMissing } from '../errors.ts'

/** A save as it stands in the journal. */
export interface JournalEntry {
  session: string
  commit: string
  parents: string[]
  saveIds: string[]
  selfContained: boolean
  /** A git pack of the objects that were made for it. */
  pack: Buffer
}

const DIGEST_BYTES = 20
const HEAD_BYTES = 8 + DIGEST_BYTES

/**
 * Saves that are not yet in the remote, or not yet in the shadow's files: one file that is only appended to, so a
 * save costs one write and one sync. A record is two lengths (of its description and its pack), a digest, and both.
 */
export class Journal {
  readonly #file: FileHandle
  #bytes: number

  private constructor(file: FileHandle, bytes: number) {
    this.#file = file
    this.#bytes = bytes
  }

  /** Opens it, and returns what an earlier run left in it, oldest first. A record that was cut off is forgotten. */
  static async open(path: string): Promise<{ journal: Journal; entries: JournalEntry[] }> {
    const { entries, bytes } = parse(await readIfThere(path))
    const file = await open(path, 'a')
    await file.truncate(bytes)
    return { journal: new Journal(file, bytes), entries }
  }

  /** Bytes that it takes on the disk. */
  get bytes(): number {
    return this.#bytes
  }

  /** On the disk when it resolves. */
  async append({ pack, ...description }: JournalEntry): Promise<void> {
    const head = Buffer.from(JSON.stringify(description))
    const lengths = Buffer.alloc(8)
    lengths.writeUInt32BE(head.length, 0)
    lengths.writeUInt32BE(pack.length, 4)
    const record = Buffer.concat([lengths, digest(head, pack), head, pack])
    try {
      await this.#file.appendFile(record)
      await this.#file.datasync()
    } catch (error) {
      // A full disk may have taken a part: what comes next must not stand behind it.
      await this.#file.truncate(this.#bytes)
      throw error
    }
    this.#bytes += record.length
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    if (this.#bytes === 0) return
    await this.#file.truncate(0)
    this.#bytes = 0
  }

  async dispose(): Promise<void> {
    await this.#file.close()
  }
}

function parse(data: Buffer): { entries: JournalEntry[]; bytes: number } {
  const entries: JournalEntry[] = []
  let at = 0
  while (at + HEAD_BYTES <= data.length) {
    const start = at + HEAD_BYTES
    const middle = start + data.readUInt32BE(at)
    const end = middle + data.readUInt32BE(at + 4)
    if (end > data.length) break
    const head = data.subarray(start, middle)
    const pack = data.subarray(middle, end)
    if (!digest(head, pack).equals(data.subarray(at + 8, start))) break
    // Written by this program, as the digest shows.
    entries.push({ ...(JSON.parse(head.toString()) as Omit<JournalEntry, 'pack'>), pack })
    at = end
  }
  return { entries, bytes: at }
}

function digest(head: Buffer, pack: Buffer): Buffer {
  return createHash('sha1').update(head).update(pack).digest()
}

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0)
    throw error
  }
}
