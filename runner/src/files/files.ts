import {
  access,
  constants,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { constants as copyFlags } from 'node:fs'
import type { Dirent } from 'node:fs'
import { dirname, join } from 'node:path'

import { RunnerError } from '../errors.ts'
import { hashObject } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import { createFileIndex } from './file-index.ts'
import type { WorkPaths } from './paths.ts'
import type { FileContent, FileEntry, FileIndex } from './protocol.ts'

/** As people order names: `2` before `10`. Made once, for a comparison by `localeCompare` costs five times as much. */
const ORDER = new Intl.Collator('en', { numeric: true })

/** What a page may do with files besides saving them. All throw `RunnerError` or a system error. */
export interface Files {
  list(path: string): Promise<FileEntry[]>
  read(path: string): Promise<FileContent>
  index(within?: string[]): Promise<FileIndex>
  create(path: string, kind: 'file' | 'folder'): Promise<void>
  rename(from: string, to: string): Promise<void>
  copy(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
}

export function createFiles(layout: Layout, paths: WorkPaths): Files {
  const userGit = { gitDir: layout.gitDir, workTree: layout.work, userConfig: true }

  async function list(path: string): Promise<FileEntry[]> {
    const folder = await paths.follow(path)
    const dirents = (await readdir(folder, { withFileTypes: true })).filter((each) => each.name !== '.git')
    const names = dirents.map(({ name }) => (path === '' ? name : `${path}/${name}`))
    const ignored = await findIgnored(names)
    const entries = dirents.map((dirent, index) => describe(dirent, ignored.has(names[index] ?? '')))
    return entries.sort((a, b) => rank(a) - rank(b) || ORDER.compare(a.name, b.name))
  }

  async function findIgnored(names: string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set()
    // 1: none is ignored; 128: the folder is behind a symbolic link or in a nested repository.
    const { stdout } = await git(['check-ignore', '-z', '--stdin'], {
      ...userGit,
      input: names.join('\0'),
      allowedCodes: [0, 1, 128],
    })
    return new Set(stdout.toString('utf8').split('\0').filter(Boolean))
  }

  async function read(path: string): Promise<FileContent> {
    const target = await paths.follow(path)
    const stats = await stat(target)
    if (!stats.isFile()) throw new RunnerError('not_a_file', `${path} is not a file.`)
    if (stats.size > MAX_TEXT_FILE_BYTES) {
      throw new RunnerError(
        'file_too_large',
        `${path} is larger than the editor opens. Look at it in a terminal.`,
      )
    }
    const bytes = await readFile(target)
    const throughLink = (await paths.locate(path)).stats?.isSymbolicLink() ?? false
    return {
      content: decodeText(bytes, path),
      version: hashObject('blob', bytes),
      writable: !throughLink && (await isWritable(target)),
    }
  }

  async function create(path: string, kind: 'file' | 'folder'): Promise<void> {
    const { absolute, stats } = await paths.locate(path)
    if (stats) throw alreadyExists(path)
    await mkdir(dirname(absolute), { recursive: true })
    if (kind === 'folder') await mkdir(absolute)
    else await writeFile(absolute, '', { flag: 'wx' })
  }

  async function move(from: string, to: string): Promise<void> {
    const source = await paths.locate(from)
    const target = await paths.locate(to)
    if (!source.stats) throw new RunnerError('not_found', `There is no ${from} any more.`)
    if (target.stats) throw alreadyExists(to)
    await mkdir(dirname(target.absolute), { recursive: true })
    await rename(source.absolute, target.absolute)
  }

  /** Copied aside first: a copy that fails half-way, or is looked at meanwhile, is not there. */
  async function copy(from: string, to: string): Promise<void> {
    const source = await paths.locate(from)
    if (!source.stats) throw new RunnerError('not_found', `There is no ${from} any more.`)
    if ((await paths.locate(to)).stats) throw alreadyExists(to)
    const temporary = join(layout.temporary, randomBytes(12).toString('hex'))
    try {
      await cp(source.absolute, temporary, {
        recursive: true,
        verbatimSymlinks: true,
        mode: copyFlags.COPYFILE_FICLONE,
      })
      const target = await paths.locate(to)
      if (target.stats) throw alreadyExists(to)
      await mkdir(dirname(target.absolute), { recursive: true })
      await rename(temporary, target.absolute)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  }

  async function remove(path: string): Promise<void> {
    const { absolute, stats } = await paths.locate(path)
    if (!stats) throw new RunnerError('not_found', `There is no ${path} any more.`)
    await rm(absolute, { recursive: true })
  }

  return { list, read, index: createFileIndex(layout), create, rename: move, copy, remove }
}

function describe(dirent: Dirent, ignored: boolean): FileEntry {
  const kind = dirent.isDirectory() ? 'folder' : dirent.isSymbolicLink() ? 'symlink' : 'file'
  return { name: dirent.name, kind, ignored }
}

/** Throws `binary_file` for what an editor would damage: NUL bytes, or bytes that are not UTF-8. */
function decodeText(bytes: Buffer, path: string): string {
  try {
    if (!bytes.includes(0)) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Told below, like a NUL.
  }
  throw new RunnerError('binary_file', `${path} is not text in UTF-8.`)
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function alreadyExists(path: string): RunnerError {
  return new RunnerError('already_exists', `There is already something called ${path}.`)
}

function rank(entry: FileEntry): number {
  return entry.kind === 'folder' ? 0 : 1
}
