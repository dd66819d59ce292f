import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { S3ObjectStore } from '../src/store/s3-object-store.ts'
import { startScriptedS3 } from './support/scripted-s3.ts'
import type { Fault, ScriptedS3 } from './support/scripted-s3.ts'
import { temporaryFolder } from './support/shell.ts'

const TUNING = { call: 10_000, idle: 10_000, attempts: 3, multipartAbove: 1000, partBytes: 400 }
/** For servers that do not answer. */
const IMPATIENT = { ...TUNING, call: 250, idle: 250 }
const bytes = (text: string): Buffer => Buffer.from(text)

describe('an S3 server that fails', () => {
  let server: ScriptedS3
  let store: S3ObjectStore
  beforeEach(async () => {
    server = await startScriptedS3()
    store = await S3ObjectStore.open(server.options, TUNING)
    server.requests.length = 0
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  /** The next `times` requests of this method go wrong. */
  const failNext = (method: string, fault: Fault, times = 1): void => {
    let left = times
    server.fault = (request) => {
      if (request.method !== method || left === 0) return undefined
      left -= 1
      return fault
    }
  }
  const outcomes: [string, Fault, 'refused' | 'unknown', boolean][] = [
    ['412', { status: 412, code: 'PreconditionFailed' }, 'refused', false],
    ['409', { status: 409, code: 'ConditionalRequestConflict' }, 'unknown', false],
    ['429', { status: 429, code: 'TooManyRequests' }, 'unknown', false],
    ['500', { status: 500 }, 'unknown', false],
    ['500 after it was written', { status: 500, after: true }, 'unknown', true],
    ['503', { status: 503, code: 'SlowDown' }, 'unknown', false],
    ['400 of a broken connection', { status: 400, code: 'RequestTimeout' }, 'unknown', false],
    ['a reset', { kind: 'reset' }, 'unknown', false],
    ['a reset after it was written', { kind: 'reset', after: true }, 'unknown', true],
    ['no answer', { kind: 'stall' }, 'unknown', false],
    ['no answer after it was written', { kind: 'stall', after: true }, 'unknown', true],
  ]

  it.each(outcomes)(
    'a put that gets %s is sent once and is said to be so',
    async (_, fault, said, written) => {
      await using store = await S3ObjectStore.open(
        server.options,
        fault.kind === 'stall' ? IMPATIENT : TUNING,
      )
      for (const swap of [true, false]) {
        const key = `faults/${swap}.json`
        const first = swap ? await store.putIfAbsent(key, bytes('old')) : null
        failNext('PUT', fault)
        server.requests.length = 0
        const put =
          first?.outcome === 'applied'
            ? await store.putIfMatch(key, bytes('new'), first.etag)
            : await store.putIfAbsent(key, bytes('new'))
        expect(put.outcome).toBe(said)
        expect(server.requests.filter((line) => line.startsWith('PUT'))).toHaveLength(1)
        expect((await store.get(key))?.body.toString()).toBe(written ? 'new' : swap ? 'old' : undefined)
      }
    },
  )

  it('a swap of what does not exist is refused, and a missing bucket is an error', async () => {
    expect(await store.putIfMatch('faults/none.json', bytes('x'), 'etag')).toEqual({ outcome: 'refused' })
    failNext('PUT', { status: 404, code: 'NoSuchBucket' })
    await expect(store.putIfMatch('faults/none.json', bytes('x'), 'etag')).rejects.toThrow(/could not write/)
    failNext('PUT', { status: 404, code: 'SomethingElse' })
    expect((await store.putIfMatch('faults/none.json', bytes('x'), 'etag')).outcome).toBe('unknown')
    failNext('PUT', { status: 403, code: 'AccessDenied' })
    await expect(store.putIfAbsent('faults/none.json', bytes('x'))).rejects.toThrow(/could not write/)
  })

  it.each<[string, Fault]>([
    ['503', { status: 503, code: 'SlowDown' }],
    ['a reset', { kind: 'reset' }],
    ['half an answer', { kind: 'cut' }],
    ['no answer', { kind: 'stall' }],
  ])('a read that gets %s is tried again, and fails when that does not help', async (_, fault) => {
    await using store = await S3ObjectStore.open(server.options, fault.kind === 'stall' ? IMPATIENT : TUNING)
    await using folder = await temporaryFolder()
    await store.putIfAbsent('faults/read.json', bytes('content'))
    failNext('GET', fault, 2)
    expect((await store.get('faults/read.json'))?.body.toString()).toBe('content')
    failNext('GET', fault, 2)
    expect(await store.download('faults/read.json', join(folder.path, 'out'))).toBe(true)
    expect(await readFile(join(folder.path, 'out'), 'utf8')).toBe('content')
    failNext('GET', fault, 3)
    await expect(store.get('faults/read.json')).rejects.toThrow(/could not read/)
    failNext('GET', fault, 3)
    await expect(store.download('faults/read.json', join(folder.path, 'none'))).rejects.toThrow(/could not/)
    expect(await readdir(folder.path)).toEqual(['out'])
  })

  it('a call that its caller gives up ends at once', async () => {
    const gone = new AbortController()
    server.fault = () => {
      gone.abort(new Error('gone'))
      return { kind: 'stall' }
    }
    await expect(store.putIfAbsent('faults/gone.json', bytes('x'), gone.signal)).rejects.toThrow('gone')
  })

  it('writes large files in parts, and aborts when a part or the completion fails', async () => {
    await using folder = await temporaryFolder()
    const content = randomBytes(1900)
    const file = join(folder.path, 'in')
    await writeFile(file, content)
    const body = { file, size: content.length }
    expect((await store.putIfAbsent('faults/a.pack', body)).outcome).toBe('applied')
    expect(server.objects.get('/codenest/faults/a.pack')?.equals(content)).toBe(true)
    expect(server.requests.filter((line) => line.includes('partNumber'))).toHaveLength(5)
    failNext('PUT', { kind: 'reset' }, 2)
    expect((await store.putIfAbsent('faults/b.pack', body)).outcome).toBe('applied')
    failNext('PUT', { status: 500 }, 99)
    await expect(store.putIfAbsent('faults/c.pack', body)).rejects.toThrow(/could not write/)
    let posts = 0
    server.fault = ({ method }) => (method === 'POST' && (posts += 1) === 2 ? { kind: 'reset' } : undefined)
    expect((await store.putIfAbsent('faults/d.pack', body)).outcome).toBe('unknown')
    expect([...server.uploads]).toEqual([])
    expect([...server.objects.keys()]).toEqual(['/codenest/faults/a.pack', '/codenest/faults/b.pack'])
  })
})

describe('the probe', () => {
  it('learns whether etags are wanted in quotes, also when its own answers are lost', async () => {
    for (const bareEtags of [false, true])
      for (const kind of ['reset', 'stall'] as const)
        for (const after of [false, true])
          for (const nth of [1, 2, 3]) {
            await using server = await startScriptedS3({ bareEtags })
            let puts = 0
            server.fault = ({ method }) =>
              method === 'PUT' && (puts += 1) === nth ? { kind, after } : undefined
            await using store = await S3ObjectStore.open(
              server.options,
              kind === 'stall' ? IMPATIENT : TUNING,
            )
            const put = await store.putIfAbsent('probed/a.json', bytes('1'))
            const etag = put.outcome === 'applied' ? put.etag : ''
            expect(await store.getIfChanged('probed/a.json', etag)).toBe('unchanged')
            expect((await store.putIfMatch('probed/a.json', bytes('2'), etag)).outcome).toBe('applied')
            expect([...server.objects.keys()]).toEqual(['/codenest/probed/a.json'])
          }
  })

  it('refuses a server on which two writers win a race', async () => {
    await using server = await startScriptedS3({ racy: true })
    await expect(S3ObjectStore.open(server.options, TUNING)).rejects.toThrow(/If-None-Match.*32 writers race/)
  })

  it('says when a server cannot be probed', async () => {
    await using server = await startScriptedS3()
    server.fault = ({ method }) => (method === 'PUT' ? { status: 503, code: 'SlowDown' } : undefined)
    await expect(S3ObjectStore.open(server.options, TUNING)).rejects.toThrow(/could not be probed/)
  })
})
