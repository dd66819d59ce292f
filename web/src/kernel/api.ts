import type {
  ChangeTrust,
  Changes,
  ChangesQuery,
  ChangeVariables,
  CodeHostAccount,
  Connection,
  CreateReadLink,
  CreateTemplate,
  CreateWorkspace,
  FileAtCommit,
  GitToken,
  HistoryEntry,
  HistoryPage,
  HistoryQuery,
  HostRepositories,
  HostRepository,
  OpenPullRequest,
  IntroduceYourself,
  OpenPreview,
  PreparedTemplateUpdate,
  PrepareTemplateUpdate,
  Preview,
  Problem,
  Publication,
  PublicationQuery,
  PublishWorkspace,
  PullRequest,
  PullRequestDraft,
  PushBranch,
  ReadLink,
  Restore,
  SaveSessions,
  Session,
  ShareLink,
  Template,
  TemplatePreview,
  TemplateUpdate,
  TemplateUpdatePlan,
  Variable,
  Workspace,
  WorkspaceSettings,
} from '@codenest/platform/protocol'
import type { z } from 'zod'
import { ApiError } from './errors.ts'

export const API = '/api/v1'
/** What comes from another host, or goes there, may be large. */
const LONG_MILLISECONDS = 660_000

export interface Api {
  session: () => Promise<Session>
  templates: () => Promise<Template[]>
  /** What a workspace would begin with; nothing is made. */
  previewTemplate: (
    name: string,
    parameters: Record<string, string | number | boolean>,
  ) => Promise<TemplatePreview>
  /** Of a workspace, or by the address of its repository. */
  createTemplate: (body: CreateTemplate) => Promise<Template>
  /** Brings what its repository has now. */
  refreshTemplate: (name: string) => Promise<Template>
  removeTemplate: (name: string) => Promise<void>
  workspaces: () => Promise<Workspace[]>
  workspace: (id: string) => Promise<Workspace>
  create: (body: CreateWorkspace) => Promise<Workspace>
  start: (id: string) => Promise<Workspace>
  stop: (id: string) => Promise<Workspace>
  changeSettings: (id: string, change: Partial<WorkspaceSettings>) => Promise<Workspace>
  remove: (id: string) => Promise<void>
  /** How a workspace stands to its template. */
  templateUpdate: (id: string) => Promise<TemplateUpdate>
  /** What an update would change with these answers. */
  planTemplateUpdate: (
    id: string,
    parameters: PrepareTemplateUpdate['parameters'],
  ) => Promise<TemplateUpdatePlan>
  prepareTemplateUpdate: (id: string, body: PrepareTemplateUpdate) => Promise<PreparedTemplateUpdate>
  /** A page of the timeline, newest first. */
  history: (id: string, query: HistoryQuery, signal?: AbortSignal) => Promise<HistoryPage>
  sessions: (id: string) => Promise<SaveSessions>
  /** What differs between a save or commit and another; the one before it unless `from` is given. */
  changes: (id: string, commit: string, query: ChangesQuery) => Promise<Changes>
  /** A text file as it was in a save or commit. */
  fileAt: (id: string, commit: string, path: string, signal?: AbortSignal) => Promise<FileAtCommit>
  /** Of a workspace that is stopped. */
  restore: (id: string, body: Restore) => Promise<HistoryEntry>
  /** Where a zip of a save or commit is downloaded. */
  archiveUrl: (id: string, commit: string) => string
  connect: (id: string) => Promise<Connection>
  openPreview: (id: string, body: z.input<typeof OpenPreview>) => Promise<Preview>
  /** Links to a port go when it becomes private or visible to everybody who is signed in. */
  setVisibility: (id: string, port: number, visibility: 'private' | 'signed-in') => Promise<Workspace>
  /** `url` is told this once. */
  createShareLink: (id: string, port: number, minutes: number) => Promise<ShareLink & { url: string }>
  revokeShareLink: (id: string, port: number, link: string) => Promise<void>
  /** By which anybody may look at the files of a workspace, newest first. */
  readLinks: (id: string) => Promise<ReadLink[]>
  createReadLink: (id: string, body: CreateReadLink) => Promise<ReadLink>
  revokeReadLink: (id: string, link: string) => Promise<void>
  createGitToken: () => Promise<GitToken>
  /** Names of variables: of a workspace, or (null) of all. */
  variables: (id: string | null) => Promise<Variable[]>
  changeVariables: (id: string | null, change: Partial<ChangeVariables>) => Promise<Variable[]>
  setTrust: (id: string, change: ChangeTrust) => Promise<Workspace>
  codeHost: () => Promise<CodeHostAccount>
  /** Where the browser has to go, to come back to `returnTo`. */
  connectCodeHost: (returnTo: string) => Promise<string>
  disconnectCodeHost: () => Promise<void>
  hostRepositories: (query: string, page: number, signal?: AbortSignal) => Promise<HostRepositories>
  publication: (id: string, query: PublicationQuery) => Promise<Publication>
  publish: (id: string, body: PublishWorkspace) => Promise<HostRepository>
  forkUpstream: (id: string) => Promise<HostRepository>
  push: (id: string, body: PushBranch) => Promise<void>
  pullRequestDraft: (id: string, branch: string, into: string) => Promise<PullRequestDraft>
  openPullRequest: (id: string, body: OpenPullRequest) => Promise<PullRequest>
  /** Says who one is to the host of a private repository; rejects when it does not believe it. */
  introduce: (body: IntroduceYourself) => Promise<void>
}

