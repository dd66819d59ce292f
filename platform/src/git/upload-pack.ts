import { pipeline } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { GitError, spawnGit } from './git-process.ts'
import type { Head } from './head.ts'
import type { ObjectReader } from './object-reader.ts'
import { FLUSH, packet, packetLine, PacketError, packetText, readPacket } from './pkt-line.ts'
import { peelTags, sortedRefs } from './ref-listing.ts'
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
  'multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not deepen-relative no-progress include-tag multi_ack_detailed no-done filter allow-tip-sha1-in-want allow-reachable-sha1-in-want object-format=sha1 agent=codenest'

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
  const lines: string[] = []
  if (prefixes.length === 0 || prefixes.some((prefix) => 'HEAD'.startsWith(prefix))) {
    const target = head.refs[head.head]
    const symref = args.includes('symrefs') ? ` symref-target:${head.head}` : ''
    if (target !== undefined) lines.push(packetLine(`${target} HEAD${symref}\n`))
    else if (args.includes('unborn')) lines.push(packetLine(`unborn HEAD${symref}\n`))
  }
  const names = sortedRefs(head).filter(wanted)
  const peeled = args.includes('peel') ? await peelTags(head, names, objects) : null
  for (const name of names) {
    const target = peeled?.get(name)
    lines.push(packetLine(`${head.refs[name]} ${name}${target === undefined ? '' : ` peeled:${target}`}\n`))
  }
  return Buffer.from(`${lines.join('')}0000`)
}

/** The advertisement of protocol version 0, for a fetch or, with other capabilities, for a push. */
export async function advertiseRefs(head: Head, objects: ObjectReader): Promise<Buffer> {
  const lines: string[] = []
  const target = head.refs[head.head]
  if (target !== undefined) lines.push(`${target} HEAD`)
  const names = sortedRefs(head).filter((name) => !isHiddenRef(name))
  const peeled = await peelTags(head, names, objects)
  for (const name of names) {
    lines.push(`${head.refs[name]} ${name}`)
    const tagged = peeled.get(name)
    if (tagged !== undefined) lines.push(`${tagged} ${name}^{}`)
  }
  const symref = target === undefined ? '' : ` symref=HEAD:${head.head}`
  const shallow = (head.shallow ?? []).map((oid) => `shallow ${oid}`)
  return advertise(lines, UPLOAD_CAPABILITIES_V0 + symref, shallow)
}

/** Ref lines with the capabilities behind the first, as protocol version 0 has them. */
export function advertise(lines: string[], capabilities: string, shallow: string[] = []): Buffer {
  const [first = `${'0'.repeat(40)} capabilities^{}`, ...more] = lines
  const all = [`${first}\0${capabilities}`, ...more, ...shallow].map((line) => packetLine(`${line}\n`))
  return Buffer.from(`${all.join('')}0000`)
}

/** Lets stock git build the pack from a view. Throws a `GitError` when it cannot. */
export async function serveFetch(
  view: string,
  protocol: string,
  body: Buffer,
  output: Writable,
  { behind, signal }: { behind: boolean; signal: AbortSignal },
): Promise<void> {
  const child = spawnGit(['upload-pack', '--stateless-rpc', view], {
    gitDir: view,
    signal,
    behind,
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
