import type { JWK } from 'jose'
import type { IdentityProvider } from '../access/identity.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Placement, WorkspaceSpec } from '../engines/engine.ts'
import { AppError } from '../errors.ts'
import { originOf, resourcesOf } from '../fleet/document.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { Head } from '../git/head.ts'
import { ingestSmall } from '../git/ingest.ts'
import type { Remotes } from '../git/remotes.ts'
import { forkFiles } from '../history/fork-files.ts'
import { forkRepository } from '../history/fork.ts'
import { describeProgress } from '../repositories/fetch-progress.ts'
import { isWhole } from '../repositories/upstream-cache.ts'
import type { Upstreams } from '../repositories/upstreams.ts'
import { TEMPLATE_BASE } from '../template-updates/refs.ts'
import type { Catalogue } from '../templates/catalogue.ts'
import { templateRepository } from '../templates/names.ts'
import type { LaunchSettings } from '../workspaces/launch-settings.ts'
import { readLaunchSettings } from '../workspaces/launch-settings.ts'
import { nextSession } from '../workspaces/next-session.ts'
import { settingsOf } from '../workspaces/settings.ts'
import { isVouchedFor } from '../workspaces/trust.ts'

const BRANCH = 'refs/heads/main'
/** Seconds; a runner renews its token long before. */
export const RUNNER_TOKEN_SECONDS = 3600

/** A repository with more bytes of packs than this is shown before all of its history is in the workspace. */
const TIP_FIRST_BYTES = 24 * 1024 ** 2

export interface ProvisionerOptions {
  remotes: Remotes
  catalogue: Catalogue
  tokens: Tokens
  identities: IdentityProvider
  publicKey: JWK
  /** The page's origin. */
  origin: string
  /** Where runners reach the platform. */
  internalOrigin: string
  upstreams: Upstreams
}

