import { expect, it } from 'vitest'
import { narrow } from './narrow.ts'

const of = (path: string) => ({ lower: path.toLowerCase(), name: path.lastIndexOf('/') + 1 })

it('leaves out what only has the letters when there is enough that has the text', () => {
  const scattered = Array.from({ length: 500 }, (_, index) => of(`m/a/i/n/${index}`))
  const holding = Array.from({ length: 500 }, (_, index) => of(`main/${index}`))
  const naming = Array.from({ length: 500 }, (_, index) => of(`a/x-main-${index}`))
  const beginning = Array.from({ length: 300 }, (_, index) => of(`b/Main-${index}`))
  const all = [...scattered, ...holding, ...naming, ...beginning]
  expect(narrow(all, 'main')).toEqual([...beginning, ...naming, ...holding.slice(0, 200)])
})

it('leaves everything to the ranking when there is little', () => {
  const all = [of('m/a/i/n'), of('main'), of('other')]
  expect(narrow(all, 'main')).toEqual(all)
})
