import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Tokens } from '../access/tokens.ts'
import type { Engine } from '../engines/engine.ts'
import { forwardRequest, isRepeatable } from './forward-request.ts'
import type { Forwarding } from './headers.ts'
import { sendAppFailure } from './app-failure.ts'
import type { App } from './preview.ts'
import { createTunnelAgent, openTunnel, TunnelError } from './tunnel.ts'

/** Seconds; the gateway's own tokens are made for one connection. */
const HOP_TOKEN_SECONDS = 60

export interface AppProxyOptions {
  engine: Engine
  tokens: Tokens
  forwarding: Forwarding
  /** Exact origin of the page. */
  origin: string
}

/** Carries requests to apps inside workspaces; connections are kept open for what can be repeated if one was just closed. */
export class AppProxy implements Disposable {
  readonly #options: AppProxyOptions
  readonly #agents = new Map<string, Agent>()
  readonly #subscription: Disposable

  constructor(options: AppProxyOptions) {
    this.#options = options
    this.#subscription = options.engine.subscribe((id) => this.#forget(id))
  }

  /** `tag` is added to an answer that is a page. */
  forward(app: App, request: IncomingMessage, response: ServerResponse, tag?: string): void {
    const { forwarding, origin } = this.#options
    const fail = (error: Error): void => sendAppFailure(response, app, error, `${origin}/w/${app.workspace}`)
    const agent = this.#agent(app, isRepeatable(request))
    forwardRequest({ agent }, request, response, forwarding, fail, tag)
  }

  /** A byte stream to a port inside a workspace. Throws a `TunnelError`. */
  async connect({ workspace, port }: App): Promise<Socket> {
    const { engine, tokens } = this.#options
    const address = engine.address(workspace)
    if (!address) throw new TunnelError('runner_unreachable')
    const { token } = await tokens.mint(`runner:${workspace}`, 'gateway', HOP_TOKEN_SECONDS)
    return openTunnel(address, port, token)
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
    for (const agent of this.#agents.values()) agent.destroy()
  }

  #agent(app: App, reused: boolean): Agent {
    const key = `${reused ? 'reused' : 'once'}--${app.port}--${app.workspace}`
    const known = this.#agents.get(key)
    if (known) return known
    const agent = createTunnelAgent(() => this.connect(app), reused)
    this.#agents.set(key, agent)
    return agent
  }

  /** Connections into a runner that has gone lead nowhere. */
  #forget(workspace: string): void {
    if (this.#options.engine.address(workspace)) return
    for (const [key, agent] of this.#agents) {
      if (!key.endsWith(`--${workspace}`)) continue
      agent.destroy()
      this.#agents.delete(key)
    }
  }
}
