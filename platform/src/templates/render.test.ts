import { describe, expect, it } from 'vitest'
import type { FileContent } from '../git/commit-files.ts'
import type { ParameterValues } from './condition.ts'
import { JOBS } from './jobs.ts'
import type { Files } from './render.ts'
import { MANIFEST } from './template.ts'

const MANIFEST_TEXT = `title: Shop
description: What the tests need.
parameters:
  type: object
  required: [name]
  properties:
    name: { type: string, default: my-shop, maxLength: 40 }
    port: { type: integer, default: 3000, minimum: 1024, maximum: 65535 }
    server: { type: boolean, default: true }
    database: { type: string, enum: [none, sqlite], default: none, when: { server: true } }
files:
  - { path: 'db/**', when: { database: [sqlite] } }
raw: ['assets/**']
run: npm start{{#if server}} -- --name {{name}}{{/if}}
ports: ['{{port}}']
`

const file = (content: string | Buffer, mode: FileContent['mode'] = '100644'): FileContent => ({
  content: Buffer.from(content),
  mode,
})

function render(
  files: Record<string, string | FileContent>,
  values: ParameterValues = {},
): Record<string, string> {
  const all: Files = new Map([
    [MANIFEST, file(MANIFEST_TEXT)],
    ...Object.entries(files).map(([path, one]) => [path, typeof one === 'string' ? file(one) : one] as const),
  ])
  const manifest = JOBS.read(all)
  return Object.fromEntries(
    [...JOBS.render(all, manifest, values)].map(([path, { content }]) => [
      path,
      Buffer.from(content).toString(),
    ]),
  )
}

const manifest = JOBS.read(new Map([[MANIFEST, file(MANIFEST_TEXT)]]))

describe('files of a template', () => {
  it('renders .hbs files and file names, and copies the rest', () => {
    const files = { 'src/{{name}}.ts.hbs': 'const x = "{{name}}"', 'raw.txt': '{{name}}' }
    expect(render(files, { name: 'a&b' })).toEqual({ 'src/a&b.ts': 'const x = "a&b"', 'raw.txt': '{{name}}' })
  })

  it('leaves raw files alone, name and all', () => {
    expect(render({ 'assets/{{x}}.hbs': '{{> {{' })).toEqual({ 'assets/{{x}}.hbs': '{{> {{' })
  })

  it('keeps modes, bytes and links', () => {
    const binary = file(Buffer.from([0, 255, 1]), '100755')
    const link = file('../{{name}}', '120000')
    const all: Files = new Map([
      ['x.bin', binary],
      ['bin/l', link],
    ])
    expect(JOBS.render(all, manifest, {})).toEqual(
      new Map([
        ['x.bin', binary],
        ['bin/l', link],
      ]),
    )
  })

  it('has files that are there only when a parameter says so', () => {
    const files = { 'db/schema.sql': 'x', a: 'y' }
    expect(render(files)).toEqual({ a: 'y' })
    expect(render(files, { database: 'sqlite' })).toEqual({ 'db/schema.sql': 'x', a: 'y' })
    expect(render(files, { server: false })).toEqual({ a: 'y' })
  })
})

describe('texts of a template', () => {
  it.each([
    ['{{#if server}}on{{else}}off{{/if}}', 'on'],
    ['{{#unless server}}off{{else if (eq name "my-shop")}}mine{{/unless}}', 'mine'],
    ['{{#if (and server (not (eq port 1)))}}yes{{/if}}', 'yes'],
    ['{{#if (or (eq database "sqlite") false)}}yes{{/if}}', ''],
    [
      '{{json name}} {{snake name}} {{pascal name}} {{html "<a b=\'c\'>"}}',
      '"my-shop" my_shop MyShop &lt;a b=&#39;c&#39;&gt;',
    ],
    ['a\n{{#if server}}\n  b\n{{/if}}\nc\n', 'a\n  b\nc\n'],
    ['\\{{name}} {{! a comment }}{{{name}}}', '{{name}} my-shop'],
  ])('%s', (text, expected) => {
    expect(render({ 'a.hbs': text })).toEqual({ a: expected })
  })

  it('takes a parameter that is not there for nothing', () => {
    expect(render({ 'a.hbs': '[{{database}}]{{#if database}}x{{/if}}' }, { server: false })).toEqual({
      a: '[]',
    })
  })
})

describe('parameters', () => {
  it('fills in defaults, but not of what is not there', () => {
    expect(JOBS.check(manifest, { server: false })).toEqual({ name: 'my-shop', port: 3000, server: false })
  })

  it.each<[ParameterValues, string]>([
    [{ server: false, database: 'sqlite' }, 'database can be given only when server is true'],
    [{ database: 'oracle' }, 'database must be one of none, sqlite'],
    [{ port: 80 }, 'port must be >= 1024'],
    [{ port: 3000.5 }, 'port must be integer'],
    [{ name: 1 }, 'name must be string'],
    [{ toString: 'x' }, 'toString is not a parameter of this template'],
  ])('refuses %j', (values, said) => {
    expect(() => JOBS.check(manifest, values)).toThrow(said)
  })

  it('are in the command and the ports, too', () => {
    expect(JOBS.launch(manifest, { port: 4321 })).toEqual({
      run: 'npm start -- --name my-shop',
      ports: [4321],
    })
  })
})

describe('template.yaml', () => {
  it.each([
    ['raw:', 'rwa:', 'template.yaml:13: rwa is not known here.'],
    [
      'minimum: 1024',
      'minimum: 4000',
      'template.yaml:8: parameters.properties.port.default must be >= 4000.',
    ],
    ['[sqlite]', '[mysql]', 'template.yaml:12: files.0.when.database can never be "mysql".'],
    [
      'when: { server: true }',
      'when: { later: true }',
      'template.yaml:10: parameters.properties.database.when.later names no parameter before this one.',
    ],
    [
      'required: [name]',
      'required: [nmae]',
      'template.yaml:5: parameters.required.0 names "nmae", which is no parameter.',
    ],
    [
      '{{port}}',
      '{{name}}',
      'template.yaml:15: ports.0 names {{name}}, which is no parameter of type integer',
    ],
    [
      '{{#if server}}',
      '{{#if sever}}',
      'template.yaml:14: run cannot be rendered: "sever" is no parameter of this template.',
    ],
    ['    port: {', '    port: [', 'template.yaml:8:'],
    [
      'enum: [none, sqlite]',
      'enum: [1, 2]',
      'template.yaml:10: parameters.properties.database.enum has a value that is no string.',
    ],
    [
      'maxLength: 40',
      'maxLength: many',
      'template.yaml:7: parameters.properties.name.maxLength must be number, received string.',
    ],
  ])('%s → %s is told with its line', (text, instead, said) => {
    const wrong = new Map([[MANIFEST, file(MANIFEST_TEXT.replace(text, instead))]])
    expect(() => JOBS.read(wrong)).toThrow(said)
  })
})
