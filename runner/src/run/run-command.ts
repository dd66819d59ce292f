import { RunnerError } from '../errors.ts'
import { readRepositorySettings, SETTINGS_FILE } from '../settings/repository-settings.ts'
import type { RepositorySettings } from '../settings/protocol.ts'
import { settingsOfWorkTree } from '../settings/work-tree.ts'
import { detectRunCommand } from './detect.ts'

export { SETTINGS_FILE } from '../settings/repository-settings.ts'

const TEMPLATE_FILE = 'template.yaml'

/** Two megabytes, which most workspaces never need. */
const loadYaml = () => import('yaml')

export interface RunCommand {
  /** For a shell. */
  command: string
  /** The file that says so, or that it was concluded from. */
  from: string
  /** The repository says it in so many words; nobody has concluded it. */
  declared: boolean
}

/** The template that a workspace was made from. */
export interface TemplateRun {
  /** For a shell; null when it says none. */
  command: string | null
  /** Nobody answers for it: it waits for the owner's trust. */
  asks: boolean
}

/**
 * How the app of a work tree is run, as it stands now: what its own settings say, else what the template says, else the
 * dev container's `postAttachCommand`, else what its files suggest. null when nothing does.
 */
export async function readRunCommand(work: string, template: TemplateRun | null): Promise<RunCommand | null> {
  const { run } = await readRepositorySettings(settingsOfWorkTree(work))
  const said = withTemplateRun(run, template)
  if (said?.from === TEMPLATE_FILE) return { ...said, declared: template?.asks === true }
  if (run) return { ...run, declared: true }
  const found = await detectRunCommand(work)
  return found && { ...found, declared: false }
}

/** What the files say of the run, or what the template says, which comes before all but the settings. */
export function withTemplateRun(
  run: RepositorySettings['run'],
  template: TemplateRun | null,
): RepositorySettings['run'] {
  const command = template?.command ?? null
  return command === null || run?.from === SETTINGS_FILE ? run : { command, from: TEMPLATE_FILE }
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
