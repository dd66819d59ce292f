import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { Identity } from '../access/identity.ts'
import type { Engine } from '../engines/engine.ts'
import type { Environments } from '../environment/environments.ts'
import { AppError } from '../errors.ts'
import { originOf } from '../fleet/document.ts'
import type { ForkSource, Origin, WorkspaceDocument } from '../fleet/document.ts'
import { FLEET_REPOSITORY } from '../fleet/fleet.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Remotes } from '../git/remotes.ts'
import type { StartProgress } from '../gateway/progress-page.ts'
import { forkParentGone } from '../history/fork.ts'
import { newestCommit } from '../history/newest.ts'
import type {
  CreateWorkspace,
  FromOrigin,
  RepositorySource,
  Workspace,
  WorkspaceSettings,
  ChangeTrust,
} from '../protocol.ts'
import type { Provisioner } from '../reconciler/provisioner.ts'
import type { States } from '../reconciler/states.ts'
import type { Leadership } from '../replicas/leadership.ts'
import { chooseTarget } from '../repositories/choose-target.ts'
import { chooseTip } from '../repositories/choose-tip.ts'
import { readPlace } from '../repositories/place.ts'
import { parseRepositoryUrl, refuseUrl } from '../repositories/repository-url.ts'
import type { Upstreams } from '../repositories/upstreams.ts'
import type { SharedView } from '../sharing/shared-view.ts'
import { sharesNow } from '../sharing/shares.ts'
import type { Catalogue } from '../templates/catalogue.ts'
import type { OwnTemplates } from '../templates/own-templates.ts'
import { chooseId, forkName, suggestName } from './names.ts'
import { ownDocument, workspaceNotFound as notFound } from './ownership.ts'
import { settingsOf, withSettings } from './settings.ts'
import { isTrusted, withTrust } from './trust.ts'

/** Names that would read as something else in a URL or a host name. */
const RESERVED = new Set([FLEET_REPOSITORY, 'templates', 'www', 'api', 'git', 'localhost'])

type LinkSource = Extract<CreateWorkspace['source'], { link: string }>

/** Who changes the fleet when nobody asked in person. */
const FLEET_AUTHOR = { name: 'CodeNest', email: 'fleet@codenest.dev' }

export interface WorkspacesOptions {
  fleet: Fleet
  remotes: Remotes
  engine: Engine
  states: States
  leadership: Leadership
  provisioner: Provisioner
  catalogue: Catalogue
  ownTemplates: OwnTemplates
  environments: Environments
  upstreams: Upstreams
  sharedView: SharedView
  allowedRepositoryHosts: string[]
  origin: string
}

/** What people do with workspaces. Every change is a commit to the fleet repository; the reconciler follows it. */
export class Workspaces {
  readonly #options: WorkspacesOptions

  constructor(options: WorkspacesOptions) {
    this.#options = options
  }

