import { createHash } from 'node:crypto'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { AgentOptions, RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { messageOf } from '../../../errors.ts'
import { ClusterError } from './errors.ts'

/** Where credentials come from: the pod's service account, or a kubeconfig file. */
export type KubeconfigSource = 'in-cluster' | (string & {})

type Connection = Pick<RequestOptions, 'agent'> & { headers: Record<string, string> }

/** TCP's own watch over connections on which nothing is said; load balancers forget those after a minute. */
const KEEP_ALIVE = 30_000

/**
 * Address, TLS and tokens of the API server, as the client library reads them: it renews tokens of files and of
 * exec plugins. Its agents are not used except for proxies: those for fetch are made anew for every request, and the
 * others never learn of a renewed client certificate.
 */
export class Credentials {
  readonly #source: KubeconfigSource
  readonly #concurrency: number
  #loaded: KubeConfig
  #server: URL
  #asking: Promise<RequestOptions> | null = null
  #renewing: Promise<void> | null = null
  #agents: { key: string; requests: HttpAgent; watches: HttpAgent } | null = null

  private constructor(source: KubeconfigSource, concurrency: number, loaded: KubeConfig) {
    this.#source = source
    this.#concurrency = concurrency
    this.#loaded = loaded
    this.#server = serverOf(loaded)
  }

  static async open(source: KubeconfigSource, concurrency: number): Promise<Credentials> {
    return new Credentials(source, concurrency, await load(source))
  }

  get server(): URL {
    return this.#server
  }

  /** Reads everything again: the server has refused what was known. */
  async renew(): Promise<void> {
    const renew = async (): Promise<void> => {
      this.#loaded = await load(this.#source)
      this.#server = serverOf(this.#loaded)
    }
    this.#renewing ??= renew().finally(() => {
      this.#renewing = null
    })
    await this.#renewing
  }

  /** What a request needs in order to be let in. Watches have connections of their own: they hold them for minutes. */
  async connection(purpose: 'requests' | 'watches'): Promise<Connection> {
    const options = await this.#options()
    const headers = options.headers as Record<string, string> | undefined
    const proxied = (this.#loaded.getCurrentCluster()?.proxyUrl ?? '') !== ''
    const agent = proxied ? options.agent : this.#agentsFor(options)[purpose]
    return { agent, headers: { ...headers } }
  }

  close(): void {
    this.#agents?.requests.destroy()
    this.#agents?.watches.destroy()
  }

  /** An exec plugin is run once, however many requests wait for its token. */
  async #options(): Promise<RequestOptions> {
    const ask = async (): Promise<RequestOptions> => {
      const options: RequestOptions = {}
      try {
        await this.#loaded.applyToHTTPSOptions(options)
      } catch (error) {
        throw new ClusterError('unauthorized', null, { cause: error })
      }
      return options
    }
    this.#asking ??= ask().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  #agentsFor(options: RequestOptions): { requests: HttpAgent; watches: HttpAgent } {
    const { ca, cert, key, servername, rejectUnauthorized } = options
    const given = Object.entries({ ca, cert, key, servername, rejectUnauthorized })
    const tls: AgentOptions = Object.fromEntries(given.filter(([, value]) => value !== undefined))
    const hash = createHash('sha256')
    for (const [name, value] of given)
      hash.update(`${name}\0`).update(Buffer.isBuffer(value) ? value : JSON.stringify(value ?? null))
    const digest = hash.digest('hex')
    if (this.#agents?.key === digest) return this.#agents
    const Agent = this.#server.protocol === 'http:' ? HttpAgent : HttpsAgent
    const alive = { ...tls, keepAlive: true, keepAliveMsecs: KEEP_ALIVE, scheduling: 'lifo' } as const
    // What is under way on the connections of before ends by itself.
    this.#agents = {
      key: digest,
      requests: new Agent({ ...alive, maxSockets: this.#concurrency }),
      watches: new Agent({ ...alive, maxFreeSockets: 0 }),
    }
    return this.#agents
  }
}

/** The client library takes seconds and 90 MB to load, so it is loaded by whoever has a cluster. */
async function load(source: KubeconfigSource): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (source === 'in-cluster') config.loadFromCluster()
    else config.loadFromFile(source)
  } catch (error) {
    throw new ClusterError('unauthorized', `${source} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  return config
}

function serverOf(config: KubeConfig): URL {
  const server = config.getCurrentCluster()?.server
  if (server === undefined || !URL.canParse(server))
    throw new ClusterError('unauthorized', 'the kubeconfig names no cluster')
  return new URL(server)
}
