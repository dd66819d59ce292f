import type { FileContent } from '../../src/git/commit-files.ts'
import type { ParameterValues } from '../../src/templates/condition.ts'

export interface HostileTemplate {
  /** What it attempts. */
  what: string
  files: Record<string, string | FileContent>
  /** Of its manifest, in the place of the usual ones. */
  properties?: string
  rest?: string
  values?: ParameterValues
  /** What its author, or who wants to use it, is told. */
  said: RegExp
}

const link = (target: string): FileContent => ({ content: Buffer.from(target), mode: '120000' })
const bytes = (content: Buffer): FileContent => ({ content, mode: '100644' })

const USUAL = `
    name: { type: string, default: x }
    long: { type: string, default: y }
    on: { type: boolean, default: true }`

/** `template.yaml` of a hostile template. */
export function manifestOf({ properties = USUAL, rest = '' }: HostileTemplate): string {
  return `title: Hostile\ndescription: It means no good.\nparameters:\n  type: object\n  properties:${properties}\n${rest}`
}

const text = (what: string, content: string, said: RegExp): HostileTemplate => ({
  what,
  files: { 'a.txt.hbs': content },
  said,
})
const named = (what: string, name: string, said: RegExp): HostileTemplate => ({
  what,
  files: { 'src/{{name}}': 'x' },
  values: { name },
  said,
})
const linked = (what: string, path: string, target: string, said: RegExp): HostileTemplate => ({
  what,
  files: { [path]: link(target) },
  said,
})

const ELSEWHERE = /it would be named .*, which leads elsewhere/
const GITS_OWN = /it would be named .*, which is git's own/
const NOTHING_ELSE = /a\.txt\.hbs, line 1: ".*" is no parameter: nothing else can be reached/
const TOO_MUCH = /renders to more than 16 MiB/
const TOO_LONG = /takes more than 5 seconds/