  async list(owner: Identity): Promise<Workspace[]> {
    const { workspaces } = await this.#options.fleet.snapshot()
    const own = [...workspaces].filter(([, document]) => document.metadata.owner === owner.name)
    const shown = await Promise.all(own.map(([id, document]) => this.#show(id, document)))
    return shown.sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }

  /** Those of these ids that are the owner's. */
  async show(owner: Identity, ids: string[]): Promise<Map<string, Workspace>> {
    const { workspaces } = await this.#options.fleet.snapshot()
    const shown = new Map<string, Workspace>()
    for (const id of ids) {
      const document = workspaces.get(id)
      if (document?.metadata.owner === owner.name) shown.set(id, await this.#show(id, document))
    }
    return shown
  }

  async get(owner: Identity, id: string): Promise<Workspace> {
    return this.#show(id, await this.document(owner, id))
  }

  /** Throws an `AppError` and changes nothing when the source is not one. */
  async create(owner: Identity, request: CreateWorkspace): Promise<Workspace> {
    const { fleet, remotes } = this.#options
    const source = await this.#checkSource(owner.name, request.source)
    const { workspaces } = await fleet.snapshot()
    const name = request.name ?? this.#suggestName(source, workspaces)
    let id = chooseId(name, (candidate) => RESERVED.has(candidate) || workspaces.has(candidate))
    // A deleted workspace's repository is not given to another one of the same name.
    while (await remotes.repository(id).head()) id = chooseId(name, (candidate) => candidate === name)
    const metadata = { name, owner: owner.name, createdAt: new Date().toISOString() }
    const parent =
      'workspace' in source && !source.shared ? workspaces.get(source.workspace)?.spec : undefined
    const standing =
      'template' in source ? await this.#options.ownTemplates.standing(owner.name, source.template) : parent
    // Somebody else's commands may not have one's own secrets before one has said so.
    const trusted = 'workspace' in source && source.shared ? false : standing?.trusted
    const document: WorkspaceDocument = {
      apiVersion: 'codenest.dev/v1',
      kind: 'Workspace',
      metadata,
      spec: {
        source,
        running: true,
        ...(trusted !== undefined && { trusted }),
        // What was allowed goes with what is trusted.
        ...(trusted === true && standing?.commands && { commands: standing.commands }),
        ...(parent?.resources && { resources: parent.resources }),
        ...(parent?.saves && { saves: parent.saves }),
        ...(parent?.idle && { idle: { ...parent.idle, keepUntil: null } }),
      },
    }
    await fleet.change(id, owner.author, `Create workspace ${id}`, (current) => {
      if (current)
        throw new AppError(
          409,
          'name_taken',
          `There is a workspace named "${id}" already. Choose another name.`,
        )
      return document
    })
    return this.#show(id, document)
  }

  async setRunning(owner: Identity, id: string, running: boolean): Promise<Workspace> {
    const { fleet, leadership } = this.#options
    await this.document(owner, id)
    const document = await fleet.change(
      id,
      owner.author,
      `${running ? 'Start' : 'Stop'} workspace ${id}`,
      (current) => {
        if (!current) throw notFound(id)
        return current.spec.running === running
          ? undefined
          : { ...current, spec: { ...current.spec, running } }
      },
    )
    leadership.retry(id)
    if (!document) throw notFound(id)
    return this.#show(id, document)
  }

  /** Its owner's browser asks for its page: it starts while that loads. One that failed waits for who reads why. */
  async visit(owner: Identity, id: string): Promise<void> {
    const { fleet, states } = this.#options
    const document = (await fleet.snapshot()).workspaces.get(id)
    if (document && states.status(id, document).state === 'stopped') await this.setRunning(owner, id, true)
  }

  /** Its owner visits a preview of it: it starts, and so does its app. */
  async wake(id: string): Promise<void> {
    const { fleet, leadership } = this.#options
    leadership.run(id)
    await fleet.change(id, FLEET_AUTHOR, `Start workspace ${id}: its preview was visited`, (current) =>
      current && !current.spec.running ? { ...current, spec: { ...current.spec, running: true } } : undefined,
    )
    leadership.retry(id)
  }

  /** How far its start is; null when there is no such workspace. */
  async progress(id: string): Promise<StartProgress | null> {
    const { fleet, states } = this.#options
    const document = (await fleet.snapshot()).workspaces.get(id)
    if (!document) return null
    const { state, reason } = states.status(id, document)
    const stage = states.stage(id, document)
    return { name: document.metadata.name, state, stage, reason: reason?.message ?? null }
  }

  /** Nobody uses it any more. */
  async stopIdle(id: string): Promise<void> {
    await this.#options.fleet.change(id, FLEET_AUTHOR, `Stop workspace ${id}: nobody uses it`, (current) =>
      current?.spec.running ? { ...current, spec: { ...current.spec, running: false } } : undefined,
    )
  }

  /** Holds from the next start; a runner that is there has to be told. */
  async changeSettings(owner: Identity, id: string, change: Partial<WorkspaceSettings>): Promise<Workspace> {
    await this.document(owner, id)
    const message = `Change settings of workspace ${id}`
    const document = await this.#options.fleet.change(id, owner.author, message, (current) => {
      if (!current) throw notFound(id)
      return withSettings(current, change)
    })
    if (!document) throw notFound(id)
    return this.#show(id, document)
  }

