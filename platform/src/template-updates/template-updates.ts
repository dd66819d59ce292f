import { isDeepStrictEqual } from 'node:util'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import { originOf, withRevision } from '../fleet/document.ts'
import type { Origin, WorkspaceDocument } from '../fleet/document.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { FileContent } from '../git/commit-files.ts'
import { fileChanges, toCommit } from '../git/file-changes.ts'
import { ZERO_OID } from '../git/object-id.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import { storeCommit } from '../git/store-commit.ts'
import type {
  PreparedTemplateUpdate,
  PrepareTemplateUpdate,
  TemplateUpdate,
  TemplateUpdatePlan,
} from '../protocol.ts'
import type { Catalogue, Launch } from '../templates/catalogue.ts'
import type { OwnTemplates } from '../templates/own-templates.ts'
import type { ParameterValues } from '../templates/condition.ts'
import { workspaceNotFound } from '../workspaces/ownership.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { ensureBase, listGiven } from './base.ts'
import { TEMPLATE_AUTHOR, TEMPLATE_BASE, TEMPLATE_NEXT } from './refs.ts'
import type { Settling } from './settling.ts'

/** Tries of a commit that other pushes to the workspace keep overtaking. */
const MAX_ATTEMPTS = 5

type TemplateOrigin = Extract<Origin, { template: string }>

export interface TemplateUpdatesOptions {
  workspaces: Workspaces
  fleet: Fleet
  remotes: Remotes
  catalogue: Catalogue
  ownTemplates: OwnTemplates
  settling: Settling
}

interface Subject {
  document: WorkspaceDocument
  origin: TemplateOrigin
  version: HeadVersion
}

/**
 * Updates of workspaces from their templates. The platform commits what the newest revision renders to, on top of what
 * the template gave before; the runner merges that into the clone as git merges anything.
 */
export class TemplateUpdates {
  readonly #options: TemplateUpdatesOptions

  constructor(options: TemplateUpdatesOptions) {
    this.#options = options
  }

