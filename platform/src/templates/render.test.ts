import { describe, expect, it } from 'vitest'
import { renderTemplate } from './render.ts'

const file = (
  content: string,
  mode: '100644' | '100755' = '100644',
): { content: Buffer; mode: '100644' | '100755' } => ({
  content: Buffer.from(content),
  mode,
})

function render(
  files: Record<string, string>,
  parameters: Record<string, string | boolean> = {},
): Record<string, string> {
  const rendered = renderTemplate(
    new Map(Object.entries(files).map(([path, text]) => [path, file(text)])),
    parameters,
  )
  return Object.fromEntries(
    [...rendered].map(([path, { content }]) => [path, Buffer.from(content).toString()]),
  )
}

describe('renderTemplate', () => {
  it('renders .hbs files and file names, and copies the rest', () => {
    const files = { 'src/{{name}}.ts.hbs': 'const x = "{{name}}"', 'raw.txt': '{{name}}' }
    expect(render(files, { name: 'a&b' })).toEqual({ 'src/a&b.ts': 'const x = "a&b"', 'raw.txt': '{{name}}' })
  })

  it('knows conditions and equality', () => {
    const text = '{{#if on}}on{{else}}off{{/if}} {{#if (eq kind "x")}}is x{{/if}}'
    expect(render({ 'a.hbs': text }, { on: false, kind: 'x' })).toEqual({ a: 'off is x' })
  })

  it('keeps modes and bytes', () => {
    const binary = Buffer.from([0, 255, 1])
    const rendered = renderTemplate(new Map([['x.bin', { content: binary, mode: '100755' as const }]]), {})
    expect(rendered.get('x.bin')).toEqual({ content: binary, mode: '100755' })
  })

  it.each([
    ['an unknown parameter', { 'a.hbs': '{{nope}}' }],
    ['an unknown helper', { 'a.hbs': '{{lookup this "x"}}' }],
    ['the prototype', { 'a.hbs': '{{constructor.name}}' }],
    ['a method of a value', { 'a.hbs': '{{name.toString}}' }],
    ['a partial', { 'a.hbs': '{{> x}}' }],
    ['a path that leaves', { '{{up}}/a': 'x' }],
    ['the git folder', { '.git/config': 'x' }],
    ['a broken template', { 'a.hbs': '{{#if}}' }],
  ])('refuses %s', (_what, files) => {
    expect(() => render(files, { name: 'x', up: '..' })).toThrow(/The template's file/)
  })
})
