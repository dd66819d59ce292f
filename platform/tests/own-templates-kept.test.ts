import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Fleet } from '../src/fleet/fleet.ts'
import { TemplateRecords } from '../src/fleet/templates.ts'
import { DAY, systemClock } from '../src/git/clock.ts'
import { Remotes } from '../src/git/remotes.ts'
import { Upstreams } from '../src/repositories/upstreams.ts'
import { BroughtTemplates } from '../src/templates/brought.ts'
import { Catalogue } from '../src/templates/catalogue.ts'
import { TemplateEngine } from '../src/templates/engine.ts'
import { OwnTemplates } from '../src/templates/own-templates.ts'
import { publishTemplate } from '../src/templates/publish.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { NOBODY } from './support/nobody.ts'
import { temporaryFolder } from './support/shell.ts'

const ADA = { name: 'ada', email: 'ada@example.com' }
const REPOSITORY = 'templates/my-shop'

let resources: AsyncDisposableStack
let remotes: Remotes
let fleet: Fleet
let own: OwnTemplates
let folder: string
let engine: TemplateEngine
/** Days that have passed. */
let later: number
beforeEach(async () => {
  resources = new AsyncDisposableStack()
  later = 0
  const { path } = resources.use(await temporaryFolder())
  folder = join(path, 'templates')
  await mkdir(folder)
  const clock = { ...systemClock, now: () => Date.now() + later * DAY }
  remotes = resources.use(await Remotes.open(new MemoryObjectStore(), join(path, 'cache'), clock))
  engine = resources.use(new TemplateEngine())
  fleet = await Fleet.open(remotes)
  const catalogue = await Catalogue.open(remotes, folder, engine)
  const log = pino({ level: 'silent' })
  const upstreams = resources.use(new Upstreams({ remotes, allowedHosts: [], hosts: NOBODY, log }))
  const brought = new BroughtTemplates(upstreams, [])
  const launchSettings = (): never => {
    throw new Error('nothing is launched here')
  }
  own = new OwnTemplates({ fleet, remotes, catalogue, engine, brought, launchSettings })
  const manifest = { content: Buffer.from('title: Shop\ndescription: x\n'), mode: '100644' as const }
  const files = new Map([['template.yaml', manifest]])
  await publishTemplate(remotes, engine, {
    name: 'my-shop',
    files,
    message: () => 'x',
    author: ADA,
    by: 'ada',
  })
})
afterEach(() => resources.disposeAsync())

it('a repository that was never declared, as after a crash, is let go of the day after', async () => {
  await own.letGo(REPOSITORY)
  expect(await remotes.exists(REPOSITORY)).toBe(true)
  later = 2
  await own.letGo(REPOSITORY)
  expect(await remotes.exists(REPOSITORY)).toBe(false)
})

it('is kept while it is declared, and after that while there is a workspace of it', async () => {
  later = 2
  const createdAt = new Date().toISOString()
  const source = { workspace: 'corner', commit: 'a'.repeat(40) }
  const record = {
    apiVersion: 'codenest.dev/v1' as const,
    kind: 'Template' as const,
    metadata: { name: 'my-shop', owner: 'ada', createdAt },
    spec: { source, trusted: false },
  }
  await new TemplateRecords(fleet).write(record, ADA, 'Add')
  await own.letGo(REPOSITORY)
  expect(await remotes.exists(REPOSITORY)).toBe(true)

  await fleet.change('made', ADA, 'Create', () => ({
    apiVersion: 'codenest.dev/v1',
    kind: 'Workspace',
    metadata: { name: 'made', owner: 'ada', createdAt },
    spec: { source: { template: 'my-shop', revision: 'b'.repeat(40), parameters: {} }, running: false },
  }))
  await own.remove({ name: 'ada', author: ADA }, 'my-shop')
  await own.letGo(REPOSITORY)
  expect(await remotes.exists(REPOSITORY)).toBe(true)
  await fleet.change('made', ADA, 'Delete', () => null)
  await own.letGo(REPOSITORY)
  expect(await remotes.exists(REPOSITORY)).toBe(false)
  // As after a revert in the fleet.
  await new TemplateRecords(fleet).write(record, ADA, 'Add')
  await own.letGo(REPOSITORY)
  expect(await remotes.exists(REPOSITORY)).toBe(true)
})

it('a folder of the catalogue cannot take the name of somebody’s own', async () => {
  await mkdir(join(folder, 'my-shop'))
  await writeFile(join(folder, 'my-shop', 'template.yaml'), 'title: Shop\ndescription: x\n')
  await expect(Catalogue.open(remotes, folder, engine)).rejects.toThrow(/people's own templates/)
})
