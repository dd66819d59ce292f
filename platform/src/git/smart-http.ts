import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../errors.ts'
import type { HeadVersion, Repository } from './repository.ts'
import { PacketError, packet, FLUSH } from './pkt-line.ts'
import { RECEIVE_CAPABILITIES, readCommands, receivePack, withKeepalive } from './receive-pack.ts'
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

  const upload = async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const protocol = protocolOf(request)
    const body = await readBody(request)
    const { repository, version } = await open(id)
    if (protocol === 'version=2') {
      const { command, arguments: args } = readRequest(body)
      if (command === 'ls-refs') {
        response.end(await listRefs(version.head, args, repository.objects(version)))
        return
      }
    }
    const closed = new AbortController()
    response.once('close', () => response.writableFinished || closed.abort())
    await remotes.views.use(id, version, (view) => serveFetch(view, protocol, body, response, closed.signal))
  }

  const receive = async (
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
    access: GitAccess,
  ): Promise<void> => {
    const rules = requirePush(access, id)
    const body = (decoded(request) as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
    const { push, rest } = await readCommands(body)
    // Before a large push git asks with an empty one whether it would be let in.
    if (push.updates.length === 0) {
      response.end()
      return
    }
    await withKeepalive(push, response, () =>
      receivePack(remotes, remotes.repository(id), push, rest, body, rules),
    )
  }

  return {
    async handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://git')
      const [, id, action] = PATH.exec(url.pathname) ?? []
      if (id === undefined || action === undefined)
        throw new AppError(404, 'not_found', 'There is nothing at this address.')
      const access = await authorize(request, id)
      response.setHeader('cache-control', 'no-cache, max-age=0, must-revalidate')
      try {
        if (action === 'info/refs') {
          const service = url.searchParams.get('service')
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
          return
        }
        requireMethod(request, 'POST')
        if (request.headers['content-type'] !== `application/x-${action}-request`)
          throw new AppError(415, 'wrong_content_type', `The body must be application/x-${action}-request.`)
        response.setHeader('content-type', `application/x-${action}-result`)
        if (action === 'git-upload-pack') await upload(id, request, response)
        else await receive(id, request, response, access)
      } catch (error) {
        if (!(error instanceof PacketError)) throw error
        throw new AppError(400, 'bad_request', `The request is not of git's protocol: ${error.message}.`, {
          cause: error,
        })
      }
    },
  }
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

async function readBody(request: IncomingMessage): Promise<Buffer> {
  let size = 0
  const stream = decoded(request)
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_FETCH_BYTES) stream.destroy(new PacketError('the request is too large'))
  })
  return buffer(stream)
}

function decoded(request: IncomingMessage): Readable {
  if (request.headers['content-encoding'] !== 'gzip') return request
  const gunzip = createGunzip()
  request.on('error', (error) => gunzip.destroy(error))
  return request.pipe(gunzip)
}
