import { z } from 'zod'

import type { FieldReader } from './fields.ts'
import { Commands, PortNumber, ShortText } from './fields.ts'
import type { RepositorySettings } from './protocol.ts'

/** The file of a repository that says how CodeNest works with it. */
export const SETTINGS_FILE = '.codenest.yaml'

const Stack = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'must be a name like node')
const Ports = z
  .array(z.union([PortNumber, z.strictObject({ port: PortNumber, label: ShortText.optional() })]))
  .max(16)

/** Reads our own file. It comes before others, so it is read first. */
export function readCodenestYaml(reader: FieldReader, settings: RepositorySettings): void {
  const run = reader.take('run', Commands)
  const [command] = run ?? []
  if (run && run.length > 1) reader.problem('run', 'run must be one command.')
  else if (command) settings.run = { command: command.command, from: reader.file }
  for (const port of reader.take('ports', Ports) ?? [])
    if (typeof port === 'number') reader.port(port, null)
    else reader.port(port.port, port.label ?? null)
  settings.stack = reader.take('stack', Stack) ?? null
  settings.image = reader.take('image', ShortText) ?? null
  reader.step('postCreate', 'create')
  reader.step('postStart', 'start')
  reader.variables('environment')
  for (const key of reader.left) reader.notSupported(key, 'No setting of this name is known.')
}
