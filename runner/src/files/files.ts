import {
  access,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import { dirname, join } from 'node:path'

import { RunnerError } from '../errors.ts'
import { hashObject } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import type { FileContent, FileEntry, ReplyValues } from '../protocol.ts'
import type { WorkPaths } from './paths.ts'

const INDEX_LIMIT = 50_000

/** What a page may do with files besides saving them. All throw `RunnerError` or a system error. */
export interface Files {
  list(path: string): Promise<FileEntry[]>
  read(path: string): Promise<FileContent>
  index(): Promise<ReplyValues['files.index']>
  create(path: string, kind: 'file' | 'folder'): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
}

export function createFiles(layout: Layout, paths: WorkPaths): Files {
  const userGit = { gitDir: layout.gitDir, workTree: layout.work, userConfig: true }

  async function list(path: string): Promise<FileEntry[]> {
    const folder = await paths.follow(path)
    const dirents = (await readdir(folder, { withFileTypes: true })).filter((each) => each.name !== '.git')
    const names = dirents.map(({ name }) => (path === '' ? name : `${path}/${name}`))
    const [entries, ignored] = await Promise.all([
      Promise.all(dirents.map((dirent) => describe(folder, dirent))),
      findIgnored(names),
    ])
    for (const [index, entry] of entries.entries()) entry.ignored = ignored.has(names[index] ?? '')
    return entries.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'en', { numeric: true }))
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

  async function index(): Promise<ReplyValues['files.index']> {
    const { stdout } = await git(['ls-files', '-z', '-co', '--exclude-standard', '--deduplicate'], userGit)
    const all = stdout.toString('utf8').split('\0').filter(Boolean)
    return { paths: all.slice(0, INDEX_LIMIT), truncated: all.length > INDEX_LIMIT }
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

  async function remove(path: string): Promise<void> {
    const { absolute, stats } = await paths.locate(path)
    if (!stats) throw new RunnerError('not_found', `There is no ${path} any more.`)
    await rm(absolute, { recursive: true })
  }

  return { list, read, index, create, rename: move, remove }
}

async function describe(folder: string, dirent: Dirent): Promise<FileEntry> {
  const { name } = dirent
  const ignored = false
  if (dirent.isDirectory()) return { name, kind: 'folder', size: 0, ignored }
  const kind = dirent.isSymbolicLink() ? 'symlink' : 'file'
  try {
    return { name, kind, size: (await lstat(join(folder, name))).size, ignored }
  } catch {
    // It went away since the folder was read; the watcher tells the page.
    return { name, kind, size: 0, ignored }
  }
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
