import type { Template } from '@codenest/platform/protocol'
import { expect, it } from 'vitest'
import { commonTags, searchTemplates } from './template-search.ts'

const template = (name: string, title: string, tags: string[]): Template => ({
  name,
  title,
  description: `About ${title}`,
  icon: name,
  tags,
  revision: '',
  parameters: {},
  run: null,
  ports: [],
  problem: null,
  own: null,
})
const templates = [
  template('node-express', 'Node.js and Express', ['typescript', 'server']),
  template('go-http', 'Go', ['go', 'server']),
  template('react-vite', 'React and Vite', ['typescript', 'frontend']),
]
const found = (query: string) => searchTemplates(templates, query).map(({ name }) => name)

it('finds templates by all words of a query', () => {
  expect(found('')).toEqual(['node-express', 'go-http', 'react-vite'])
  expect(found('server typescript')).toEqual(['node-express'])
  expect(found('TYPE')).toEqual(['node-express', 'react-vite'])
  expect(found('fortran')).toEqual([])
})

it('has the best one first', () => {
  expect(found('go')).toEqual(['go-http'])
  expect(found('vite')).toEqual(['react-vite'])
})

it('offers the tags that tell templates apart', () => {
  expect(commonTags(templates, 5)).toEqual(['server', 'typescript'])
})