/** REST client. Every method rejects with `ApiError`. `onSession` hears whether an answer knew who we are. */
export function createApi(onSession: (signedIn: boolean) => void): Api {
  const call = <T>(
    method: string,
    path: string,
    body?: unknown,
    patience?: AbortSignal | number,
  ): Promise<T> => callApi(method, path, body, patience, onSession)
  const at = (id: string, rest = '') => `/workspaces/${encodeURIComponent(id)}${rest}`

  return {
    session: () => call('GET', '/session'),
    templates: async () => (await call<{ templates: Template[] }>('GET', '/templates')).templates,
    previewTemplate: (name, parameters) =>
      call('POST', `/templates/${encodeURIComponent(name)}/preview`, { parameters }),
    createTemplate: (body) => call('POST', '/templates', body, LONG_MILLISECONDS),
    refreshTemplate: (name) =>
      call('POST', `/templates/${encodeURIComponent(name)}/refresh`, undefined, LONG_MILLISECONDS),
    removeTemplate: (name) => call('DELETE', `/templates/${encodeURIComponent(name)}`),
    workspaces: async () => (await call<{ workspaces: Workspace[] }>('GET', '/workspaces')).workspaces,
    workspace: (id) => call('GET', at(id)),
    create: (body) => call('POST', '/workspaces', body),
    start: (id) => call('POST', at(id, '/start')),
    stop: (id) => call('POST', at(id, '/stop')),
    changeSettings: (id, change) => call('PATCH', at(id, '/settings'), change),
    remove: (id) => call('DELETE', at(id)),
    templateUpdate: (id) => call('GET', at(id, '/template-update')),
    planTemplateUpdate: (id, parameters) => call('POST', at(id, '/template-update/plan'), { parameters }),
    prepareTemplateUpdate: (id, body) => call('POST', at(id, '/template-update'), body),
    history: (id, query, signal) => call('GET', at(id, `/history${queryOf(query)}`), undefined, signal),
    sessions: (id) => call('GET', at(id, '/sessions')),
    changes: (id, commit, query) => call('GET', at(id, `/commits/${commit}/changes${queryOf(query)}`)),
    fileAt: (id, commit, path, signal) =>
      call('GET', at(id, `/commits/${commit}/files/${encodeURIComponent(path)}`), undefined, signal),
    restore: (id, body) => call('POST', at(id, '/restore'), body),
    archiveUrl: (id, commit) => API + at(id, `/commits/${commit}/archive`),
    connect: (id) => call('POST', at(id, '/connection')),
    openPreview: (id, body) => call('POST', at(id, '/previews'), body),
    setVisibility: (id, port, visibility) => call('PATCH', at(id, `/ports/${port}`), { visibility }),
    createShareLink: (id, port, minutes) => call('POST', at(id, `/ports/${port}/links`), { minutes }),
    revokeShareLink: (id, port, link) => call('DELETE', at(id, `/ports/${port}/links/${link}`)),
    readLinks: async (id) => (await call<{ links: ReadLink[] }>('GET', at(id, '/links'))).links,
    createReadLink: (id, body) => call('POST', at(id, '/links'), body),
    revokeReadLink: (id, link) => call('DELETE', at(id, `/links/${link}`)),
    createGitToken: () => call('POST', '/git-tokens'),
    variables: async (id) =>
      (await call<{ variables: Variable[] }>('GET', id === null ? '/environment' : at(id, '/environment')))
        .variables,
    changeVariables: async (id, change) => {
      const path = id === null ? '/environment' : at(id, '/environment')
      return (await call<{ variables: Variable[] }>('PATCH', path, change)).variables
    },
    setTrust: (id, change) => call('PATCH', at(id, '/trust'), change),
    codeHost: () => call('GET', '/code-host'),
    connectCodeHost: async (returnTo) =>
      (await call<{ url: string }>('POST', '/code-host/connect', { returnTo })).url,
    disconnectCodeHost: () => call('DELETE', '/code-host/account'),
    hostRepositories: (query, page, signal) =>
      call('GET', `/code-host/repositories${queryOf({ query, page })}`, undefined, signal),
    publication: (id, query) => call('GET', at(id, `/publication${queryOf(query)}`)),
    publish: (id, body) => call('POST', at(id, '/publish'), body, LONG_MILLISECONDS),
    forkUpstream: (id) => call('POST', at(id, '/fork-upstream'), undefined, LONG_MILLISECONDS),
    push: (id, body) => call('POST', at(id, '/push'), body, LONG_MILLISECONDS),
    pullRequestDraft: (id, branch, into) =>
      call('GET', at(id, `/pull-request/draft${queryOf({ branch, into })}`)),
    openPullRequest: (id, body) => call('POST', at(id, '/pull-request'), body),
    introduce: (body) => call('POST', '/host-credentials', body),
  }
}

