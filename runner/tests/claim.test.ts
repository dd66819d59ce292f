import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey } from 'jose'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createFixture } from './workspace-fixture.ts'
import type { Fixture } from './workspace-fixture.ts'

const MAIN = join(import.meta.dirname, '../dist/main.cjs')
const UID = 'a-pod'
const SESSION = '01J00000000000000000000001'

let fixture: Fixture
let key: CryptoKey
let child: ChildProcess
let origin: string

beforeEach(async () => {
  fixture = await createFixture()
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  key = pair.privateKey
  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  child = spawn(process.execPath, [MAIN, '--wait'], {
    env: {
      PATH: process.env['PATH'],
      CODENEST_LISTEN: `127.0.0.1:${port}`,
      CODENEST_ROOT: join(fixture.folder, 'claimed'),
      CODENEST_PUBLIC_KEY: JSON.stringify(await exportJWK(pair.publicKey)),
      CODENEST_POD_UID: UID,
      CODENEST_STOP_SECONDS: '30',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await vi.waitFor(() => fetch(`${origin}/livez`), { timeout: 60_000 })
})

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await fixture[Symbol.asyncDispose]()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

interface Claim {
  subject?: string
  audience?: string
  key?: CryptoKey
  /** What the token is signed for, when it is not the body. */
  signed?: string
  expires?: string
}

async function claim(
  body: string,
  { subject = UID, audience = 'claim', ...claim }: Claim = {},
): Promise<number> {
  const digest = createHash('sha256')
    .update(claim.signed ?? body)
    .digest('base64url')
  const token = await new SignJWT({ digest })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer('codenest')
    .setAudience(audience)
    .setSubject(subject)
    .setExpirationTime(claim.expires ?? '1m')
    .sign(claim.key ?? key)
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${origin}/claim`, { method: 'POST', headers, body })).status
}

test('a runner that waits works for whom its platform says, and tells how far it is', async () => {
  await fixture.seed({ 'a.txt': 'a\n' })
  expect((await fetch(`${origin}/readyz`)).status).toBe(503)
  expect((await fetch(`${origin}/healthz`)).status).toBe(404)
  const waiting = await fetch(`${origin}/stages`)
  expect(await claim(JSON.stringify(fixture.config(SESSION)))).toBe(202)
  // What it said before it was claimed ends there.
  await expect(waiting.text()).rejects.toThrow('terminated')
  const stages: string[] = []
  let ready = 0
  const response = await vi.waitFor(() => fetch(`${origin}/stages`), { timeout: 60_000 })
  if (!response.body) throw new Error('no stages')
  const lines = createInterface(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]))
  for await (const line of lines) {
    const { stage, session } = JSON.parse(line) as { stage: string; session: string }
    expect(session).toBe(SESSION)
    stages.push(stage)
    if (stage !== 'ready') continue
    ready = (await fetch(`${origin}/readyz`)).status
    child.kill('SIGTERM')
  }
  expect(ready).toBe(200)
  expect(stages.slice(-2)).toEqual(['ready', 'stopping'])
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('nobody else can claim it, and nothing else', async () => {
  const { privateKey: foreign } = await generateKeyPair('EdDSA')
  const body = JSON.stringify(fixture.config(SESSION))
  expect(await claim(body, { key: foreign })).toBe(401)
  expect(await claim(body, { subject: 'another-pod' })).toBe(401)
  expect(await claim(body, { audience: 'runner:brave-otter' })).toBe(401)
  expect(await claim(body, { signed: body.replace('Alice', 'Mallory') })).toBe(401)
  expect(await claim(body, { expires: '-1m' })).toBe(401)
  expect((await fetch(`${origin}/claim`, { method: 'POST', body })).status).toBe(401)
  expect(await claim('{"workspace":')).toBe(400)
  expect(await claim('{"workspace":"a"}')).toBe(400)
  expect(await claim('x'.repeat(300_000))).toBe(413)
  expect((await fetch(`${origin}/readyz`)).status).toBe(503)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