  /** How a workspace stands to its template; nothing is changed. Throws an `AppError` when it has none. */
  async look(owner: Identity, id: string): Promise<TemplateUpdate> {
    const { catalogue, settling } = this.#options
    await this.#open(owner, id)
    await settling.settle(id)
    const { origin, version } = await this.#open(owner, id)
    const { template, revision } = origin
    const none = {
      template,
      title: template,
      revision,
      latest: null,
      available: false,
      problem: null,
      parameters: {},
      answers: {},
      plan: null,
    }
    try {
      const latest = await this.#latest(owner, origin)
      if (latest === revision) return { ...none, latest }
      const { title, parameters } = (await catalogue.read(template, latest)).manifest
      const answers = await catalogue.carry(template, latest, origin.parameters)
      const plan = await this.#plan(id, origin, version, latest, answers).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'invalid_parameters') return null
        throw error
      })
      const available = plan === null || plan.files.length > 0 || plan.launch !== null
      return { template, title, revision, latest, available, problem: null, parameters, answers, plan }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { ...none, problem: error.message }
    }
  }

  /** What the newest revision would change with these answers. Throws an `AppError` when it cannot be rendered with them. */
  async plan(owner: Identity, id: string, parameters: ParameterValues): Promise<TemplateUpdatePlan> {
    const { origin, version } = await this.#open(owner, id)
    const latest = await this.#latest(owner, origin)
    return this.#plan(id, origin, version, latest, parameters)
  }

  /**
   * Makes the commit of an update, for the runner to merge; asked again for the same, it is the same commit. What
   * changes no file is recorded at once. Throws an `AppError`, and has changed nothing, when the revision cannot be used.
   */
  async prepare(
    owner: Identity,
    id: string,
    { revision, parameters }: PrepareTemplateUpdate,
    signal: AbortSignal,
  ): Promise<PreparedTemplateUpdate> {
    const { catalogue, remotes, settling } = this.#options
    await this.#open(owner, id)
    await settling.settle(id)
    const { origin } = await this.#open(owner, id)
    await this.#assertNewest(owner, origin, id, revision)
    const filled = await catalogue.check(origin.template, revision, parameters)
    const files = await catalogue.render(origin.template, revision, filled)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      signal.throwIfAborted()
      const subject = await this.#open(owner, id)
      const message = `Start from template ${origin.template}`
      await ensureBase(remotes, id, subject.version, () => this.#given(subject.origin), message, signal)
      const made = await this.#commit(owner, id, { revision, parameters: filled }, files)
      if (made) return made
    }
    throw new AppError(
      503,
      'update_busy',
      'The update could not be written: too many saves came first. Try again in a moment.',
    )
  }

  /** null when something else has changed the repository meanwhile. */
  async #commit(
    owner: Identity,
    id: string,
    wanted: { revision: string; parameters: ParameterValues },
    files: Map<string, FileContent>,
  ): Promise<PreparedTemplateUpdate | null> {
    const { remotes } = this.#options
    const repository = remotes.repository(id)
    const { document, origin, version } = await this.#open(owner, id)
    const { [TEMPLATE_BASE]: base, [TEMPLATE_NEXT]: next = ZERO_OID } = version.head.refs
    if (base === undefined) return null
    const { update } = document.spec
    const { commit: pending, ...pendingRevision } = update ?? {}
    if (pending !== undefined && pending === next && isDeepStrictEqual(pendingRevision, wanted))
      return { commit: next, base }
    const objects = repository.objects(version)
    const changes = fileChanges(await listFilesAt(objects, base), files)
    if (changes.length === 0) {
      await this.#declare(owner, id, origin, (current) => withRevision(current, wanted))
      return { commit: null, base }
    }
    const message = `Update from template ${origin.template}\n\nRevision ${wanted.revision}`
    const made = {
      base: { commit: base, objects },
      changes: toCommit(changes),
      message,
      author: TEMPLATE_AUTHOR,
    }
    const built = await commitFiles(made)
    const { commit } = built
    const moved = { ref: TEMPLATE_NEXT, old: next, by: owner.name }
    if (!(await storeCommit(remotes, repository, version, built, moved))) return null
    await this.#declare(owner, id, origin, (current) => ({
      ...current,
      spec: { ...current.spec, update: { ...wanted, commit } },
    }))
    return { commit, base }
  }

  async #declare(
    owner: Identity,
    id: string,
    { template }: TemplateOrigin,
    change: (current: WorkspaceDocument) => WorkspaceDocument,
  ): Promise<void> {
    const message = `Update workspace ${id} from template ${template}`
    await this.#options.fleet.change(id, owner.author, message, (current) => {
      if (!current) throw workspaceNotFound(id)
      return change(current)
    })
  }

  /** A fork of somebody else's workspace does not see what becomes of a template that is theirs alone. */
  #latest(owner: Identity, { template }: TemplateOrigin): Promise<string> {
    return this.#options.ownTemplates.latest(owner.name, template)
  }

  async #assertNewest(owner: Identity, origin: TemplateOrigin, id: string, asked: string): Promise<void> {
    const latest = await this.#latest(owner, origin)
    if (latest === origin.revision)
      throw new AppError(409, 'up_to_date', `The workspace "${id}" is up to date with its template.`)
    if (latest !== asked)
      throw new AppError(
        409,
        'template_moved',
        'The template has moved on since you looked. Look at the update again.',
      )
  }

  async #plan(
    id: string,
    origin: TemplateOrigin,
    version: HeadVersion,
    latest: string,
    parameters: ParameterValues,
  ): Promise<TemplateUpdatePlan> {
    const { catalogue, remotes } = this.#options
    const { template, revision } = origin
    const files = await catalogue.render(template, latest, parameters)
    const given = await listGiven(remotes, id, version, () => this.#given(origin))
    const [before, after] = await Promise.all([
      catalogue.launch(template, revision, origin.parameters),
      catalogue.launch(template, latest, parameters),
    ])
    return {
      files: fileChanges(given, files).map(({ path, status }) => ({ path, status })),
      launch: isDeepStrictEqual(before, after) ? null : { before: shown(before), after: shown(after) },
    }
  }

  #given({ template, revision, parameters }: TemplateOrigin): Promise<Map<string, FileContent>> {
    return this.#options.catalogue.render(template, revision, parameters)
  }

  async #open(owner: Identity, id: string): Promise<Subject> {
    const { workspaces, remotes } = this.#options
    const document = await workspaces.document(owner, id)
    const origin = originOf(document)
    if (!('template' in origin))
      throw new AppError(
        409,
        'no_template',
        `The workspace "${id}" was not made from a template, so there is none to update it from.`,
      )
    const version = await remotes.repository(id).head()
    if (!version)
      throw new AppError(
        409,
        'not_started',
        `The workspace "${id}" has not been started yet. Start it first.`,
      )
    return { document, origin, version }
  }
}

function shown({ run, ports }: Launch): Pick<Launch, 'run' | 'ports'> {
  return { run, ports }
}
