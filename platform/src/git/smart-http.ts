import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../errors.ts'
import { NO_OBSERVER } from './git-observer.ts'
import type { GitObserver, GitRequestKind, GitRequestOutcome } from './git-observer.ts'
import type { HeadVersion, Repository } from './repository.ts'
import { PacketError, packet, FLUSH } from './pkt-line.ts'
import { BodyError, untilSilent } from './push-body.ts'
import { withKeepalive } from './push-report.ts'
import { PushTrace } from './push-trace.ts'
import { RECEIVE_CAPABILITIES, readCommands } from './receive-commands.ts'
import { receivePack } from './receive-pack.ts'
import type { PushRules } from './receive-pack.ts'
import type { Remotes } from './remotes.ts'
import { sortedRefs } from './ref-listing.ts'
import { isHiddenRef } from './ref-name.ts'
import {
  advertise,
  advertiseRefs,
  listRefs,
  readRequest,
  serveFetch,
  UPLOAD_CAPABILITIES_V2,
} from './upload-pack.ts'

const PATH =
  /^\/git\/((?:templates\/)?[a-z0-9][a-z0-9-]{0,62})(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/
/** A fetch names what the client has and wants; more than this is no fetch. */
const MAX_FETCH_BYTES = 16 * 1024 * 1024
/** For which a body that nobody needs is still read. */
const UNREAD_MILLISECONDS = 2000

/** What a client may do with a repository. */
export interface GitAccess {
  /** null: it may only fetch. */
  push: PushRules | null
}

export interface GitHttp {
  /** Answers a request below `/git/`. Throws `AppError` for what is answered with a problem. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** Git's smart HTTP protocol: version 2 and 0 for fetches, 0 for pushes. */
export function createGitHttp(
  remotes: Remotes,
  authorize: (request: IncomingMessage, repository: string) => Promise<GitAccess>,
  observer: GitObserver = NO_OBSERVER,
): GitHttp {
  const open = async (id: string): Promise<{ repository: Repository; version: HeadVersion }> => {
    const repository = remotes.repository(id)
    const version = await repository.head()
    if (!version || version.head.retiredAt !== null)
      throw new AppError(404, 'repository_not_found', `There is no repository named ${id}.`)
    return { repository, version }
  }

  const advertiseService = async (
    id: string,
    service: string,
    access: GitAccess,
    version2: boolean,
  ): Promise<Buffer> => {
    const { repository, version } = await open(id)
    if (service === 'git-upload-pack') {
      if (version2) return UPLOAD_CAPABILITIES_V2
      const refs = await advertiseRefs(version.head, repository.objects(version))
      return Buffer.concat([packet(`# service=${service}\n`), FLUSH, refs])
    }
    requirePush(access, id)
    const { head } = version
    const lines = sortedRefs(head).flatMap((name) =>
      isHiddenRef(name) ? [] : [`${head.refs[name]} ${name}`],
    )
    return Buffer.concat([packet(`# service=${service}\n`), FLUSH, advertise(lines, RECEIVE_CAPABILITIES)])
  }

  const upload = async (
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<GitRequestKind> => {
    const protocol = protocolOf(request)
    const body = await readBody(request, remotes.limits.silence)
    const { repository, version } = await open(id)
    if (protocol === 'version=2') {
      const { command, arguments: args } = readRequest(body)
      if (command === 'ls-refs') {
        response.end(await listRefs(version.head, args, repository.objects(version)))
        return 'ls-refs'
      }
    }
    const closed = new AbortController()
    response.once('close', () => response.writableFinished || closed.abort())
    await remotes.views.use(id, version, (view) =>
      serveFetch(view, protocol, body, response, { behind: isBackground(request), signal: closed.signal }),
    )
    return 'fetch'
  }

  const receive = async (
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
    access: GitAccess,
  ): Promise<GitRequestOutcome> => {
    const rules = requirePush(access, id)
    const body = untilSilent(decoded(request), remotes.limits.silence)
    const { push, rest } = await readCommands(body)
    // Before a large push git asks with an empty one whether it would be let in.
    if (push.updates.length === 0) {
      response.end()
      return 'ok'
    }
    const trace = new PushTrace()
    await observer.push(id, trace, () =>
      withKeepalive(push, response, () =>
        receivePack(remotes, remotes.repository(id), push, rest, body, rules, trace),
      ),
    )
    return trace.outcome
  }

  const answer = async (
    { id, action, service }: { id: string; action: string; service: string | null },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<[GitRequestKind, GitRequestOutcome]> => {
    const access = await authorize(request, id)
    response.setHeader('cache-control', 'no-cache, max-age=0, must-revalidate')
    if (action === 'info/refs') {
      requireMethod(request, 'GET')
      if (service !== 'git-upload-pack' && service !== 'git-receive-pack')
        throw new AppError(
          403,
          'dumb_protocol',
          'Only the smart HTTP protocol is spoken here. Use a current git client.',
        )
      const body = await advertiseService(id, service, access, protocolOf(request) === 'version=2')
      response.setHeader('content-type', `application/x-${service}-advertisement`)
      response.end(body)
      return ['advertise', 'ok']
    }
    requireMethod(request, 'POST')
    if (request.headers['content-type'] !== `application/x-${action}-request`)
      throw new AppError(415, 'wrong_content_type', `The body must be application/x-${action}-request.`)
    response.setHeader('content-type', `application/x-${action}-result`)
    if (action === 'git-upload-pack') return [await upload(id, request, response), 'ok']
    return ['push', await receive(id, request, response, access)]
  }

  return {
    async handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://git')
      const [, id, action] = PATH.exec(url.pathname) ?? []
      if (id === undefined || action === undefined)
        throw new AppError(404, 'not_found', 'There is nothing at this address.')
      closeUnread(request, response)
      const service = url.searchParams.get('service')
      try {
        observer.request(...(await answer({ id, action, service }, request, response)))
      } catch (error) {
        const said = explain(error)
        observer.request(KINDS[action] ?? 'advertise', outcomeOf(said))
        throw said
      }
    },
  }
}

/** Of requests that came to nothing. */
const KINDS: Record<string, GitRequestKind> = { 'git-upload-pack': 'fetch', 'git-receive-pack': 'push' }

function explain(error: unknown): unknown {
  if (error instanceof PacketError)
    return new AppError(400, 'bad_request', `The request is not of git's protocol: ${error.message}.`, {
      cause: error,
    })
  // Nobody reads this answer; as an error of the client it is none of the platform's log.
  if (error instanceof BodyError)
    return new AppError(400, 'broken_off', `The request is incomplete: ${error.message}. Try again.`, {
      cause: error,
    })
  return error
}

function outcomeOf(error: unknown): GitRequestOutcome {
  if (!(error instanceof AppError)) return 'failed'
  return error.cause instanceof BodyError ? 'gone' : 'refused'
}

/** A connection on which a body was not read to its end cannot be used again, and must not be kept waiting. */
function closeUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return
    // A moment of reading: a client that finds the connection reset does not see the answer.
    // By then it may have come in whole, read or not, and the connection carries the next request.
    const timer = setTimeout(() => request.complete || request.destroy(), UNREAD_MILLISECONDS)
    request.once('close', () => clearTimeout(timer))
    request.resume()
  })
}

