import { z } from 'zod'

import type { FieldReader } from './fields.ts'
import { Commands, PortNumber, ShortText } from './fields.ts'
import { NOT_SUPPORTED, WITHOUT_MEANING } from './not-supported.ts'
import type { RepositorySettings } from './protocol.ts'

const CREATE = ['onCreateCommand', 'updateContentCommand', 'postCreateCommand']
const ForwardedPorts = z.array(z.union([PortNumber, ShortText])).max(100)
const AppPorts = z.union([PortNumber, ShortText, ForwardedPorts]).transform((ports) => [ports].flat())
const PortAttributes = z.record(z.string(), z.looseObject({ label: ShortText.optional() }))

/** Reads a `devcontainer.json`, behind what is there already. */
export function readDevcontainer(reader: FieldReader, settings: RepositorySettings): void {
  settings.image ??= reader.take('image', ShortText) ?? null
  readPorts(reader)
  // Our own file knows better, and as a whole: its commands are not mixed with these.
  const has = (when: string): boolean => settings.steps.some((step) => step.when === when)
  const [created, started] = [has('create'), has('start')]
  if (!created) for (const key of CREATE) reader.step(key, 'create')
  if (!started) reader.step('postStartCommand', 'start')
  readRun(reader, settings)
  // Both are seen by all programs here; the first is read last, so the second comes before it.
  reader.variables('remoteEnv')
  reader.variables('containerEnv')
  for (const key of [...CREATE, 'postStartCommand', 'image', ...WITHOUT_MEANING]) reader.has(key)
  for (const key of reader.left) {
    const why = Object.hasOwn(NOT_SUPPORTED, key) ? NOT_SUPPORTED[key] : undefined
    reader.notSupported(key, why ?? 'No setting of this name is known.')
  }
}

/** What is run when somebody looks is what the Run button runs: repositories start their app there. */
function readRun(reader: FieldReader, settings: RepositorySettings): void {
  const commands = reader.take('postAttachCommand', Commands)
  const [first] = commands ?? []
  if (!commands || !first || settings.run) return
  const all = commands.map(({ command }) => command)
  const command = all.length === 1 ? first.command : `${all.map((each) => `(${each}) &`).join(' ')} wait`
  settings.run = { command, from: reader.file }
}

function readPorts(reader: FieldReader): void {
  const attributes = reader.take('portsAttributes', PortAttributes) ?? {}
  const forwarded = reader.take('forwardPorts', ForwardedPorts) ?? []
  const labelOf = (port: number): string | null =>
    (Object.hasOwn(attributes, String(port)) && attributes[String(port)]?.label) || null
  for (const port of [...forwarded, ...(reader.take('appPort', AppPorts) ?? [])]) {
    const own = typeof port === 'number' ? port : toOwnPort(port)
    if (own !== null) reader.port(own, labelOf(own))
    else reader.notSupported(`port ${port}`, 'Only ports of the workspace itself can be shown.')
  }
  for (const [port, { label, ...others }] of Object.entries(attributes)) {
    const own = toOwnPort(port)
    if (own === null)
      reader.notSupported(`portsAttributes.${port}`, 'Labels are for single ports, by their number.')
    else if (label !== undefined) reader.port(own, label)
    if (Object.keys(others).length > 0)
      reader.notSupported(
        `portsAttributes.${port}.${Object.keys(others).join(', ')}`,
        'Of a port its label is used: every port that opens is told, and private until it is shared.',
      )
  }
}

/** `3000`, `localhost:3000`, `8080:3000`; null for those of other hosts, and ranges. */
function toOwnPort(text: string): number | null {
  const digits = /^(?:(?:localhost|127\.0\.0\.1|\d+):)?(\d{1,5})$/.exec(text)?.[1]
  const port = PortNumber.safeParse(Number(digits))
  return port.success ? port.data : null
}
