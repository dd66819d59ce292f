import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Tokens } from '../access/tokens.ts'
import type { Engine } from '../engines/engine.ts'
import { forwardRequest } from './forward-request.ts'
import { sendPage } from './pages.ts'
import { createTunnelAgent, openTunnel, TunnelError } from './tunnel.ts'

/** Seconds; the gateway's own tokens are made for one connection. */
const HOP_TOKEN_SECONDS = 60

/** Carries requests to apps inside workspaces, with connections kept open between them. */
export class AppProxy implements Disposable {
  readonly #engine: Engine
  readonly #tokens: Tokens
  readonly #agents = new Map<string, Agent>()
  readonly #subscription: Disposable

  constructor(engine: Engine, tokens: Tokens) {
    this.#engine = engine
    this.#tokens = tokens
    this.#subscription = engine.subscribe((id) => this.#forget(id))
  }

  forward(workspace: string, port: number, request: IncomingMessage, response: ServerResponse): void {
    forwardRequest({ agent: this.#agent(workspace, port) }, request, response, (error) =>
      sendFailure(response, port, error),
    )
  }

  /** A byte stream to a port inside a workspace. Throws a `TunnelError`. */
  async connect(workspace: string, port: number): Promise<Socket> {
    const address = this.#engine.address(workspace)
    if (!address) throw new TunnelError('runner_unreachable')
    const { token } = await this.#tokens.mint(`runner:${workspace}`, 'gateway', HOP_TOKEN_SECONDS)
    return openTunnel(address, port, token)
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
    for (const agent of this.#agents.values()) agent.destroy()
  }

  #agent(workspace: string, port: number): Agent {
    const key = `${port}--${workspace}`
    const known = this.#agents.get(key)
    if (known) return known
    const agent = createTunnelAgent(() => this.connect(workspace, port))
    this.#agents.set(key, agent)
    return agent
  }

  /** Connections into a runner that has gone lead nowhere. */
  #forget(workspace: string): void {
    if (this.#engine.address(workspace)) return
    for (const [key, agent] of this.#agents) {
      if (!key.endsWith(`--${workspace}`)) continue
      agent.destroy()
      this.#agents.delete(key)
    }
  }
}

function sendFailure(response: ServerResponse, port: number, error: Error): void {
  if (error instanceof TunnelError && error.reason === 'port_closed') {
    const text = 'Nothing listens there yet. This page reloads by itself.'
    sendPage(response, 502, `Waiting for port ${port}`, text, { refresh: 1 })
    return
  }
  const text = `Port ${port} closed the connection. The terminal may say why.`
  sendPage(response, 502, 'The app did not answer', text)
}
