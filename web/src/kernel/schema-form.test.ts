import { expect, it } from 'vitest'
import { checkValues, errorsByField, fieldsOf, parametersOf } from './schema-form.ts'

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
