import { readTop } from './read-top.ts'
import type { RunCommand } from './run-command.ts'

const PLACES = ['.devcontainer/devcontainer.json', '.devcontainer.json']

/** The `postStartCommand` of a dev container: a line for a shell, an argument list, or several by name at once. */
export async function readPostStart(work: string): Promise<RunCommand | null> {
  for (const from of PLACES) {
    const text = await readTop(work, from)
    if (text === null) continue
    const command = toShell(parseWithComments(text)?.['postStartCommand'])
    if (command !== null) return { command, from }
  }
  return null
}

function toShell(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() || null
  if (Array.isArray(value) && value.length > 0) return value.map((word) => quote(String(word))).join(' ')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const commands = Object.values(value)
    .map(toShell)
    .filter((command) => command !== null)
  if (commands.length < 2) return commands[0] ?? null
  return `${commands.map((command) => `(${command}) &`).join(' ')} wait`
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** JSON as its editors write it by hand: with comments, and commas behind the last element. */
function parseWithComments(text: string): Record<string, unknown> | null {
  const plain = text
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g, '$1')
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, '$1')
  try {
    const parsed: unknown = JSON.parse(plain)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null
  } catch {
    return null
  }
}
