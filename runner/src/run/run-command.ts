import { RunnerError } from '../errors.ts'
import { detectRunCommand } from './detect.ts'
import { readPostStart } from './devcontainer.ts'
import { readTop } from './read-top.ts'

/** Two megabytes, which most workspaces never need. */
const loadYaml = () => import('yaml')

/** The file of a repository that says how CodeNest works with it. */
export const SETTINGS_FILE = '.codenest.yaml'

export interface RunCommand {
  /** For a shell. */
  command: string
  /** The file that says so, or that it was concluded from. */
  from: string
}

/**
 * How the app of a work tree is run, as it stands now: what its own settings say, else what the template says, else the
 * dev container's `postStartCommand`, else what its files suggest. null when nothing does.
 */
export async function readRunCommand(work: string, template: string | null): Promise<RunCommand | null> {
  const declared = await readSettings(work)
  if (declared) return { command: declared, from: SETTINGS_FILE }
  if (template !== null) return { command: template, from: 'template.yaml' }
  return (await readPostStart(work)) ?? (await detectRunCommand(work))
}

/** Whether a change of the file at this path may change the answer. */
export function concernsRun(path: string): boolean {
  // Only what lies at the top, and the dev container's folder.
  return !path.includes('/') || path.startsWith('.devcontainer/')
}

/**
 * The text of the settings with this command; an empty one takes the command out of them. Everything else stays,
 * comments too. Throws `bad_request` when the text is not YAML.
 */
export async function withRunCommand(settings: string, command: string): Promise<string> {
  const { parseDocument } = await loadYaml()
  const document = parseDocument(settings)
  const [problem] = document.errors
  if (problem) {
    throw new RunnerError(
      'bad_request',
      `${SETTINGS_FILE} cannot be changed because it is not valid YAML: ${problem.message.split('\n')[0]} Mend it in the editor.`,
    )
  }
  if (command.trim() !== '') document.set('run', command.trim())
  else if (document.contents !== null) document.delete('run')
  const text = document.toString({ lineWidth: 0 })
  // What is left of an empty document.
  return /^(\{\}|null)?\n?$/.test(text) ? '' : text
}

async function readSettings(work: string): Promise<string | null> {
  const text = await readTop(work, SETTINGS_FILE)
  if (text === null) return null
  const { parseDocument } = await loadYaml()
  // A file that cannot be understood says nothing: the editor shows what is wrong with it.
  const run: unknown = (parseDocument(text).toJS({ maxAliasCount: 0 }) as { run?: unknown } | null)?.run
  return typeof run === 'string' && run.trim() !== '' ? run.trim() : null
}