function requirePush({ push }: GitAccess, id: string): PushRules {
  if (push) return push
  throw new AppError(403, 'read_only', `The repository ${id} is read-only for you.`)
}

function requireMethod(request: IncomingMessage, method: string): void {
  if (request.method !== method) throw new AppError(405, 'method_not_allowed', `Use ${method} here.`)
}

/** Only what git itself would send gets into the environment of a git process. */
function protocolOf(request: IncomingMessage): string {
  const header = request.headers['git-protocol']
  const versions = typeof header === 'string' && /^[a-z0-9=:.-]{1,64}$/.test(header) ? header.split(':') : []
  return versions.includes('version=2') ? 'version=2' : ''
}

async function readBody(request: IncomingMessage, silence: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of untilSilent(decoded(request), silence)) {
    size += chunk.length
    if (size > MAX_FETCH_BYTES) throw new PacketError('the request is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decoded(request: IncomingMessage): Readable {
  if (request.headers['content-encoding'] !== 'gzip') return request
  const gunzip = createGunzip()
  request.once('error', (error) => gunzip.destroy(error))
  gunzip.once('error', () => request.unpipe(gunzip))
  return request.pipe(gunzip)
}

/** RFC 9218: the lowest urgency is for what nobody waits for. */
function isBackground({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*u=7\s*(?:[,;]|$)/.test(String(headers['priority'] ?? ''))
}
