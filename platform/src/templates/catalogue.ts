import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { FileContent } from '../git/commit-files.ts'
import { ingestSmall } from '../git/ingest.ts'
import { hashObject } from '../git/object-id.ts'
import { storeCommit } from '../git/store-commit.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Template } from '../protocol.ts'
import type { ParameterValues } from './condition.ts'
import type { TemplateEngine } from './engine.ts'
import { readFolder } from './read-folder.ts'
import { MANIFEST } from './template.ts'
import type { TemplateManifest } from './template.ts'

const BRANCH = 'refs/heads/main'
const AUTHOR = { name: 'CodeNest', email: 'templates@codenest.dev' }

/** Id of a template's repository. */
export function templateRepository(name: string): string {
  return `templates/${name}`
}

export interface TemplateRevision {
  manifest: TemplateManifest
  files: Map<string, FileContent>
}

/** How what was made from a template is run. */
export interface Launch {
  run: string | null
  ports: number[]
  stack: string
}

/** Revisions with parameters whose launch settings are remembered. */
const MAX_LAUNCHES = 1000

/** Milliseconds until a revision that was refused is looked at again. */
const REFUSED_FOR = 60_000
const NOTHING = { description: '', tags: [], parameters: {}, run: null, ports: [] }

/** The templates a workspace can be made from: Git repositories named `templates/<name>`. */
export class Catalogue {
  readonly #remotes: Remotes
  readonly #names: string[]
  readonly #engine: TemplateEngine
  /** Revisions are immutable, so what was read of one stays right. */
  readonly #revisions = new Map<string, Promise<TemplateRevision>>()

  /** Of a revision with certain parameters: lists of workspaces ask for them all the time. */
  readonly #launches = new Map<string, Promise<Launch>>()

  private constructor(remotes: Remotes, names: string[], engine: TemplateEngine) {
    this.#remotes = remotes
    this.#names = names
    this.#engine = engine
  }

