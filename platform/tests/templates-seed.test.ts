import { afterAll, beforeAll, expect, it } from 'vitest'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Remotes } from '../src/git/remotes.ts'
import { TemplateEngine } from '../src/templates/engine.ts'
import { templateRepository } from '../src/templates/names.ts'
import { seedTemplates } from '../src/templates/seed.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { temporaryFolder } from './support/shell.ts'

const resources = new AsyncDisposableStack()
const store = new MemoryObjectStore()
let folder: string
let engine: TemplateEngine
let replicas: Remotes[]

beforeAll(async () => {
  folder = resources.use(await temporaryFolder()).path
  engine = resources.use(new TemplateEngine())
  replicas = await Promise.all(['one', 'two', 'three'].map((name) => Remotes.open(store, join(folder, name))))
  for (const replica of replicas) resources.use(replica)
})
afterAll(() => resources.disposeAsync())

const write = async (title: string): Promise<void> => {
  for (const name of ['first', 'second', 'third']) {
    await mkdir(join(folder, 'templates', name), { recursive: true })
    const manifest = `title: ${title}\ndescription: For a test\n`
    await writeFile(join(folder, 'templates', name, 'template.yaml'), manifest)
  }
}
const seedAtOnce = (): Promise<string[][]> =>
  Promise.all(replicas.map((replica) => seedTemplates(replica, join(folder, 'templates'), engine)))

it('replicas that start at the same moment bring templates in, once', async () => {
  for (const title of ['New', 'Changed']) {
    await write(title)
    expect(await seedAtOnce()).toEqual(replicas.map(() => ['first', 'second', 'third']))
    const tips = await Promise.all(
      replicas.map(async (replica) => {
        const version = await replica.repository(templateRepository('first')).head()
        return version?.head.refs['refs/heads/main']
      }),
    )
    expect(new Set(tips).size).toBe(1)
  }
})
