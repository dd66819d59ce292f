import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')

describe.each(['platform/Dockerfile', 'runner/Dockerfile'])('%s', (file) => {
  const text = read(file)
  const stages = text.split(/^(?=FROM )/m).slice(1)

  it('takes its bases from arguments, so that they can be pinned by digest, or made without a registry', () => {
    const own = stages.flatMap((stage) => /^FROM \S+ AS (\S+)/.exec(stage)?.[1] ?? [])
    for (const stage of stages) {
      const base = /^FROM (\S+)/.exec(stage)?.[1] ?? ''
      expect(['${BASE}', '${BUILD}', ...own]).toContain(base)
    }
    expect(text).toMatch(/^ARG BASE=\S+$/m)
  })

  it('ends every stage that is an image as nobody in particular', () => {
    for (const stage of stages.filter((text) => !/^FROM \S+ AS build$/m.test(text))) {
      const users = [...stage.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user)
      expect(users.at(-1) ?? '10001:10001').toBe('10001:10001')
    }
  })

  it('fetches nothing but packages, and holds no secret', () => {
    expect(text).not.toMatch(/^ADD |https?:|--mount=type=secret|TOKEN|PASSWORD|SECRET/m)
  })
})

it('has an image for each stack', () => {
  const targets = [...read('runner/Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name)
  expect(targets).toEqual(expect.arrayContaining(['node', 'python', 'go', 'rust', 'java', 'cpp', 'runner']))
  expect(targets.at(-1)).toBe('runner')
})

it('sends only what is listed to the build', () => {
  const first = read('.dockerignore')
    .split('\n')
    .find((line) => line !== '' && !line.startsWith('#'))
  expect(first).toBe('*')
})
