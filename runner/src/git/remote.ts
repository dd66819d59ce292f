import { Agent, request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'

import { z } from 'zod'

import { errorCode } from '../errors.ts'
import { collect, GitError } from './spawn.ts'
import type { Logger } from '../log.ts'
import type { RunnerConfig } from '../protocol.ts'

/** A remote that says nothing for this long is taken for gone, in milliseconds; it sends keep-alives every 5 s. */
const SILENCE_MS = 30_000
const RENEW_RETRY_MS = 10_000
const LISTEN_FIRST_PAUSE_MS = 1_000
const LISTEN_LONGEST_PAUSE_MS = 30_000
/** The `c` of `change`; heartbeats are `:` alone. */
const CHANGE = 'c'.charCodeAt(0)
const MAX_TIMER_MS = 2 ** 31 - 1
const USER = 'runner'

/** The owner's word on the repository. `reviewed`: which settings may run (their digest), `any` for all; null for none. */
const Trust = z.object({ trusted: z.boolean(), reviewed: z.string().nullable() })
export type Trust = z.infer<typeof Trust>
const Told = z.object({ variables: z.record(z.string(), z.string()), trust: Trust.optional() })
export type Told = z.infer<typeof Told>
const RenewedToken = z.object({ token: z.string().min(1), expiresAt: z.number() })

/** The remote could not be asked, or did not answer as a git remote does. The message is one clause for a person. */
export class RemoteError extends Error {
  override name = 'RemoteError'
  readonly unauthorized: boolean
  /** The remote looked at the objects of a push and does not take them, today or tomorrow. */
  readonly objectsRefused: boolean

  constructor(
    message: string,
    options?: ErrorOptions & { unauthorized?: boolean; objectsRefused?: boolean },
  ) {
    super(message, options)
    this.unauthorized = options?.unauthorized ?? false
    this.objectsRefused = options?.objectsRefused ?? false
  }
}

export interface RemoteRequest {
  /** Relative to the repository, e.g. `git-receive-pack`. */
  service: 'git-receive-pack' | 'git-upload-pack'
  headers?: Record<string, string>
  /** A stream is sent chunked. */
  body: Buffer | AsyncIterable<Buffer>
  signal?: AbortSignal
}

/** The workspace's repository on the platform: one keep-alive connection and a token that is renewed in time. */
export class Remote {
  readonly url: string
  readonly #renewUrl: string
  readonly #eventsUrl: string
  readonly #idleUrl: string
  readonly #environmentUrl: string | undefined
  readonly #log: Logger
  readonly #agent: Agent | SecureAgent
  readonly #closed = new AbortController()
  #token: string
  #timer: NodeJS.Timeout | null = null
  #renewal: Promise<void> | null = null

  constructor(config: RunnerConfig['remote'], log: Logger) {
    this.url = config.url
    this.#renewUrl = config.renewUrl
    this.#eventsUrl = config.eventsUrl
    this.#idleUrl = config.idleUrl
    this.#environmentUrl = config.environmentUrl
    this.#token = config.token
    this.#log = log
    const options = { keepAlive: true, maxSockets: 4 }
    this.#agent = config.url.startsWith('https:') ? new SecureAgent(options) : new Agent(options)
    this.#renewAt(config.expiresAt)
  }

  /** Lets a spawned git authenticate, without the token in a file or in argv. */
  get gitConfig(): [string, string][] {
    return [[`http.${this.url}.extraHeader`, `Authorization: ${this.#authorization()}`]]
  }

  /** POSTs to the repository; resolves to the whole body of a 200. Throws `RemoteError`. */
  post(request: RemoteRequest): Promise<Buffer> {
    return collect(this.stream(request))
  }

  /** POSTs to the repository; yields the body of a 200 as it comes. Throws `RemoteError`. */
  stream({ service, headers, body, signal }: RemoteRequest): AsyncIterable<Buffer> {
    const length: Record<string, string> = Buffer.isBuffer(body)
      ? { 'content-length': String(body.length) }
      : {}
    return this.#send(
      `${this.url}/${service}`,
      {
        'content-type': `application/x-${service}-request`,
        accept: `application/x-${service}-result`,
        'user-agent': 'git/codenest-runner',
        authorization: this.#authorization(),
        ...length,
        ...headers,
      },
      body,
      signal,
    )
  }

  /**
   * Keeps a line to the platform open until `signal` aborts, and calls `notice` whenever somebody else may have
   * changed the repository: at each connection, too, for what happened before nobody heard.
   */
  async listen(notice: () => void, signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([signal, this.#closed.signal])
    let pause = LISTEN_FIRST_PAUSE_MS
    while (!ending.aborted) {
      try {
        const headers = { authorization: `Bearer ${this.#token}`, accept: 'text/event-stream' }
        const response = await this.#open('GET', this.#eventsUrl, headers, Buffer.alloc(0), ending, false)
        notice()
        pause = LISTEN_FIRST_PAUSE_MS
        for await (const chunk of response) if ((chunk as Buffer).includes(CHANGE)) notice()
      } catch (error) {
        if (!ending.aborted) this.#log.debug({ err: error }, 'the line to the platform broke')
      }
      await delay(pause, undefined, { signal: ending, ref: false }).catch(() => undefined)
      pause = Math.min(pause * 2, LISTEN_LONGEST_PAUSE_MS)
    }
  }

  /** Fetches a new token now; calls while one is under way share it. Throws `RemoteError`. */
  renew(): Promise<void> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null
    })
    return this.#renewal
  }

  dispose(): void {
    this.#closed.abort(new RemoteError('the runner stops'))
    if (this.#timer) clearTimeout(this.#timer)
    this.#agent.destroy()
  }

  #authorization(): string {
    return `Basic ${Buffer.from(`${USER}:${this.#token}`).toString('base64')}`
  }

  /** Tells the platform that the workspace may be stopped. Throws `RemoteError`. */
  async tellIdle(): Promise<void> {
    await this.#ask(this.#idleUrl)
  }

  /** Variables that its owner keeps for the workspace, and whether they trust it. Throws `RemoteError`. */
  async askEnvironment(signal: AbortSignal): Promise<Told> {
    if (this.#environmentUrl === undefined) return { variables: {} }
    const body = await this.#ask(this.#environmentUrl, signal)
    try {
      return Told.parse(JSON.parse(body.toString('utf8')))
    } catch {
      // Neither the text nor the parser's excerpt of it may reach the log.
      throw new RemoteError('the platform answered a question for variables with something else')
    }
  }

  /** POSTs nothing but who this is. */
  #ask(url: string, signal?: AbortSignal): Promise<Buffer> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: 'application/json',
      'content-length': '0',
    }
    return collect(this.#send(url, headers, Buffer.alloc(0), signal))
  }

  async #renew(): Promise<void> {
    const body = await this.#ask(this.#renewUrl)
    const { token, expiresAt } = parseRenewal(body)
    this.#token = token
    this.#renewAt(expiresAt)
  }

  /** At two thirds of what is left: two more attempts fit before the token dies. */
  #renewAt(expiresAt: number): void {
    if (this.#closed.signal.aborted) return
    this.#schedule(((expiresAt - Date.now()) * 2) / 3)
  }

  #schedule(delay: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#renewInTime(), Math.min(Math.max(delay, 0), MAX_TIMER_MS))
    this.#timer.unref()
  }

  async #renewInTime(): Promise<void> {
    try {
      await this.renew()
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#log.warn({ err: error }, 'could not renew the token, trying again')
      this.#schedule(RENEW_RETRY_MS)
    }
  }

  async *#send(
    url: string,
    headers: Record<string, string>,
    body: Buffer | AsyncIterable<Buffer>,
    signal?: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const anySignal = AbortSignal.any([this.#closed.signal, ...(signal ? [signal] : [])])
    const agent = new URL(url).protocol === new URL(this.url).protocol ? this.#agent : undefined
    try {
      const response = await this.#open('POST', url, headers, body, anySignal, agent)
      for await (const chunk of response) yield chunk as Buffer
    } catch (error) {
      signal?.throwIfAborted()
      // The body is made while it is sent: that it cannot be made is not the remote's doing.
      throw error instanceof GitError ? error : asRemoteError(error)
    }
  }

  /** Resolves to the answer when it is a 200. Without an agent (`false`) it takes no connection from the others. */
  async #open(
    method: string,
    url: string,
    headers: Record<string, string>,
    body: Buffer | AsyncIterable<Buffer>,
    signal: AbortSignal,
    agent: Agent | false | undefined,
  ): Promise<IncomingMessage> {
    const send = url.startsWith('https:') ? requestHttps : requestHttp
    const request = send(url, { method, headers, agent, signal })
    request.setTimeout(SILENCE_MS, () =>
      request.destroy(new RemoteError('the remote did not answer in time')),
    )
    const responded = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.once('error', reject)
    })
    const sent = Buffer.isBuffer(body)
      ? Promise.resolve(request.end(body))
      : pipeline(Readable.from(body), request)
    // An answer that comes before everything is sent (a 401) settles the request; the broken upload is part of it.
    const response = await Promise.race([responded, sent.then(() => responded)])
    sent.catch(() => undefined)
    if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, await collect(response))
    return response
  }
}

