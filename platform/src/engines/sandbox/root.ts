import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DNS } from './network.ts'

/** Where a workspace's disk is, seen from inside. */
export const WORKSPACE = '/workspace'
/** Who a workspace is, seen from inside, whoever it is outside. */
export const USER = { name: 'workspace', id: 1000 }

/** What of the machine's settings programs need to run; all else of /etc may hold what is nobody's business. */
const SETTINGS = [
  'alternatives',
  'bash.bashrc',
  'bash_completion.d',
  'ca-certificates',
  'ca-certificates.conf',
  'fonts',
  'inputrc',
  'java-17-openjdk',
  'java-21-openjdk',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'magic',
  'mime.types',
  'npmrc',
  'nsswitch.conf',
  'pip.conf',
  'pki',
  'protocols',
  'python3',
  'services',
  'ssl',
  'terminfo',
  'timezone',
  'vim',
]
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']

export interface Bind {
  source: string
  target: string
}

/** Read-only parts of the machine that everybody may see: no matter who binds them. */
export function systemBinds(): Bind[] {
  const same = (path: string): Bind => ({ source: path, target: path })
  return [
    same('/usr'),
    ...['/opt', '/nix'].filter((path) => existsSync(path)).map(same),
    ...SETTINGS.map((name) => `/etc/${name}`)
      .filter((path) => existsSync(path))
      .map(same),
  ]
}

/** `/bin` and the like: links into /usr on a machine that has merged them, which is every current one. */
export function systemLinks(): { target: string; path: string }[] {
  return MERGED.filter((name) => existsSync(`/usr/${name}`)).map((name) => ({
    target: `usr/${name}`,
    path: `/${name}`,
  }))
}

/**
 * Node, the runner and its dependencies, at their own paths, so that imports are resolved as they are outside.
 * `program` is the runner's main file.
 */
export function runnerBinds(program: string): Bind[] {
  const folder = dirname(dirname(program))
  const modules: string[] = []
  for (let at = folder; at !== dirname(at); at = dirname(at)) modules.push(join(at, 'node_modules'))
  const node = dirname(process.execPath)
  const folders = [folder, ...modules.filter((path) => existsSync(path) && !path.startsWith(`${folder}/`))]
  const seen = folders.some((path) => node.startsWith(`${path}/`)) || node.startsWith('/usr/')
  return (seen ? folders : [...folders, node]).map((path) => ({ source: path, target: path }))
}

/** Writes the few files of /etc that tell who and where a workspace is. Resolves to where they belong. */
export async function writeSettings(folder: string, ownNetwork: boolean): Promise<Bind[]> {
  const files: Record<string, string> = {
    passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\n${USER.name}:x:${USER.id}:${USER.id}::${WORKSPACE}/home:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n`,
    group: `root:x:0:\n${USER.name}:x:${USER.id}:\nnogroup:x:65534:\n`,
    hosts: '127.0.0.1 localhost workspace\n::1 localhost workspace\n',
    hostname: 'workspace\n',
    ...(ownNetwork && { 'resolv.conf': `nameserver ${DNS}\n` }),
  }
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const binds = Object.entries(files).map(async ([name, text]) => {
    const source = join(folder, name)
    await writeFile(source, text, { mode: 0o644 })
    return { source, target: `/etc/${name}` }
  })
  const own = await Promise.all(binds)
  return ownNetwork ? own : [...own, { source: '/etc/resolv.conf', target: '/etc/resolv.conf' }]
}
