import { stringify } from 'yaml'
import { z } from 'zod'
import { CommitId, Name, SettingsDigest } from '../protocol.ts'
import { isOwnTemplate } from '../templates/names.ts'
import { DocumentError, OwnerName, readYaml } from './document.ts'
import type { Fleet, FleetAuthor } from './fleet.ts'

export const TEMPLATES_FOLDER = 'templates'
const PATH = /^templates\/([^/]+)\/([^/]+)\.yaml$/

/** `templates/<owner>/<name>.yaml`: whose a template is, and where it came from. Its files are in its own repository. */
export const TemplateDocument = z.strictObject({
  apiVersion: z.literal('codenest.dev/v1'),
  kind: z.literal('Template'),
  metadata: z.strictObject({
    name: Name.refine(isOwnTemplate, 'must begin with "my-"'),
    owner: OwnerName,
    createdAt: z.iso.datetime(),
  }),
  spec: z.strictObject({
    source: z.union([
      /** A save or commit of a workspace. */
      z.strictObject({ workspace: Name, commit: CommitId }),
      z.strictObject({
        repository: z.string().min(1).max(2048),
        /** Branch, tag, full ref or commit; the default branch when there is none. */
        ref: z.string().min(1).max(255).optional(),
        /** Of the repository, when it was fetched last. */
        commit: CommitId,
        fetchedAt: z.iso.datetime(),
      }),
    ]),
    /** What its owner had said of the workspace that it was made of, and what new ones begin with. */
    trusted: z.boolean().default(false),
    commands: z
      .strictObject({ digest: z.union([z.literal('any'), SettingsDigest]), allowed: z.literal(true) })
      .optional(),
  }),
})
export type TemplateDocument = z.infer<typeof TemplateDocument>

/** Records of templates that people have made or brought, in the fleet repository. */
export class TemplateRecords {
  readonly #fleet: Fleet

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  /** Those of one person, by name. */
  async list(owner: string): Promise<TemplateDocument[]> {
    const paths = (await this.#fleet.listFiles(TEMPLATES_FOLDER)).filter((path) => ownerOf(path) === owner)
    const found = await Promise.all(paths.sort().map((path) => this.#read(path)))
    return found.filter((document) => document !== null)
  }

  /** One of a person's own; null when they have none of this name. */
  find(owner: string, name: string): Promise<TemplateDocument | null> {
    return this.#read(pathOf(owner, name))
  }

  /** Whether somebody has one of this name. */
  async isTaken(name: string): Promise<boolean> {
    return (await this.#fleet.listFiles(TEMPLATES_FOLDER)).some((path) => path.endsWith(`/${name}.yaml`))
  }

  /** Durable when it resolves. */
  async write(document: TemplateDocument, author: FleetAuthor, message: string): Promise<void> {
    const { owner, name } = document.metadata
    const text = stringify(document, { lineWidth: 0 })
    await this.#fleet.writeFile(pathOf(owner, name), text, author, message)
  }

  async remove(owner: string, name: string, author: FleetAuthor): Promise<void> {
    await this.#fleet.writeFile(pathOf(owner, name), null, author, `Delete template ${name}`)
  }

  async #read(path: string): Promise<TemplateDocument | null> {
    const file = await this.#fleet.readFile(path)
    return file && parseTemplateDocument(path, file.toString())
  }
}

/** Reads a record that stands at `path`. Throws a `DocumentError`. */
export function parseTemplateDocument(path: string, text: string): TemplateDocument {
  const [, owner, name] = PATH.exec(path) ?? []
  if (owner === undefined)
    throw new DocumentError(`${path}: a template is declared in templates/<owner>/<name>.yaml`)
  const document = readYaml(path, text, TemplateDocument)
  const { metadata } = document
  if (metadata.owner === owner && metadata.name === name) return document
  throw new DocumentError(`${path}: metadata.owner and metadata.name must be those of the path`)
}

/** Throws a `DocumentError` when two of these records are of one name: each is somebody's alone. */
export function assertDistinct(paths: string[]): void {
  const names = new Map<string, string>()
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const other = names.get(name)
    if (other !== undefined) throw new DocumentError(`${path}: the name belongs to ${other}`)
    names.set(name, path)
  }
}

function pathOf(owner: string, name: string): string {
  return `${TEMPLATES_FOLDER}/${owner}/${name}.yaml`
}

function ownerOf(path: string): string | undefined {
  return PATH.exec(path)?.[1]
}
