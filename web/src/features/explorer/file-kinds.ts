export interface FileKind {
  tint: string
  letters: string
  /** Drawing on a 16 by 16 grid, instead of letters. */
  path?: string
}

const DOCUMENT = 'M9.5 1.8h-5a1 1 0 0 0-1 1v10.4a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V4.8zM9.5 1.8v3h3'
const LINES = `${DOCUMENT}M6 8h4M6 10.8h4`
const BRACES =
  'M6 2.5c-1.5 0-2 .7-2 2v1.7c0 .9-.5 1.6-1.5 1.8 1 .2 1.5.9 1.5 1.8v1.7c0 1.3.5 2 2 2M10 2.5c1.5 0 2 .7 2 2v1.7c0 .9.5 1.6 1.5 1.8-1 .2-1.5.9-1.5 1.8v1.7c0 1.3-.5 2-2 2'
const TAGS = 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5'
const HASH = 'M6.3 2.5l-1.2 11M10.9 2.5l-1.2 11M3 5.8h10.5M2.5 10.2H13'
const IMAGE =
  'M3 2.5h10a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM2.5 11.5l3-3.2 3 3 2-2 3 2.7M10.5 5.5h.01'
const LOCK =
  'M4.5 7h7a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1zM5.5 7V5a2.5 2.5 0 0 1 5 0v2'
const SLIDERS = 'M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3v3M6 10v3'
const PROMPT = 'M3 4.5 6.5 8 3 11.5M8 12h5'
const BRANCH =
  'M4.5 5.5v5M4.5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4.5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11.5 7a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11.5 7c0 2.5-4 2-6.5 3.7'
const BOX = 'M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8 8 7.9l5.5-3.1M8 7.9v6.3'

const kind = (tint: string, letters: string, path?: string): FileKind => ({
  tint,
  letters,
  ...(path ? { path } : {}),
})

const byName: Record<string, FileKind> = {
  dockerfile: kind('--syn-type', '', BOX),
  'package.json': kind('--syn-tag', '', BOX),
  'package-lock.json': kind('--faint', '', LOCK),
  license: kind('--syn-attribute', '', LINES),
  makefile: kind('--syn-number', '', PROMPT),
}

const groups: [string, FileKind][] = [
  ['ts mts cts', kind('--accent', 'TS')],
  ['tsx', kind('--accent', 'TX')],
  ['js mjs cjs', kind('--syn-attribute', 'JS')],
  ['jsx', kind('--syn-attribute', 'JX')],
  ['json jsonc webmanifest', kind('--syn-attribute', '', BRACES)],
  ['html htm xml vue svelte', kind('--syn-tag', '', TAGS)],
  ['css scss less', kind('--syn-keyword', '', HASH)],
  ['md mdx markdown', kind('--syn-type', 'M↓')],
  ['py', kind('--syn-string', 'PY')],
  ['go', kind('--syn-type', 'GO')],
  ['rs', kind('--syn-number', 'RS')],
  ['java kt', kind('--syn-number', 'JV')],
  ['c h', kind('--syn-type', 'C')],
  ['cpp hpp cc', kind('--syn-type', 'C+')],
  ['rb', kind('--syn-tag', 'RB')],
  ['php', kind('--syn-keyword', 'PH')],
  ['sql', kind('--syn-attribute', 'SQ')],
  ['sh bash zsh fish', kind('--syn-string', '', PROMPT)],
  ['yaml yml toml ini conf cfg env', kind('--muted', '', SLIDERS)],
  ['svg png jpg jpeg gif webp ico avif', kind('--syn-keyword', '', IMAGE)],
  ['lock sum', kind('--faint', '', LOCK)],
  ['txt log csv', kind('--faint', '', LINES)],
  ['gitignore gitattributes gitmodules', kind('--syn-number', '', BRANCH)],
  ['dockerignore', kind('--faint', '', BOX)],
  ['editorconfig npmrc prettierrc', kind('--faint', '', SLIDERS)],
]

const byExtension = new Map(groups.flatMap(([names, found]) => names.split(' ').map((name) => [name, found])))
const unknown = kind('--faint', '', DOCUMENT)

export function fileKind(name: string): FileKind {
  const lower = name.toLowerCase()
  const extension = lower.slice(lower.lastIndexOf('.') + 1)
  return (
    byName[lower] ??
    (lower.startsWith('.env') ? byExtension.get('env') : byExtension.get(extension)) ??
    unknown
  )
}
