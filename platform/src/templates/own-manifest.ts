import { stringify } from 'yaml'
import type { FileContent } from '../git/commit-files.ts'
import type { LaunchSettings } from '../workspaces/launch-settings.ts'
import type { TemplateEngine } from './engine.ts'
import { MANIFEST } from './template.ts'

const MOST_PORTS = 16
const MOST_RUN = 2000

/**
 * `template.yaml` for the files of a workspace. Where there is one already, whoever works in the workspace is writing a
 * template: it keeps all but its title and description. Throws an `AppError` when that one cannot be used.
 */
export async function writeOwnManifest(
  engine: TemplateEngine,
  files: Map<string, FileContent>,
  { title, description }: { title: string; description: string },
  launch: LaunchSettings,
): Promise<FileContent> {
  const written = files.get(MANIFEST)
  if (!written) return toFile(manifestOf(title, description, launch))
  await engine.run('read', files)
  return toFile(await engine.run('retitle', Buffer.from(written.content).toString(), title, description))
}

/** Everything as it is in the workspace: what looks like an expression in its files is theirs. */
function manifestOf(title: string, description: string, { run, ports, stack }: LaunchSettings): string {
  // The run command is the one thing that is rendered.
  const command = run !== null && run.length <= MOST_RUN ? run.replaceAll('{{', '\\{{') : null
  const all = { title, description, run: command, ports: ports.slice(0, MOST_PORTS), stack, raw: ['**'] }
  return stringify(all, { lineWidth: 0 })
}

function toFile(text: string): FileContent {
  return { content: Buffer.from(text), mode: '100644' }
}
