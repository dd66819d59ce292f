import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mask } from '@codenest/runner/mask'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MemoryObjectStore } from '../../tests/support/memory-object-store.ts'
import { hostCredentials, userVariables, workspaceVariables } from './kinds.ts'
import { openSecretsKey } from './secrets-key.ts'
import { Secrets } from './secrets.ts'

let folder: string
let file: string
let store: MemoryObjectStore
let secrets: Secrets
const mask = new Mask()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'))
  file = join(folder, 'secrets-key.txt')
  store = new MemoryObjectStore()
  secrets = new Secrets(store, openSecretsKey(file), mask)
})
afterEach(() => rm(folder, { recursive: true }))

const github = hostCredentials('github.com')
const at = '2026-11-26T05:00:00.000Z'
const credentials = { username: 'mona', password: 'hunter2-hunter2' }

it('keeps a secret that only the key file opens, and makes that file for its owner alone', async () => {
  expect(await secrets.read('alice', github)).toBeNull()
  await expect(stat(file)).rejects.toThrow('ENOENT')
  await secrets.change('alice', github, () => credentials)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  for (const { body } of store.objects.values()) expect(body.toString('latin1')).not.toContain('hunter2')
  const again = new Secrets(store, openSecretsKey(file), mask)
  expect(await again.read('alice', github)).toEqual(credentials)
  expect(await again.read('bob', github)).toBeNull()
  expect(await again.names('alice', 'hosts')).toEqual(['github.com'])
  expect(mask.apply('a log of hunter2-hunter2')).toBe('a log of ***')
})

it('keeps all changes that are made at once', async () => {
  const names = ['A', 'B', 'C', 'D']
  const add = (name: string): Promise<unknown> =>
    secrets.change('alice', userVariables, (values) => ({
      ...values,
      [name]: { value: 'value', changedAt: at },
    }))
  await Promise.all(names.map(add))
  expect(Object.keys((await secrets.read('alice', userVariables)) ?? {}).sort()).toEqual(names)
})

it('takes a secret back, and forgets it', async () => {
  expect(await secrets.change('alice', github, () => null)).toBeNull()
  expect(store.objects.size).toBe(0)
  await secrets.change('alice', github, () => credentials)
  await secrets.change('alice', github, () => null)
  expect(await secrets.read('alice', github)).toBeNull()
  await secrets.forget('alice', github)
  expect(store.objects.size).toBe(0)
})

it('believes no secret that was put in the place of another', async () => {
  const otherPlace = 'secrets/bob/hosts/github.com.age'
  await secrets.change('alice', github, () => credentials)
  const stolen = await store.get('secrets/alice/hosts/github.com.age')
  await store.putIfAbsent(otherPlace, stolen?.body ?? Buffer.from(''))
  await expect(secrets.read('bob', github)).rejects.toThrow('in the place of another one')
  await secrets.change('alice', workspaceVariables('shop', at), () => ({
    A: { value: 'old', changedAt: at },
  }))
  expect(await secrets.read('alice', workspaceVariables('shop', '2026-11-27T05:00:00.000Z'))).toBeNull()
})

it('reads with each identity of the file, and writes with the first', async () => {
  await secrets.change('alice', github, () => credentials)
  const old = await readFile(file, 'utf8')
  await rm(file)
  const missing = new Secrets(store, openSecretsKey(file), mask)
  await expect(missing.read('alice', github)).rejects.toThrow('the file is missing')
  await openSecretsKey(file).encrypt('makes another key')
  const other = new Secrets(store, openSecretsKey(file), mask)
  await expect(other.read('alice', github)).rejects.toThrow('written with another key')
  await expect(other.change('alice', github, () => null)).rejects.toThrow('written with another key')
  await writeFile(file, `# since November\n${await readFile(file, 'utf8')}# before\n${old}`)
  const both = new Secrets(store, openSecretsKey(file), mask)
  expect(await both.read('alice', github)).toEqual(credentials)
})

it('says which file has no key in it', async () => {
  await writeFile(file, 'not a key\n')
  await expect(secrets.change('alice', github, () => credentials)).rejects.toThrow('no age identity')
})