  /** Brings the template repositories up to the folders below `folder`: a commit for each that changed. */
  static async open(remotes: Remotes, folder: string, engine: TemplateEngine): Promise<Catalogue> {
    const names: string[] = []
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      await seed(remotes, engine, entry.name, await readFolder(join(folder, entry.name)))
      names.push(entry.name)
    }
    return new Catalogue(remotes, names.sort(), engine)
  }

  /** One that cannot be used is listed all the same, with the reason. */
  async list(): Promise<Template[]> {
    return Promise.all(
      this.#names.map(async (name) => {
        const revision = await this.latest(name)
        try {
          return { name, revision, ...(await this.#describe(name, revision)), problem: null }
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          return { ...NOTHING, name, title: name, icon: name, revision, problem: error.message }
        }
      }),
    )
  }

  async #describe(name: string, revision: string): Promise<Omit<Template, 'name' | 'revision' | 'problem'>> {
    const { manifest } = await this.read(name, revision)
    const { title, description, icon = name, tags, parameters } = manifest
    // Before anything was chosen, it is what the defaults make of it; without one for each there is nothing to show.
    const { run, ports } = await this.launch(name, revision, {}).catch(() => NOTHING)
    return { title, description, icon, tags, parameters, run, ports }
  }

  /** Commit id of a template's newest revision. */
  async latest(name: string): Promise<string> {
    if (!this.#names.includes(name)) throw unknownTemplate(name, this.#names)
    const version = await this.#remotes.repository(templateRepository(name)).head()
    const revision = version?.head.refs[BRANCH]
    if (revision === undefined)
      throw new AppError(500, 'template_missing', `The template "${name}" has no revision.`)
    return revision
  }

  /** Throws an `AppError` when there is no such template or revision. */
  async read(name: string, revision: string): Promise<TemplateRevision> {
    const key = `${name}@${revision}`
    const known = this.#revisions.get(key)
    if (known) return known
    const reading = this.#read(name, revision)
    this.#revisions.set(key, reading)
    reading.catch((error: unknown) => {
      const forget = (): void => void this.#revisions.delete(key)
      // What cannot be used costs the most, and is asked for with every look at the catalogue.
      if (error instanceof AppError && error.code === 'template_failed')
        setTimeout(forget, REFUSED_FOR).unref()
      else forget()
    })
    return reading
  }

  /** The parameters with defaults filled in; throws an `AppError` when nothing can be made with them. */
  async check(name: string, revision: string, parameters: ParameterValues): Promise<ParameterValues> {
    const { manifest, files } = await this.read(name, revision)
    const filled = await this.#engine.run('check', manifest, parameters)
    await this.#engine.run('render', files, manifest, filled)
    return filled
  }

  /** Those of the answers to another revision that hold for this one. */
  async carry(name: string, revision: string, answers: ParameterValues): Promise<ParameterValues> {
    const { manifest } = await this.read(name, revision)
    return this.#engine.run('carry', manifest, answers)
  }

  /** What a new workspace begins with. */
  async render(
    name: string,
    revision: string,
    parameters: ParameterValues,
  ): Promise<Map<string, FileContent>> {
    const { manifest, files } = await this.read(name, revision)
    return this.#engine.run('render', files, manifest, parameters)
  }

  /** How a workspace is run that was made with these parameters. */
  async launch(name: string, revision: string, parameters: ParameterValues): Promise<Launch> {
    const key = JSON.stringify([
      name,
      revision,
      Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)),
    ])
    const known = this.#launches.get(key)
    if (known) return known
    const launching = this.read(name, revision).then(async ({ manifest }) => ({
      ...(await this.#engine.run('launch', manifest, parameters)),
      stack: manifest.stack,
    }))
    const [oldest] = this.#launches.keys()
    if (oldest !== undefined && this.#launches.size >= MAX_LAUNCHES) this.#launches.delete(oldest)
    this.#launches.set(key, launching)
    launching.catch(() => this.#launches.delete(key))
    return launching
  }

  async #read(name: string, revision: string): Promise<TemplateRevision> {
    // Also of a template that is not offered any more: there may be workspaces of it.
    const repository = this.#remotes.repository(templateRepository(name))
    const version = await repository.head()
    if (!version) throw unknownTemplate(name, this.#names)
    const objects = repository.objects(version)
    if ((await objects.read(revision))?.type !== 'commit')
      throw new AppError(422, 'unknown_template', `The template "${name}" has no revision ${revision}.`)
    const files = new Map<string, FileContent>()
    for (const { path, oid, mode } of await listFilesAt(objects, revision)) {
      const blob = await objects.read(oid)
      // A copy: what is cut out of a pack would take the whole pack along to the engine's thread.
      if (blob) files.set(path, { content: new Uint8Array(blob.content), mode: mode as FileContent['mode'] })
    }
    const manifest = await this.#engine.run('read', files)
    files.delete(MANIFEST)
    return { manifest, files }
  }
}

function unknownTemplate(name: string, names: string[]): AppError {
  return new AppError(
    422,
    'unknown_template',
    `There is no template named "${name}". Choose one of: ${names.join(', ')}.`,
  )
}

async function seed(
  remotes: Remotes,
  engine: TemplateEngine,
  name: string,
  files: Map<string, FileContent>,
): Promise<void> {
  const id = templateRepository(name)
  const repository = remotes.repository(id)
  const version = await repository.head()
  const tip = version?.head.refs[BRANCH]
  if (!version || tip === undefined) {
    await engine.run('read', files)
    const { commit, pack } = await commitFiles({
      base: null,
      changes: files,
      message: `Add template ${name}`,
      author: AUTHOR,
    })
    await remotes.create(id, {
      head: BRANCH,
      refs: { [BRANCH]: commit },
      pack: ingestSmall(pack).pack,
      by: 'platform',
    })
    return
  }
  const objects = repository.objects(version)
  const changes = new Map<string, FileContent | null>(files)
  for (const { path, oid, mode } of await listFilesAt(objects, tip)) {
    const file = files.get(path)
    if (!file) changes.set(path, null)
    else if (file.mode === mode && hashObject('blob', file.content) === oid) changes.delete(path)
  }
  if (changes.size === 0) return
  await engine.run('read', files)
  const base = { commit: tip, objects }
  const built = await commitFiles({ base, changes, message: `Update template ${name}`, author: AUTHOR })
  await storeCommit(remotes, repository, version, built, { ref: BRANCH, old: tip, by: 'platform' })
}
