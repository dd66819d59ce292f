import { rm, stat } from 'node:fs/promises'

import { isMissing } from '../errors.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { NestedRepositories } from '../nested/nested-repositories.ts'
import type { NotKept } from '../protocol.ts'
import { createSerial } from '../serial.ts'
import type { Edit } from './save-tree.ts'
import { sweepWorkTree } from './sweep.ts'

/** Somebody may run commands of git all the time; the sweep that follows puts it right. */
const STEADY_ATTEMPTS = 3

export interface WorkTreeReaderOptions {
  layout: Layout
  nested: NestedRepositories
  log: Logger
  signal: AbortSignal
}

/** Turns what is on the disk into a tree, with the shadow's index, which has one user at a time. */
export class WorkTreeReader {
  readonly #options: WorkTreeReaderOptions
  readonly #serial = createSerial()
  #refreshed = false
  #notKept: NotKept[] = []

  constructor(options: WorkTreeReaderOptions) {
    this.#options = options
  }

  /** Files that the last tree left out, though nobody asked for it. */
  get notKept(): NotKept[] {
    return this.#notKept
  }

  /** The tree of the files as they are; `edits` are saves of the editor that the index may lack. */
  async read(edits: Map<string, Edit>): Promise<string> {
    const { layout, nested, log, signal } = this.#options
    const request = { layout, nested, edits: [...edits.values()], refresh: !this.#refreshed, log, signal }
    const { tree, notKept } = await this.#serial(() => sweepWorkTree(request))
    this.#refreshed = true
    this.#notKept = notKept
    return tree
  }

  /** Not across a command of git: files of before it and an index of after it would be a state that never was. */
  async readSteady(edits: Map<string, Edit>): Promise<string> {
    const { gitDir } = this.#options.layout
    for (let attempt = 1; ; attempt += 1) {
      const before = await stampOf(gitDir)
      const tree = await this.read(edits)
      if (attempt === STEADY_ATTEMPTS || before === (await stampOf(gitDir))) return tree
    }
  }

  /** Changes the files together with the index. */
  async change(work: () => Promise<void>): Promise<void> {
    await this.#serial(work)
    this.#options.nested.forget()
  }

  /** Forgets the index: what it names is gone. */
  forget(): Promise<void> {
    return this.change(() => rm(this.#options.layout.snapIndex, { force: true }))
  }
}

/** Changes when git replaces HEAD or the index, or begins or ends a merge or a rebase. */
async function stampOf(gitDir: string): Promise<bigint | null> {
  try {
    return (await stat(gitDir, { bigint: true })).mtimeNs
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
