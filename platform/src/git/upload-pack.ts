import { pipeline } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { GitError, spawnGit } from './git-process.ts'
import type { Head } from './head.ts'
import { isOid } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'
import { FLUSH, packet, PacketError, packetText, readPacket } from './pkt-line.ts'
import { isHiddenRef } from './ref-name.ts'

/** What `GET info/refs` answers to a client that speaks protocol version 2. */
export const UPLOAD_CAPABILITIES_V2 = Buffer.concat([
  packet('version 2\n'),
  packet('agent=codenest\n'),
  packet('ls-refs=unborn\n'),
  packet('fetch=shallow wait-for-done filter\n'),
  packet('server-option\n'),
  packet('object-format=sha1\n'),
  FLUSH,
])

const UPLOAD_CAPABILITIES_V0 =
  'multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not deepen-relative no-progress include-tag multi_ack_detailed no-done filter object-format=sha1 agent=codenest'

export interface Request {
  command: 'ls-refs' | 'fetch'
  arguments: string[]
}

/** Reads a protocol version 2 request. Throws a `PacketError`. */
export function readRequest(body: Buffer): Request {
  let command = ''
  const args: string[] = []
  let inArguments = false
  for (let at = 0; at < body.length;) {
    const read = readPacket(body, at)
    if (!read) throw new PacketError('the request is truncated')
    at = read.next
    if (read.packet === 'flush') break
    if (read.packet === 'delimiter') {
      inArguments = true
      continue
    }
    if (!Buffer.isBuffer(read.packet)) throw new PacketError('unexpected packet')
    const text = packetText(read.packet)
    if (inArguments) args.push(text)
    else if (text.startsWith('command=')) command = text.slice('command='.length)
  }
  if (command !== 'ls-refs' && command !== 'fetch') throw new PacketError('unknown command')
  return { command, arguments: args }
}

/**
 * Answers `ls-refs` from the head alone; only tags are looked at, when the client wants them peeled.
 * Hidden refs are named only to those who ask for them by name.
 */
export async function listRefs(head: Head, args: string[], objects: ObjectReader): Promise<Buffer> {
  const prefixes = args
    .filter((arg) => arg.startsWith('ref-prefix '))
    .map((arg) => arg.slice('ref-prefix '.length))
  const wanted = (name: string): boolean => {
    if (isHiddenRef(name)) return prefixes.some((prefix) => isHiddenRef(prefix) && name.startsWith(prefix))
    return prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix))
  }
  const lines: Buffer[] = []
  if (prefixes.length === 0 || prefixes.some((prefix) => 'HEAD'.startsWith(prefix))) {
    const target = head.refs[head.head]
    const symref = args.includes('symrefs') ? ` symref-target:${head.head}` : ''
    if (target !== undefined) lines.push(packet(`${target} HEAD${symref}\n`))
    else if (args.includes('unborn')) lines.push(packet(`unborn HEAD${symref}\n`))
  }
  for (const name of sortedRefs(head).filter(wanted)) {
    const oid = head.refs[name] ?? ''
    const peeled = args.includes('peel') && name.startsWith('refs/tags/') ? await peel(oid, objects) : null
    lines.push(packet(`${oid} ${name}${peeled === null ? '' : ` peeled:${peeled}`}\n`))
  }
  return Buffer.concat([...lines, FLUSH])
}

/** The advertisement of protocol version 0, for a fetch or, with other capabilities, for a push. */
export async function advertiseRefs(head: Head, objects: ObjectReader): Promise<Buffer> {
  const lines: string[] = []
  const target = head.refs[head.head]
  if (target !== undefined) lines.push(`${target} HEAD`)
  for (const name of sortedRefs(head)) {
    if (isHiddenRef(name)) continue
    const oid = head.refs[name] ?? ''
    lines.push(`${oid} ${name}`)
    const peeled = name.startsWith('refs/tags/') ? await peel(oid, objects) : null
    if (peeled !== null) lines.push(`${peeled} ${name}^{}`)
  }
  const symref = target === undefined ? '' : ` symref=HEAD:${head.head}`
  return advertise(lines, UPLOAD_CAPABILITIES_V0 + symref)
}

/** Ref lines with the capabilities behind the first, as protocol version 0 has them. */
export function advertise(lines: string[], capabilities: string): Buffer {
  const [first = `${'0'.repeat(40)} capabilities^{}`, ...more] = lines
  return Buffer.concat([
    packet(`${first}\0${capabilities}\n`),
    ...more.map((line) => packet(`${line}\n`)),
    FLUSH,
  ])
}

export function sortedRefs(head: Head): string[] {
  return Object.keys(head.refs).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** Lets stock git build the pack from a view. Throws a `GitError` when it cannot. */
export async function serveFetch(
  view: string,
  protocol: string,
  body: Buffer,
  output: Writable,
  signal: AbortSignal,
): Promise<void> {
  const child = spawnGit(['upload-pack', '--stateless-rpc', view], {
    gitDir: view,
    signal,
    env: { GIT_PROTOCOL: protocol },
  })
  const exited = once(child, 'close') as Promise<[number | null]>
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)))
  await Promise.all([
    pipeline(Readable.from([body]), child.stdin).catch(() => {}),
    pipeline(child.stdout, output, { signal }),
    exited,
  ])
  const [code] = await exited
  if (code !== 0) throw new GitError('upload-pack', code, stderr)
}

async function peel(oid: string, objects: ObjectReader): Promise<string | null> {
  let target = oid
  for (let depth = 0; depth < 10; depth += 1) {
    const object = await objects.read(target)
    if (object?.type !== 'tag') return target === oid ? null : target
    const next = object.content.toString('latin1', 7, 47)
    if (!isOid(next)) return null
    target = next
  }
  return null
}
