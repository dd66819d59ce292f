import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import type { ObjectStore } from '../src/store/object-store.ts'
import { S3ObjectStore } from '../src/store/s3-object-store.ts'
import { startCeph } from './support/ceph.ts'
import { hasCeph } from './support/found.ts'
import type { CephServer } from './support/ceph.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { describeObjectStore } from './support/object-store-contract.ts'
import { startForgetfulS3 } from './support/forgetful-s3.ts'
import { temporaryFolder } from './support/shell.ts'

const inMemory = new MemoryObjectStore()
describeObjectStore('memory', () => inMemory)

describe('disk', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let store: ObjectStore
  beforeAll(async () => {
    folder = await temporaryFolder()
    store = await DiskObjectStore.open(folder.path)
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })
  describeObjectStore('disk', () => store)

  it('keeps its objects when it is opened again', async () => {
    await store.putIfAbsent('kept/a.json', Buffer.from('a'))
    await using again = await DiskObjectStore.open(folder.path)
    expect((await again.get('kept/a.json'))?.body.toString()).toBe('a')
  })
})

describe.skipIf(!(await hasCeph()))('S3 (Ceph gateway)', () => {
  let ceph: CephServer
  let store: ObjectStore
  beforeAll(async () => {
    ceph = await startCeph()
    store = await S3ObjectStore.open(ceph.options)
  }, 120_000)
  afterAll(async () => {
    await store?.[Symbol.asyncDispose]()
    await ceph?.[Symbol.asyncDispose]()
  })
  describeObjectStore('S3', () => store)

  it('keeps to its prefix', async () => {
    await using inside = await S3ObjectStore.open({ ...ceph.options, prefix: 'team/one/' })
    await inside.putIfAbsent('kept/b.json', Buffer.from('b'))
    expect((await store.get('team/one/kept/b.json'))?.body.toString()).toBe('b')
    expect((await Array.fromAsync(inside.list('kept/'))).map(({ key }) => key)).toEqual(['kept/b.json'])
  })

  it('does not take a missing bucket for a missing object', async () => {
    await expect(S3ObjectStore.open({ ...ceph.options, bucket: 'nowhere' })).rejects.toThrow()
  })
})

it('an S3 server that ignores conditions is refused, by the name of the condition', async () => {
  await using server = await startForgetfulS3()
  await expect(S3ObjectStore.open(server.options)).rejects.toThrow(/If-None-Match/)
})
