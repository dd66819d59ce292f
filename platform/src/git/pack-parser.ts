import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { hashObject } from './object-id.ts'
import { applyDelta, inflateEntry, PackBudgetError, PackError, readEntryHeader } from './pack-entry.ts'
import type { EntryHeader, GitObject } from './pack-entry.ts'
import type { IndexEntry } from './pack-index.ts'

/** Longest chain of deltas that is followed; git itself makes chains of 50. */
const MAX_DELTA_DEPTH = 200

export interface ParsedPack {
  /** By id. */
  objects: Map<string, GitObject>
  index: IndexEntry[]
  /** The pack's trailing SHA-1. */
  checksum: Buffer
}

interface RawEntry {
  header: EntryHeader
  offset: number
  data: Buffer
  crc: number
}

/**
 * Reads a whole, self-contained pack in memory: every object inflated, its deltas resolved, named.
 * `limit` bounds the inflated bytes of all objects together. Throws a `PackError`, a
 * `PackBudgetError` when that is the only thing wrong.
 */
export function parsePack(pack: Buffer, limit: number): ParsedPack {
  const entries = readEntries(pack, limit)
  const checksum = pack.subarray(pack.length - 20)
  const objects = new Map<string, GitObject>()
  const byOffset = new Map<number, GitObject>()
  const idByOffset = new Map<number, string>()
  let budget = limit
  const keep = (entry: RawEntry, object: GitObject): void => {
    budget -= object.content.length
    if (budget < 0) throw new PackBudgetError('the pack unpacks to more than is allowed')
    const oid = hashObject(object.type, object.content)
    objects.set(oid, object)
    byOffset.set(entry.offset, object)
    idByOffset.set(entry.offset, oid)
  }
  let waiting: RawEntry[] = []
  for (const entry of entries) {
    const { type } = entry.header
    if (type === 'ofs-delta' || type === 'ref-delta') waiting.push(entry)
    else keep(entry, { type, content: entry.data })
  }
  // Each pass resolves one level of every chain; what no pass resolves has no base here, or is its own.
  for (let depth = 0; waiting.length > 0; depth += 1) {
    if (depth > MAX_DELTA_DEPTH) throw new PackBudgetError('a chain of deltas is too long')
    const unresolved: RawEntry[] = []
    for (const entry of waiting) {
      const { header } = entry
      const base = header.type === 'ofs-delta' ? byOffset.get(header.baseOffset) : objects.get(header.baseOid)
      if (base) keep(entry, { type: base.type, content: applyDelta(base.content, entry.data, budget) })
      else unresolved.push(entry)
    }
    if (unresolved.length === waiting.length) throw new PackError('a delta has no base in the pack')
    waiting = unresolved
  }
  const index = entries.map(({ offset, crc }) => ({ oid: idByOffset.get(offset) ?? '', offset, crc }))
  return { objects, index, checksum }
}

function readEntries(pack: Buffer, limit: number): RawEntry[] {
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK') throw new PackError('not a pack')
  if (pack.readUInt32BE(4) !== 2) throw new PackError('not a version 2 pack')
  const end = pack.length - 20
  const checksum = createHash('sha1').update(pack.subarray(0, end)).digest()
  if (!checksum.equals(pack.subarray(end)))
    throw new PackError('the pack is damaged: its checksum does not match')
  const count = pack.readUInt32BE(8)
  const entries: RawEntry[] = []
  let offset = 12
  let budget = limit
  for (let n = 0; n < count; n += 1) {
    const header = readEntryHeader(pack.subarray(0, end), offset, offset)
    budget -= header.size
    if (budget < 0) throw new PackBudgetError('the pack unpacks to more than is allowed')
    const { content, consumed } = inflateEntry(pack.subarray(0, end), offset + header.length, header.size)
    const next = offset + header.length + consumed
    entries.push({ header, offset, data: content, crc: crc32(pack.subarray(offset, next)) })
    offset = next
  }
  if (offset !== end) throw new PackError('the pack has bytes after its last object')
  return entries
}