/** What a workspace needs before its runner can start: a remote with its first commit, and the runner's orders. */
export interface Provisioner {
  /** Makes the remote from the document's source unless it is there. Throws an `AppError` that says why it cannot. */
  ensureRemote(
    id: string,
    document: WorkspaceDocument,
    /** Hears how far a repository has come from its host. */
    onFetch: (detail: string) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** The next start of its runner also starts what its Run button runs. */
  runAtStart(id: string): void
  /** `last`: the session of the runner before, if there was one. */
  workspaceSpec(id: string, document: WorkspaceDocument, last: string | null): Promise<WorkspaceSpec>
  /** Where and how large it runs; the tools that it needs are those of its last start. */
  placement(id: string, document: WorkspaceDocument): Promise<Placement>
  /** Run command and ports of a workspace. */
  launchSettings(id: string, document: WorkspaceDocument): Promise<LaunchSettings>
  /** Another process has started the workspace, perhaps with others. */
  forgetLaunchSettings(id: string): void
  /** The token by which the runner of one session reads and writes one repository. */
  runnerToken(id: string, session: string): Promise<{ token: string; expiresAt: Date }>
}

export function createProvisioner(options: ProvisionerOptions): Provisioner {
  const { remotes, catalogue, tokens, identities, publicKey, origin, internalOrigin, upstreams } = options

  const fromTemplate = async (
    id: string,
    {
      template,
      revision,
      parameters,
    }: { template: string; revision: string; parameters: Record<string, string | number | boolean> },
    author: { name: string; email: string },
  ): Promise<void> => {
    const changes = await catalogue.render(template, revision, parameters)
    const parent = remotes.repository(templateRepository(template))
    const version = await parent.head()
    const existing = version ? parent.objects(version) : undefined
    const message = `Start from template ${template}`
    const { commit, pack } = await commitFiles({ base: null, changes, existing, message, author })
    const refs = { [BRANCH]: commit, [TEMPLATE_BASE]: commit }
    // A fork of the template's repository: what was not rendered is there already.
    await remotes.create(id, {
      head: BRANCH,
      refs,
      pack: ingestSmall(pack).pack,
      by: 'platform',
      parent: parent.id,
    })
  }

  const runnerToken = (id: string, session: string): Promise<{ token: string; expiresAt: Date }> =>
    tokens.mint('git', 'runner', RUNNER_TOKEN_SECONDS, { repository: id, session })

  /** The last one of each workspace: a push of its dead runner may still be under way. */
  const sessions = new Map<string, string>()
  const running = new Set<string>()
  /** As of the last start; lists of workspaces ask for them all the time. */
  const known = new Map<string, LaunchSettings>()
  const refreshLaunchSettings = async (id: string, document: WorkspaceDocument): Promise<LaunchSettings> => {
    const settings = await readLaunchSettings(id, originOf(document), catalogue, remotes)
    if (settings) known.set(id, settings)
    return settings ?? { run: null, ports: [], stack: 'default' }
  }

  const launchSettings = async (id: string, document: WorkspaceDocument): Promise<LaunchSettings> =>
    known.get(id) ?? (await refreshLaunchSettings(id, document))

  return {
    runnerToken,
    launchSettings,
    forgetLaunchSettings: (id) => void known.delete(id),
    placement: async (id, document) => placementOf(document, (await launchSettings(id, document)).stack),
    async ensureRemote(id, document, onFetch, signal) {
      const { source } = document.spec
      const { owner } = document.metadata
      const from = originOf(document)
      const version = await remotes.repository(id).head(signal)
      if (version) {
        // A deleted workspace that is declared again gets its repository back.
        if (version.head.retiredAt !== null) await remotes.retire(id, false)
        if (!isWhole(version.head) && 'repository' in from)
          upstreams.resume(id, { owner, repository: from.repository, ref: from.ref })
        return
      }
      const author = authorOf(document, identities)
      if ('workspace' in source && source.shared) await forkFiles(remotes, id, source, author, signal)
      else if ('workspace' in source) await forkRepository(remotes, id, source, 'platform')
      else if ('template' in source) await fromTemplate(id, source, author)
      else {
        onFetch('')
        const { repository, ref } = source
        await upstreams.provide(
          id,
          { owner, repository, ref },
          (progress) => onFetch(describeProgress(progress)),
          signal,
        )
      }
    },
    runAtStart: (id) => void running.add(id),
    async workspaceSpec(id, document, last) {
      const version = await remotes.repository(id).head()
      const [, latest] = [last ?? '', sessions.get(id) ?? ''].sort()
      const session = nextSession(version?.head.refs ?? {}, Date.now(), latest)
      sessions.set(id, session)
      const { token, expiresAt } = await runnerToken(id, session)
      const { run, ports, stack } = await refreshLaunchSettings(id, document)
      const from = originOf(document)
      return {
        runner: {
          workspace: id,
          session,
          remote: {
            url: `${internalOrigin}/git/${id}.git`,
            token,
            renewUrl: `${internalOrigin}/runner/v1/token`,
            eventsUrl: `${internalOrigin}/runner/v1/events`,
            idleUrl: `${internalOrigin}/runner/v1/idle`,
            environmentUrl: `${internalOrigin}/runner/v1/environment`,
            expiresAt: expiresAt.getTime(),
          },
          tipFirst: sizeOf(version?.head) > TIP_FIRST_BYTES,
          upstream: document.spec.published ?? ('repository' in from ? from.repository : null),
          template: 'template' in from,
          ...('template' in from && !isVouchedFor(document) && { asks: true }),
          author: authorOf(document, identities),
          ...settingsOf(document),
          run,
          runAtStart: running.delete(id),
          ports,
          access: { publicKey: { ...publicKey }, origin },
        },
        ...placementOf(document, stack),
      }
    },
  }
}

function placementOf(document: WorkspaceDocument, stack: string): Placement {
  return { owner: document.metadata.owner, stack, resources: resourcesOf(document) }
}

function sizeOf(head: Head | undefined): number {
  return head?.packs.reduce((sum, { size }) => sum + size, 0) ?? 0
}

function authorOf(
  { metadata }: WorkspaceDocument,
  identities: IdentityProvider,
): { name: string; email: string } {
  const identity = identities.find(metadata.owner)
  if (!identity)
    throw new AppError(
      422,
      'unknown_owner',
      `There is nobody named "${metadata.owner}" here, so the workspace cannot run.`,
    )
  return identity.author
}
