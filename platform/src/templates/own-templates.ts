import type { z } from 'zod'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import { originOf } from '../fleet/document.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { TemplateRecords } from '../fleet/templates.ts'
import type { TemplateDocument } from '../fleet/templates.ts'
import { DAY } from '../git/clock.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Template, TemplateOfWorkspace } from '../protocol.ts'
import type { LaunchSettings } from '../workspaces/launch-settings.ts'
import { chooseId } from '../workspaces/names.ts'
import { ownDocument } from '../workspaces/ownership.ts'
import { standingOf } from '../workspaces/trust.ts'
import type { Standing } from '../workspaces/trust.ts'
import type { Catalogue } from './catalogue.ts'
import type { TemplateEngine } from './engine.ts'
import { isOwnTemplate, ownTemplateName, ownTemplateOf, templateRepository } from './names.ts'
import { writeOwnManifest } from './own-manifest.ts'
import { publishTemplate } from './publish.ts'
import type { NewRevision } from './publish.ts'
import { MANIFEST } from './template.ts'
import type { BroughtTemplates, TemplatePlace } from './brought.ts'
import { readWorkspaceFiles } from './workspace-files.ts'

/** How many one person may have. */
const MOST = 50

export interface OwnTemplatesOptions {
  fleet: Fleet
  remotes: Remotes
  catalogue: Catalogue
  engine: TemplateEngine
  brought: BroughtTemplates
  launchSettings: (id: string, document: WorkspaceDocument) => Promise<LaunchSettings>
}

/**
 * Templates that people have made of their workspaces, or brought by an address. `templates/<owner>/<name>.yaml` of the
 * fleet says whose one is; its files are a repository like those of the catalogue. Nobody else sees, uses or fetches it.
 */
export class OwnTemplates {
  readonly #options: OwnTemplatesOptions
  readonly #records: TemplateRecords

  constructor(options: OwnTemplatesOptions) {
    this.#options = options
    this.#records = new TemplateRecords(options.fleet)
  }