  /** Programs that run already keep what they have. */
  async setTrust(owner: Identity, id: string, change: ChangeTrust): Promise<Workspace> {
    await this.document(owner, id)
    const isYes = change.trusted ?? change.commands?.allowed
    const message = `${isYes ? 'Trust' : 'Do not trust'} the repository of workspace ${id}`
    const document = await this.#options.fleet.change(id, owner.author, message, (current) => {
      if (!current) throw notFound(id)
      return withTrust(current, change)
    })
    if (!document) throw notFound(id)
    return this.#show(id, document)
  }

  /** Where its branches are pushed to from now on; its clone has it as `origin` from its next start. */
  async setPublished(owner: Identity, id: string, url: string): Promise<void> {
    await this.document(owner, id)
    const message = `Publish workspace ${id}: ${url}`
    await this.#options.fleet.change(id, owner.author, message, (current) => {
      if (!current) throw notFound(id)
      return { ...current, spec: { ...current.spec, published: url } }
    })
  }

  async delete(owner: Identity, id: string): Promise<void> {
    const { fleet, environments } = this.#options
    const document = await this.document(owner, id)
    await fleet.change(id, owner.author, `Delete workspace ${id}`, () => null)
    await environments.forget(id, document)
  }

  /** True when this person may reach the workspace. */
  async mayUse(owner: Identity, id: string): Promise<boolean> {
    const { workspaces } = await this.#options.fleet.snapshot()
    return workspaces.get(id)?.metadata.owner === owner.name
  }

  /**
   * Why a document that was pushed to the fleet repository cannot be, by throwing an `AppError`. What a workspace was
   * made from is not looked at again once it is declared: a parent may be deleted.
   */
  async check(document: WorkspaceDocument, before: WorkspaceDocument | null): Promise<void> {
    const { source } = document.spec
    const { owner } = document.metadata
    if (before?.metadata.owner === owner && isDeepStrictEqual(source, before.spec.source)) return
    if ('workspace' in source) {
      const { origin } = await this.#checkFork(owner, source)
      if (isDeepStrictEqual(origin, source.origin)) return
      const expected = JSON.stringify(origin)
      throw new AppError(
        422,
        'wrong_origin',
        `spec.source.origin must be what "${source.workspace}" was made from: ${expected}`,
      )
    }
    if ('template' in source) {
      await this.#options.ownTemplates.standing(owner, source.template)
      await this.#options.catalogue.check(source.template, source.revision, source.parameters)
    } else parseRepositoryUrl(source.repository, this.#options.allowedRepositoryHosts)
  }

  async #checkSource(
    owner: string,
    source: CreateWorkspace['source'],
  ): Promise<WorkspaceDocument['spec']['source']> {
    const { catalogue, ownTemplates } = this.#options
    if ('link' in source) return this.#checkLink(owner, source)
    if ('workspace' in source)
      return this.#checkFork(owner, {
        workspace: source.workspace,
        commit: source.commit ?? (await this.#newestSave(owner, source.workspace)),
      })
    if ('template' in source) {
      const revision = await ownTemplates.latest(owner, source.template)
      const parameters = await catalogue.check(source.template, revision, source.parameters ?? {})
      return { template: source.template, revision, parameters }
    }
    return this.#findRepository(owner, source)
  }

  /** Asks its host, so that what is wrong is said before there is a workspace. */
  async #findRepository(
    owner: string,
    source: z.infer<typeof RepositorySource>,
  ): Promise<WorkspaceDocument['spec']['source']> {
    const { upstreams, allowedRepositoryHosts } = this.#options
    const { place, problem } = readPlace(source.repository)
    if (!place) throw refuseUrl(problem)
    const { href } = parseRepositoryUrl(place.repository, allowedRepositoryHosts)
    const { target } = place
    const asked = await upstreams.ask(owner, href, target.kind === 'pull' ? target.ref : undefined)
    const chosen =
      source.ref === undefined ? chooseTarget(target, asked.refs) : { ref: source.ref, path: undefined }
    chooseTip(asked, chosen.ref)
    return { repository: asked.url.href, ...chosen }
  }

  /** Who has a link may fork what it shows: their own workspace as always, somebody else's as files. */
  async #checkLink(owner: string, { link, ...at }: LinkSource): Promise<ForkSource> {
    const { id, document, commit } = await this.#options.sharedView.forkable(link, at)
    const fork = { workspace: id, commit, origin: originOf(document) }
    return document.metadata.owner === owner ? fork : { ...fork, shared: true }
  }

  async #newestSave(owner: string, id: string): Promise<string> {
    const parent = (await this.#options.fleet.snapshot()).workspaces.get(id)
    if (parent?.metadata.owner !== owner) throw notFound(id)
    const version = await this.#options.remotes.repository(id).head()
    const newest = version && newestCommit(version.head)
    if (newest !== null) return newest
    throw new AppError(
      409,
      'nothing_saved',
      `Nothing has been saved in "${id}" yet, so there is nothing to fork. Try again when it has started.`,
    )
  }

  #suggestName(
    source: WorkspaceDocument['spec']['source'],
    workspaces: ReadonlyMap<string, WorkspaceDocument>,
  ): string {
    const parent = 'workspace' in source ? workspaces.get(source.workspace) : undefined
    return parent ? forkName(parent.metadata.name, (name) => workspaces.has(name)) : suggestName()
  }

  /** A workspace can be forked by its owner alone, unless they share it by a link. */
  async #checkFork(
    owner: string,
    { workspace, commit }: { workspace: string; commit: string },
  ): Promise<ForkSource> {
    const { fleet, remotes } = this.#options
    const parent = (await fleet.snapshot()).workspaces.get(workspace)
    if (parent?.metadata.owner !== owner) throw notFound(workspace)
    const repository = remotes.repository(workspace)
    const version = await repository.head()
    const object = version && (await repository.objects(version).read(commit))
    if (object?.type !== 'commit') throw forkParentGone(workspace, commit)
    return { workspace, commit, origin: originOf(parent) }
  }

  /** What is declared of a person's own workspace. Throws an `AppError` when it is not theirs. */
  document(owner: Identity, id: string): Promise<WorkspaceDocument> {
    return ownDocument(this.#options.fleet, owner, id)
  }

  async #show(id: string, document: WorkspaceDocument): Promise<Workspace> {
    const { engine, states, provisioner, origin } = this.#options
    const { source, running } = document.spec
    const { run, ports } = await provisioner.launchSettings(id, document)
    const { state, reason } = states.status(id, document)
    const { name, owner, createdAt } = document.metadata
    return {
      id,
      name,
      owner,
      source: showSource(source),
      state,
      stage: states.stage(id, document),
      running,
      reason,
      createdAt,
      remoteUrl: `${origin}/git/${id}.git`,
      run,
      ports,
      settings: settingsOf(document),
      trusted: isTrusted(document),
      commands: document.spec.commands ?? null,
      shares: sharesNow(document, engine.observe(id).session).map(({ port, visibility, links }) => ({
        port,
        visibility,
        links,
      })),
      isolation: engine.isolation,
    }
  }
}

function showSource(source: WorkspaceDocument['spec']['source']): Workspace['source'] {
  if (!('workspace' in source)) return showOrigin(source)
  const { workspace, commit, origin } = source
  return { workspace, commit, origin: showOrigin(origin) }
}

function showOrigin(origin: Origin): FromOrigin {
  if ('template' in origin) return origin
  const { repository, ref = null, path = null } = origin
  return { repository, ref, path }
}
