import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commitFiles } from '../src/git/commit-files.ts'
import type { FileContent } from '../src/git/commit-files.ts'
import { Remotes } from '../src/git/remotes.ts'
import { storeCommit } from '../src/git/store-commit.ts'
import { templateRepository } from '../src/templates/catalogue.ts'
import { LIMITS } from '../src/templates/limits.ts'
import { HOSTILE, manifestOf } from './support/hostile-templates.ts'
import type { HostileTemplate } from './support/hostile-templates.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { temporaryFolder } from './support/shell.ts'

const BRANCH = 'refs/heads/main'
const AUTHOR = { name: 'Mallory', email: 'mallory@example.com' }

const harmless: HostileTemplate = { what: 'nothing', files: { a: 'x' }, said: /./ }
const nameOf = (index: number): string => `hostile-${index}`
const resources = new AsyncDisposableStack()
const store = new MemoryObjectStore()
let platform: TestPlatform

beforeAll(async () => {
  const { path } = resources.use(await temporaryFolder())
  for (const index of HOSTILE.keys()) {
    await mkdir(join(path, 'templates', nameOf(index)), { recursive: true })
    await writeFile(join(path, 'templates', nameOf(index), 'template.yaml'), manifestOf(harmless))
  }
  const overrides = { store, templates: join(path, 'templates') }
  platform = resources.use(await startPlatform({ overrides }))
  // Written as objects: no folder of this machine could hold some of them.
  const remotes = resources.use(await Remotes.open(store, join(path, 'cache')))
  for (const [index, template] of HOSTILE.entries()) await replaceBy(remotes, nameOf(index), template)
})
afterAll(() => resources[Symbol.asyncDispose]())

async function replaceBy(remotes: Remotes, name: string, template: HostileTemplate): Promise<void> {
  const texts = { 'template.yaml': manifestOf(template), ...template.files }
  const changes = new Map<string, FileContent>(
    Object.entries(texts).map(([path, file]) => [
      path,
      typeof file === 'string' ? { content: Buffer.from(file), mode: '100644' } : file,
    ]),
  )
  const { commit, pack } = await commitFiles({ base: null, changes, message: 'Trust me', author: AUTHOR })
  const repository = remotes.repository(templateRepository(name))
  const version = await repository.head()
  if (!version) throw new Error(`no template ${name}`)
  const old = version.head.refs[BRANCH] ?? ''
  await storeCommit(remotes, repository, version, { commit, pack }, { ref: BRANCH, old, by: 'mallory' })
}

describe('a hostile template', () => {
  it.each([...HOSTILE.entries()].map(([index, template]) => ({ index, ...template })))(
    '$what',
    async ({ index, values = {}, said }) => {
      const before = [...store.objects.keys()]
      const began = performance.now()
      const delay = monitorEventLoopDelay({ resolution: 10 })
      delay.enable()
      const source = { template: nameOf(index), parameters: values }
      const preview = await platform.api('POST', `/templates/${nameOf(index)}/preview`, {
        parameters: values,
      })
      const created = await platform.api('POST', '/workspaces', { source })
      delay.disable()
      for (const { status, body } of [preview, created]) {
        expect(status).toBe(422)
        expect(body['detail']).toMatch(said)
        expect(String(body['detail']).length).toBeLessThan(3000)
      }
      expect([...store.objects.keys()]).toEqual(before)
      expect((await platform.api('GET', '/workspaces')).body).toEqual({ workspaces: [] })
      // Twice the time that a template has, and the rest of the work; the platform itself never waits for it.
      expect(performance.now() - began).toBeLessThan(2 * LIMITS.time + 8000)
      expect(delay.max / 1e6).toBeLessThan(LIMITS.time)
    },
  )

  it('leaves the catalogue as it was: each is listed, the broken ones with the reason', async () => {
    const { status, body } = await platform.api('GET', '/templates')
    expect(status).toBe(200)
    const templates = body['templates'] as { problem: string | null }[]
    expect(templates).toHaveLength(HOSTILE.length)
    expect(templates.some(({ problem }) => problem === null)).toBe(true)
    expect(templates.some(({ problem }) => problem !== null)).toBe(true)
  })

  it('takes no memory for good', () => {
    expect(process.memoryUsage.rss()).toBeLessThan(1.5 * 2 ** 30)
  })
})
