import { expect, it } from 'vitest'
import { checkValues, errorsByField, fieldsOf, parametersOf, shownFields } from './schema-form.ts'

const fields = fieldsOf({
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', pattern: '^[a-z]+$', description: 'Package name' },
    port: { type: 'integer', default: 3000 },
    database: { type: 'string', enum: ['none', 'sqlite'], default: 'none' },
    withTests: { type: 'boolean', default: true },
  },
})

it('makes a field of each property', () => {
  expect(fields.map((field) => [field.label, field.kind, field.required, field.initial])).toEqual([
    ['Name', 'text', true, ''],
    ['Port', 'number', false, '3000'],
    ['Database', 'choice', false, 'none'],
    ['With tests', 'switch', false, true],
  ])
})

it('finds what is wrong before it is sent', () => {
  expect(checkValues(fields, { name: '' })).toEqual({ name: 'This is needed.' })
  expect(checkValues(fields, { name: 'A', port: '3.5' })).toEqual({
    name: 'This must match ^[a-z]+$',
    port: 'This must be a whole number.',
  })
})

it('sends typed values and leaves out what is empty', () => {
  expect(parametersOf(fields, { name: 'shop', port: '8080', database: '' })).toEqual({
    name: 'shop',
    port: 8080,
    withTests: true,
  })
})

it('puts the problems of an answer to their fields', () => {
  const errors = [
    { path: '/source/parameters/name', message: 'taken' },
    { path: 'name', message: 'in use' },
  ]
  const problem = { type: 'about:blank', title: 'Invalid', status: 422, code: 'invalid', detail: '', errors }
  expect(errorsByField(problem)).toEqual({ 'parameters.name': 'taken', name: 'in use' })
})

it('has fields that are there only with certain values of others', () => {
  const fields = fieldsOf({
    type: 'object',
    properties: {
      server: { type: 'boolean', default: true },
      database: { type: 'string', enum: ['none', 'sqlite'], default: 'none', when: { server: true } },
      file: { type: 'string', pattern: 'sqlite$', default: 'x', when: { database: ['sqlite'] } },
      cache: { type: 'integer', enum: [1, 2], default: 1, when: { server: false } },
    },
  })
  const names = (values: Record<string, string | boolean>) =>
    shownFields(fields, values).map(({ name }) => name)
  expect(names({})).toEqual(['server', 'database'])
  expect(names({ database: 'sqlite' })).toEqual(['server', 'database', 'file'])
  expect(names({ database: 'sqlite', server: false })).toEqual(['server', 'cache'])
  expect(checkValues(fields, { file: 'y' })).toEqual({})
  expect(parametersOf(fields, { server: false, cache: '2', file: 'y' })).toEqual({ server: false, cache: 2 })
})