function parseRenewal(body: Buffer): z.infer<typeof RenewedToken> {
  try {
    return RenewedToken.parse(JSON.parse(body.toString('utf8')))
  } catch {
    throw new RemoteError('the platform answered a token renewal with something else')
  }
}

function refusal(status: number, body: Buffer): RemoteError {
  if (status === 401) return new RemoteError('the remote does not accept the token', { unauthorized: true })
  const detail = problemDetail(body)
  if (detail !== null) return new RemoteError(`the platform said “${detail.replace(/\.$/, '')}”`)
  const said = body.toString('utf8').trim().slice(0, 200)
  return new RemoteError(`the remote answered with status ${status}${said ? ` (${said})` : ''}`)
}

/** What a problem of the platform's API says to a person; null when the body is none. */
function problemDetail(body: Buffer): string | null {
  try {
    return z.object({ detail: z.string() }).parse(JSON.parse(body.toString('utf8'))).detail
  } catch {
    return null
  }
}

function asRemoteError(error: unknown): RemoteError {
  if (error instanceof RemoteError) return error
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'the remote cannot be reached',
    ENOTFOUND: 'the name of the remote cannot be resolved',
    ECONNRESET: 'the connection to the remote broke',
    EPIPE: 'the connection to the remote broke',
  }
  const reason = reasons[errorCode(error)] ?? `the connection to the remote failed (${String(error)})`
  return new RemoteError(reason, { cause: error })
}