  async list(owner: Identity): Promise<Template[]> {
    const records = await this.#records.list(owner.name)
    return Promise.all(records.map((record) => this.#show(record)))
  }

  /** True when the template is this person's own. */
  async isOf(owner: string, name: string): Promise<boolean> {
    return (await this.#records.find(owner, name)) !== null
  }

  /**
   * Whether a workspace that this person makes of a template begins as trusted; undefined where the template is not
   * somebody's own, and says so itself. Throws an `AppError` when it is somebody else's.
   */
  async standing(owner: string, name: string): Promise<Standing | undefined> {
    if (!isOwnTemplate(name)) return undefined
    const record = await this.#records.find(owner, name)
    if (!record) throw this.#options.catalogue.unknown(name)
    const { trusted, commands } = record.spec
    return { trusted, ...(commands && { commands }) }
  }

  /** Newest revision of a template that this person may use. Throws an `AppError` when it is somebody else's, or none. */
  async latest(owner: string, name: string): Promise<string> {
    await this.standing(owner, name)
    return this.#options.catalogue.latest(name)
  }

  /** Of the newest save of one's own workspace. Throws an `AppError` and makes nothing when that can be no template. */
  async create(
    owner: Identity,
    { workspace, title, description }: z.output<typeof TemplateOfWorkspace>,
    signal: AbortSignal,
  ): Promise<Template> {
    const document = await ownDocument(this.#options.fleet, owner, workspace)
    await this.#assertRoom(owner)
    const { revision, spec } = await this.#take(document, { title, description }, signal)
    const name = await this.#publish(ownTemplateName(document.metadata.name), revision, owner)
    return this.#declare(owner, name, spec)
  }

  /** From a repository, or a link to anything in it. Throws an `AppError` and keeps nothing when it is no template. */
  async bring(
    owner: Identity,
    from: { repository: string; ref?: string | undefined },
    signal: AbortSignal,
  ): Promise<Template> {
    await this.#assertRoom(owner)
    const found = await this.#options.brought.find(owner.name, from)
    const { revision, spec } = await this.#fetch(owner, found, { trusted: false }, signal)
    const name = await this.#publish(ownTemplateName(found.label), revision, owner)
    return this.#declare(owner, name, spec)
  }

  /**
   * Takes what its repository has now, or the newest save of its workspace. Throws an `AppError` and changes nothing
   * when that is no template any more.
   */
  async refresh(owner: Identity, name: string, signal: AbortSignal): Promise<Template> {
    const { fleet, catalogue, remotes, engine } = this.#options
    const record = await this.#own(owner, name)
    const { source, ...standing } = record.spec
    const { revision, spec } =
      'repository' in source
        ? await this.#fetch(owner, source, standing, signal)
        : await this.#take(
            await ownDocument(fleet, owner, source.workspace),
            await catalogue.show(name),
            signal,
          )
    await publishTemplate(remotes, engine, { name, ...revision, author: owner.author, by: owner.name })
    const next = { ...record, spec }
    await this.#records.write(next, owner.author, `Refresh template ${name}`)
    return this.#show(next)
  }

  /** It is offered no more. Its repository stays for as long as there are workspaces of it. */
  async remove(owner: Identity, name: string): Promise<void> {
    await this.#own(owner, name)
    await this.#records.remove(owner.name, name, owner.author)
    await this.#retireUnused(name)
  }

  /**
   * For the daily look at everything: what nobody has declared, and no workspace was made from, is retired; what is
   * declared again comes back.
   */
  async letGo(id: string): Promise<void> {
    const { remotes } = this.#options
    const name = ownTemplateOf(id)
    const version = name === null ? null : await remotes.repository(id).head()
    if (name === null || !version) return
    if (await this.#records.isTaken(name)) await remotes.retire(id, false)
    // One that has just been made is not declared yet.
    else if (remotes.clock.now() - Date.parse(version.head.createdAt) > DAY) await this.#retireUnused(name)
  }

  async #retireUnused(name: string): Promise<void> {
    const { fleet, remotes } = this.#options
    const { workspaces } = await fleet.snapshot()
    for (const document of workspaces.values()) {
      const origin = originOf(document)
      if ('template' in origin && origin.template === name) return
    }
    const version = await remotes.repository(templateRepository(name)).head()
    if (version) await remotes.retire(templateRepository(name), true)
  }

  /** What a repository has now. */
  async #fetch(
    { name }: Identity,
    { repository, ref }: TemplatePlace,
    standing: Standing,
    signal: AbortSignal,
  ): Promise<Taken> {
    const { files, commit } = await this.#options.brought.fetch(name, { repository, ref }, signal)
    const at = ref === undefined ? '' : ` at ${ref}`
    const message = `Fetch ${repository}${at}\n\nCommit ${commit} of it.`
    const fetchedAt = new Date().toISOString()
    const source = { repository, ...(ref !== undefined && { ref }), commit, fetchedAt }
    return { revision: { files, message: () => message }, spec: { source, ...standing } }
  }

  /** The newest save of a workspace. */
  async #take(
    document: WorkspaceDocument,
    { title, description }: Pick<Template, 'title' | 'description'>,
    signal: AbortSignal,
  ): Promise<Taken> {
    const { remotes, engine, launchSettings } = this.#options
    const workspace = document.metadata.name
    const { commit, files } = await readWorkspaceFiles(remotes, workspace, signal)
    const launch = await launchSettings(workspace, document)
    // What a repository's files say, or suggest, they say in the new workspace, too.
    const run = 'template' in originOf(document) ? launch.run : null
    files.set(MANIFEST, await writeOwnManifest(engine, files, { title, description }, { ...launch, run }))
    signal.throwIfAborted()
    return {
      revision: { files, message: () => `Template of workspace ${workspace}` },
      spec: { source: { workspace, commit }, ...standingOf(document) },
    }
  }

  async #own(owner: Identity, name: string): Promise<TemplateDocument> {
    const record = await this.#records.find(owner.name, name)
    if (record) return record
    throw new AppError(404, 'template_not_found', `You have no template of your own named "${name}".`)
  }

  async #assertRoom(owner: Identity): Promise<void> {
    if ((await this.#records.list(owner.name)).length < MOST) return
    throw new AppError(
      409,
      'too_many_templates',
      `You have ${MOST} templates of your own, which is the limit. Delete one first.`,
    )
  }

  /** Under this name, or one like it that is free. A name that was somebody's is not given to anybody else. */
  async #publish(
    wanted: string,
    revision: Taken['revision'],
    { name: by, author }: Identity,
  ): Promise<string> {
    const { remotes, engine } = this.#options
    let name = wanted
    while (await remotes.repository(templateRepository(name)).head())
      name = chooseId(wanted, (candidate) => candidate === wanted || candidate === name)
    await publishTemplate(remotes, engine, { name, ...revision, author, by })
    return name
  }

  async #declare(owner: Identity, name: string, spec: TemplateDocument['spec']): Promise<Template> {
    const metadata = { name, owner: owner.name, createdAt: new Date().toISOString() }
    const record: TemplateDocument = { apiVersion: 'codenest.dev/v1', kind: 'Template', metadata, spec }
    await this.#records.write(record, owner.author, `Add template ${name}`)
    return this.#show(record)
  }

  async #show({ metadata, spec }: TemplateDocument): Promise<Template> {
    const { createdAt, name } = metadata
    const own = { source: spec.source, createdAt, trusted: spec.trusted }
    return { ...(await this.#options.catalogue.show(name)), own }
  }
}

/** What a template is to be, and what is recorded of it. */
interface Taken {
  revision: Pick<NewRevision, 'files' | 'message'>
  spec: TemplateDocument['spec']
}
