import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { AppError } from '../errors.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { FileContent } from '../git/commit-files.ts'
import { ingestSmall } from '../git/ingest.ts'
import { hashObject } from '../git/object-id.ts'
import { storeCommit } from '../git/store-commit.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Template } from '../protocol.ts'
import { renderTemplate } from './render.ts'
import { checkParameters, parseTemplateManifest } from './template.ts'
import type { ParameterValues, TemplateManifest } from './template.ts'

const MANIFEST = 'template.yaml'
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

/** The templates a workspace can be made from: Git repositories named `templates/<name>`. */
export class Catalogue {
  readonly #remotes: Remotes
  readonly #names: string[]
  /** Revisions are immutable, so what was read of one stays right. */
  readonly #revisions = new Map<string, Promise<TemplateRevision>>()

  private constructor(remotes: Remotes, names: string[]) {
    this.#remotes = remotes
    this.#names = names
  }

  /** Brings the template repositories up to the folders below `folder`: a commit for each that changed. */
  static async open(remotes: Remotes, folder: string): Promise<Catalogue> {
    const names: string[] = []
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      await seed(remotes, entry.name, await readFolder(join(folder, entry.name)))
      names.push(entry.name)
    }
    return new Catalogue(remotes, names.sort())
  }

  async list(): Promise<Template[]> {
    return Promise.all(
      this.#names.map(async (name) => {
        const revision = await this.latest(name)
        const { title, description, parameters, run, ports } = (await this.read(name, revision)).manifest
        return { name, title, description, revision, parameters, run, ports }
      }),
    )
  }

  /** Commit id of a template's newest revision. */
  async latest(name: string): Promise<string> {
    if (!this.#names.includes(name))
      throw new AppError(
        422,
        'unknown_template',
        `There is no template named "${name}". Choose one of: ${this.#names.join(', ')}.`,
      )
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
    reading.catch(() => this.#revisions.delete(key))
    return reading
  }

  /** The parameters with defaults filled in. */
  async check(name: string, revision: string, parameters: ParameterValues): Promise<ParameterValues> {
    const { manifest } = await this.read(name, revision)
    return checkParameters(manifest.parameters, parameters)
  }

  /** What a new workspace begins with. */
  async render(
    name: string,
    revision: string,
    parameters: ParameterValues,
  ): Promise<Map<string, FileContent>> {
    const { manifest, files } = await this.read(name, revision)
    return renderTemplate(files, checkParameters(manifest.parameters, parameters))
  }

  async #read(name: string, revision: string): Promise<TemplateRevision> {
    await this.latest(name)
    const repository = this.#remotes.repository(templateRepository(name))
    const version = await repository.head()
    const objects = version && repository.objects(version)
    if (!objects || (await objects.read(revision))?.type !== 'commit')
      throw new AppError(422, 'unknown_template', `The template "${name}" has no revision ${revision}.`)
    const files = new Map<string, FileContent>()
    for (const { path, oid, mode } of await listFilesAt(objects, revision)) {
      const blob = await objects.read(oid)
      if (blob) files.set(path, { content: blob.content, mode: mode as FileContent['mode'] })
    }
    const manifest = parseTemplateManifest(Buffer.from(files.get(MANIFEST)?.content ?? '').toString())
    files.delete(MANIFEST)
    return { manifest, files }
  }
}

async function seed(remotes: Remotes, name: string, files: Map<string, FileContent>): Promise<void> {
  const manifest = files.get(MANIFEST)
  if (!manifest) throw new Error(`the template ${name} has no ${MANIFEST}`)
  parseTemplateManifest(Buffer.from(manifest.content).toString())
  const id = templateRepository(name)
  const repository = remotes.repository(id)
  const version = await repository.head()
  const tip = version?.head.refs[BRANCH]
  if (!version || tip === undefined) {
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
  const base = { commit: tip, objects }
  const built = await commitFiles({ base, changes, message: `Update template ${name}`, author: AUTHOR })
  await storeCommit(remotes, repository, version, built, { ref: BRANCH, old: tip, by: 'platform' })
}

async function readFolder(root: string): Promise<Map<string, FileContent>> {
  const files = new Map<string, FileContent>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(root, path)
    if (name.split('/').includes('node_modules')) continue
    if (entry.isSymbolicLink())
      files.set(name, { content: Buffer.from(await readlink(path)), mode: '120000' })
    if (!entry.isFile()) continue
    const executable = ((await stat(path)).mode & 0o100) !== 0
    files.set(name, { content: await readFile(path), mode: executable ? '100755' : '100644' })
  }
  return files
}
