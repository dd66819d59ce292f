import { languages } from 'monaco-editor/editor'
// Registers names and extensions; each grammar is a chunk of its own that loads with the first file of its kind.
import 'monaco-editor/languages/definitions/register.all'

/** What the definitions leave out: JSON comes only with a language server there, and some names are unknown. */
export function registerLanguages(): void {
  languages.register({
    id: 'json',
    extensions: ['.json', '.jsonc', '.webmanifest', '.map'],
    filenames: ['.babelrc', '.prettierrc', '.eslintrc', '.oxlintrc.json'],
    aliases: ['JSON'],
  })
  languages.setMonarchTokensProvider('json', {
    tokenizer: {
      root: [
        [/"(?:[^"\\]|\\.)*"(?=\s*:)/, 'attribute.name'],
        [/"(?:[^"\\]|\\.)*"/, 'string'],
        [/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/, 'number'],
        [/\b(?:true|false|null)\b/, 'keyword'],
        [/\/\/.*$/, 'comment'],
        [/\/\*/, 'comment', '@comment'],
        [/[{}[\],:]/, 'delimiter'],
      ],
      comment: [
        [/\*\//, 'comment', '@pop'],
        [/./, 'comment'],
      ],
    },
  })
  languages.setLanguageConfiguration('json', {
    comments: { lineComment: '//', blockComment: ['/*', '*/'] },
    brackets: [
      ['{', '}'],
      ['[', ']'],
    ],
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '[', close: ']' },
      { open: '"', close: '"', notIn: ['string'] },
    ],
  })
  languages.register({
    id: 'ini',
    extensions: ['.toml', '.conf', '.cfg'],
    filenames: ['.editorconfig', '.npmrc', '.env'],
  })
  languages.register({ id: 'shell', filenames: ['.bashrc', '.profile', '.gitignore', '.dockerignore'] })
}

/** The language of a path by its name, for buffers whose file was renamed. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const found = languages
    .getLanguages()
    .find(
      (language) =>
        language.filenames?.some((known) => known.toLowerCase() === name) ||
        language.extensions?.some((extension) => name.endsWith(extension.toLowerCase())),
    )
  return found?.id ?? 'plaintext'
}

/** "TypeScript" for `typescript`. */
export function languageTitle(id: string): string {
  const language = languages.getLanguages().find((known) => known.id === id && known.aliases?.[0])
  return id === 'plaintext' ? 'Plain text' : (language?.aliases?.[0] ?? id)
}
