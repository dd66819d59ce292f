import type { PortInfo } from '@codenest/runner/protocol'
import { createEffect, type Accessor } from 'solid-js'
import type { Api } from './api.ts'

/**
 * Lets this browser into every port that opens, so that an app may ask another one of its workspace with credentials
 * before a person has looked at that one. An app that is alone has nobody to ask.
 */
export function enterOpenPorts(api: Api, workspace: string, ports: Accessor<PortInfo[]>): void {
  const entered = new Set<number>()
  createEffect(() => {
    if (ports().length < 2) return
    for (const { port } of ports()) {
      if (entered.has(port)) continue
      entered.add(port)
      // Nobody has asked for it: what fails is tried again when ports change, and said by nobody.
      enter(api, workspace, port).catch(() => entered.delete(port))
    }
  })
}

async function enter(api: Api, workspace: string, port: number): Promise<void> {
  const { url } = await api.openPreview(workspace, { port })
  await fetch(`${url}&quiet`, { mode: 'no-cors', credentials: 'include' })
}