/** One request; rejects with `ApiError`. */
export async function callApi<T>(
  method: string,
  path: string,
  body?: unknown,
  patience?: AbortSignal | number,
  onSession?: (signedIn: boolean) => void,
): Promise<T> {
  const [signal, milliseconds] = typeof patience === 'number' ? [undefined, patience] : [patience]
  const response = await send(method, path, body, signal, milliseconds)
  onSession?.(response.status !== 401)
  if (response.ok) return (response.status === 204 ? undefined : await parse(response)) as T
  throw new ApiError(await problemOf(response))
}

/** `?a=1&b=2`, or nothing; what is undefined is left out. */
export function queryOf(values: Record<string, unknown>): string {
  const told = Object.entries(values).filter(([, value]) => value !== undefined)
  return told.length === 0
    ? ''
    : `?${new URLSearchParams(told.map(([name, value]) => [name, String(value)]))}`
}

async function send(
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
  milliseconds = 30_000,
): Promise<Response> {
  const deadline = AbortSignal.timeout(milliseconds)
  try {
    return await fetch(API + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    })
  } catch {
    signal?.throwIfAborted()
    throw new ApiError({
      type: 'about:blank',
      title: 'No answer',
      status: 0,
      code: 'unreachable',
      detail:
        'CodeNest could not be reached. Check that it is running and that you are online, then try again.',
    })
  }
}

async function parse(response: Response): Promise<unknown> {
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}

async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get('content-type')?.includes('json')) {
    try {
      const body: Problem = await response.json()
      if (typeof body.title === 'string') return body
    } catch {
      // Not JSON after all: told as an unexpected answer below.
    }
  }
  return {
    type: 'about:blank',
    title: 'Unexpected answer',
    status: response.status,
    code: 'unexpected',
    detail: `CodeNest answered with status ${response.status}. Try again; if it persists, the server's log says more.`,
  }
}
