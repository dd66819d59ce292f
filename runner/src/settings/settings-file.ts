import type { SettingsProblem } from './protocol.ts'

/** UTF-16 units; more is nothing that a person wrote to be read. */
const MOST_CHARS = 64 * 1024
const DEEPEST = 32

/** A field at the top of a file. */
export interface Field {
  value: unknown
  /** Counted from 1. */
  line: number
}

/** A file as a table of its fields, and what is wrong with it. Fields that come twice count as their last one. */
export interface SettingsFile {
  file: string
  fields: Map<string, Field>
  problems: SettingsProblem[]
}

/** JSON with comments and trailing commas. What can be read of a broken one is not taken: it may mean something else. */
export async function readJsonWithComments(file: string, text: string): Promise<SettingsFile> {
  const tooLarge = checkSize(file, text)
  if (tooLarge) return tooLarge
  // The parser goes down as deep as the text does.
  if (depthOf(text) > DEEPEST) return broken(file, null, `It is nested more than ${DEEPEST} levels deep.`)
  const { getNodeValue, parseTree } = await import('jsonc-parser')
  const errors: { error: number; offset: number; length: number }[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true })
  const [first] = errors
  if (first) return broken(file, lineAt(text, first.offset), 'This is not JSON.')
  if (!tree) return { file, fields: new Map(), problems: [] }
  if (tree.type !== 'object') return broken(file, lineAt(text, tree.offset), 'It must be an object.')
  const fields = (tree.children ?? []).map(({ children: [key, value] = [] }): [string, Field] => [
    String(key?.value),
    { value: value && getNodeValue(value), line: lineAt(text, key?.offset ?? 0) },
  ])
  return { file, fields: new Map(fields), problems: [] }
}

export async function readYaml(file: string, text: string): Promise<SettingsFile> {
  const tooLarge = checkSize(file, text)
  if (tooLarge) return tooLarge
  if (depthOf(text) > DEEPEST) return broken(file, null, `It is nested more than ${DEEPEST} levels deep.`)
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml')
  const lineCounter = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter })
    const [first] = document.errors
    if (first) {
      const message = first.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? ''
      return broken(file, lineCounter.linePos(first.pos[0]).line, `This is not YAML: ${message}.`)
    }
    if (document.contents === null) return { file, fields: new Map(), problems: [] }
    const values: unknown = document.toJS({ maxAliasCount: 0 })
    if (!isMap(document.contents) || typeof values !== 'object' || values === null)
      return broken(file, 1, 'It must be a table of settings.')
    const fields = document.contents.items.map(({ key }): [string, Field] => {
      const name = String(isScalar(key) ? key.value : key)
      const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0
      const value = Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined
      return [name, { value, line: lineCounter.linePos(offset).line }]
    })
    return { file, fields: new Map(fields), problems: [] }
  } catch {
    // Aliases, tags that cannot be made into values.
    return broken(file, null, 'It cannot be read as plain YAML, without aliases and tags.')
  }
}

/** The file is there and cannot be used. */
export function broken(file: string, line: number | null, message: string): SettingsFile {
  return { file, fields: new Map(), problems: [{ file, line, message }] }
}

function checkSize(file: string, text: string): SettingsFile | null {
  if (text.length <= MOST_CHARS) return null
  return broken(file, null, `It is larger than ${MOST_CHARS / 1024} KiB, so it is not read.`)
}

/** Brackets within texts and comments count, too; nobody has that many of them one behind the other. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const char of text) {
    if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth = Math.max(0, depth - 1)
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
