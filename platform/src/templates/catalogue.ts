import { AppError } from '../errors.ts'
import type { FileContent } from '../git/commit-files.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Template } from '../protocol.ts'
import type { ParameterValues } from './condition.ts'
import type { TemplateEngine } from './engine.ts'
import { isOwnTemplate, templateRepository } from './names.ts'
import { TEMPLATE_BRANCH } from './publish.ts'
import { Revisions } from './revisions.ts'
import type { TemplateRevision } from './revisions.ts'
import { seedTemplates } from './seed.ts'
import { MANIFEST } from './template.ts'

export { templateRepository } from './names.ts'
export type { TemplateRevision } from './revisions.ts'

/** How what was made from a template is run. */
export interface Launch {
  run: string | null
  ports: number[]
  stack: string
}

/** Revisions with parameters whose launch settings are remembered. */
const MAX_LAUNCHES = 1000
const NOTHING = { description: '', tags: [], parameters: {}, run: null, ports: [] }

/**
 * What workspaces are made from: Git repositories named `templates/<name>`. Those that came with CodeNest are for
 * everybody; of people's own it is `OwnTemplates` that knows whose one is, and nothing here asks who wants it.
 */
export class Catalogue {
  readonly #remotes: Remotes
  readonly #names: string[]
  readonly #engine: TemplateEngine
  readonly #revisions = new Revisions((name, revision) => this.#read(name, revision))

  /** Of a revision with certain parameters: lists of workspaces ask for them all the time. */
  readonly #launches = new Map<string, Promise<Launch>>()

  private constructor(remotes: Remotes, names: string[], engine: TemplateEngine) {
    this.#remotes = remotes
    this.#names = names
    this.#engine = engine
  }

  /** Brings the template repositories up to the folders below `folder`: a commit for each that changed. */
  static async open(remotes: Remotes, folder: string, engine: TemplateEngine): Promise<Catalogue> {
    const names = await seedTemplates(remotes, folder, engine)
    return new Catalogue(remotes, names.sort(), engine)
  }

  /** Those for everybody. One that cannot be used is listed all the same, with the reason. */
  async list(): Promise<Template[]> {
    return Promise.all(this.#names.map((name) => this.show(name)))
  }

  /** Its newest revision; the reason, too, where that cannot be used, or there is none. */
  async show(name: string): Promise<Template> {
    let revision = ''
    try {
      revision = await this.latest(name)
      return { name, revision, ...(await this.#describe(name, revision)), problem: null, own: null }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { ...NOTHING, name, title: name, icon: name, revision, problem: error.message, own: null }
    }
  }

  async #describe(
    name: string,
    revision: string,
  ): Promise<Omit<Template, 'name' | 'revision' | 'problem' | 'own'>> {
    const manifest = await this.#revisions.manifest(name, revision)
    const { title, description, icon = name, tags, parameters } = manifest
    // Before anything was chosen, it is what the defaults make of it; without one for each there is nothing to show.
    const { run, ports } = await this.launch(name, revision, {}).catch(() => NOTHING)
    return { title, description, icon, tags, parameters, run, ports }
  }

  /** Commit id of a template's newest revision; of somebody's own one, too. */
  async latest(name: string): Promise<string> {
    if (!this.#names.includes(name) && !isOwnTemplate(name)) throw this.unknown(name)
    const version = await this.#remotes.repository(templateRepository(name)).head()
    const revision = version?.head.refs[TEMPLATE_BRANCH]
    if (revision !== undefined) return revision
    if (isOwnTemplate(name)) throw this.unknown(name)
    throw new AppError(500, 'template_missing', `The template "${name}" has no revision.`)
  }

  /** Throws an `AppError` when there is no such template or revision. */
  read(name: string, revision: string): Promise<TemplateRevision> {
    return this.#revisions.read(name, revision)
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
    const launching = this.#revisions.manifest(name, revision).then(async (manifest) => ({
      ...(await this.#engine.run('launch', manifest, parameters)),
      stack: manifest.stack,
    }))
    const [oldest] = this.#launches.keys()
    if (oldest !== undefined && this.#launches.size >= MAX_LAUNCHES) this.#launches.delete(oldest)
    this.#launches.set(key, launching)
    launching.catch(() => this.#launches.delete(key))
    return launching
  }

  /** There is no such template for whoever asks. */
  unknown(name: string): AppError {
    return new AppError(
      422,
      'unknown_template',
      `There is no template named "${name}". Choose one of: ${this.#names.join(', ')}.`,
    )
  }

  async #read(name: string, revision: string): Promise<TemplateRevision> {
    // Also of a template that is not offered any more: there may be workspaces of it.
    const repository = this.#remotes.repository(templateRepository(name))
    const version = await repository.head()
    if (!version) throw this.unknown(name)
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