export const HOSTILE: HostileTemplate[] = [
  // Out of the work tree, by names.
  named('a name that leads up', '..', ELSEWHERE),
  named('a name with a path in it', '../../etc/passwd', ELSEWHERE),
  named('an absolute name', '/etc/passwd', ELSEWHERE),
  named('the folder itself', '.', ELSEWHERE),
  named('no name', '', /it would be named "", which is no name/),
  named("git's folder", '.git', GITS_OWN),
  named("git's folder in capitals", '.GiT', GITS_OWN),
  named("git's folder by its short name", 'GIT~1', GITS_OWN),
  named("git's folder with a stream", '.git::$INDEX_ALLOCATION', GITS_OWN),
  named("git's folder with what cannot be seen", '.g\u200cit', GITS_OWN),
  named("git's folder behind a backslash", 'a\\.git', GITS_OWN),
  named('a line break', 'a\nb', /which has characters that cannot be printed/),
  named('a name that ends early', 'a\0b', /which has characters that cannot be printed/),
  named('a name that no disk takes', 'ä'.repeat(200), /which is too long for a name/),
  { ...named('a name of 10,000 letters', 'a'.repeat(10_000), /its name would be too long/) },
  // Out of the work tree, by links.
  linked('a link to a file of the machine', 'a', '/etc/shadow', /which is not relative/),
  linked('a link that leads up', 'a/b', '../../x', /which is outside of the workspace/),
  linked('a link that leads down and up', 'a/b', 'c/../../../x', /which leads elsewhere/),
  linked("a link to git's folder", 'a', '.git/config', /which leads elsewhere/),
  linked('a link to nothing', 'a', '', /which is no path/),
  {
    what: 'a link that is a folder, too',
    files: { '{{long}}': link('b'), '{{name}}/x': 'x' },
    values: { name: 'same', long: 'same' },
    said: /it would be written to "same(\/x)?", as would/,
  },
  // Over each other.
  {
    what: 'two files of one name',
    files: { '{{name}}': '1', '{{long}}': '2' },
    values: { name: 'same', long: 'same' },
    said: /it would be written to "same", as would/,
  },
  {
    what: 'two files that rendering makes one',
    files: { a: '1', 'a.hbs': '2' },
    said: /written to "a", as would/,
  },
  // To what is not theirs.
  text('the prototype', '{{constructor.name}}', NOTHING_ELSE),
  text('a method of a value', '{{name.toString}}', NOTHING_ELSE),
  text('the prototype by its old name', '{{__proto__}}', /"__proto__" is no parameter of this template/),
  text('everything', '{{@root}}', NOTHING_ELSE),
  text('what is around', '{{../name}}', NOTHING_ELSE),
  text('a helper that looks up', '{{lookup this "constructor"}}', /there is no helper "lookup"/),
  text('a helper that calls', '{{#with (helperMissing)}}x{{/with}}', /there is no block "with"/),
  text('a partial', '{{> (name)}}', /partials and decorators are not allowed here/),
  text('a decorator', '{{#*inline "x"}}{{/inline}}', /partials and decorators are not allowed here/),
  {
    what: 'a parameter that every object has',
    properties: '\n    constructor: { type: string }',
    files: {},
    said: /template\.yaml, line 6: parameters\.properties\.constructor has a name that is taken/,
  },
  {
    what: 'a hook',
    rest: 'hooks: { postRender: rm -rf / }',
    files: {},
    said: /line 9: hooks is not known here/,
  },
  // For ever.
  text('a loop', '{{#each name}}{{#each name}}x{{/each}}{{/each}}', /there is no block "each"/),
  text('blocks within blocks', '{{#if on}}'.repeat(40) + '{{/if}}'.repeat(40), /nested too deeply/),
  text('blocks without an end', '{{#if on}}'.repeat(20_000), TOO_LONG),
  {
    what: 'a pattern of a parameter that never ends',
    properties: "\n    name: { type: string, pattern: '^(a+)+$' }",
    files: {},
    values: { name: `${'a'.repeat(60)}b` },
    said: TOO_LONG,
  },
  {
    what: 'a pattern of files that never ends',
    rest: `raw: ['${'*a'.repeat(60)}b']`,
    files: { ['a'.repeat(200)]: 'x' },
    said: TOO_LONG,
  },
  {
    what: 'a document that refers to itself',
    rest: `tags: &a [x]\nraw: *a`,
    files: {},
    said: /it refers to itself: anchors and aliases are not allowed here/,
  },
  {
    what: 'a document of a million braces',
    rest: `run: ${'['.repeat(60_000)}`,
    files: {},
    said: /cannot be used/,
  },
  {
    what: 'a manifest that is too large',
    rest: `# ${'x'.repeat(70_000)}`,
    files: {},
    said: /larger than 64 KiB/,
  },
  // Too much.
  {
    what: 'a parameter said again and again',
    files: { 'a.hbs': '{{long}}'.repeat(20_000) },
    values: { long: 'y'.repeat(10_000) },
    said: TOO_MUCH,
  },
  {
    what: 'quotes of quotes of quotes',
    files: { 'a.hbs': `{{${'json ('.repeat(25)}json long${')'.repeat(25)}}}` },
    values: { long: '"'.repeat(10_000) },
    said: TOO_MUCH,
  },
  {
    what: 'many files that are right and too much together',
    files: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${n}.hbs`, '{{long}}'.repeat(100)])),
    values: { long: 'y'.repeat(10_000) },
    said: TOO_MUCH,
  },
  {
    what: 'too many files',
    files: Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`${n}`, ''])),
    said: /more than 2000 files/,
  },
  { what: 'a path that is too deep', files: { [`${'a/'.repeat(40)}b`]: 'x' }, said: /its path is too long/ },
  {
    what: 'a text that is too large',
    files: { 'a.hbs': 'x'.repeat(300_000) },
    said: /larger than 256 KiB, too large to be rendered/,
  },
  {
    what: 'more than a template may have',
    files: { a: bytes(Buffer.alloc(17 * 2 ** 20)) },
    said: /the template has more than 16 MiB/,
  },
  { what: 'no text', files: { 'a.hbs': bytes(Buffer.from([0xff, 0xfe])) }, said: /it is no text in UTF-8/ },
]
