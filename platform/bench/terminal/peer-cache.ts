import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Program } from '../support/program.ts'

const run = promisify(execFile)

/** The peers are no dependencies of this project: they are kept outside of it, from one bench to the next. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'codenest-bench')
const CODE_SERVER = '4.139.1'
/** Newer ones do not run the install scripts that code-server needs within its own folders. */
const NPM = '10.9.9'
const PLUGINS = 'plugins'
const PLUGIN = 'libwebsockets-evlib_uv.so'

/** The installed ttyd, else Debian sid's unpacked with its libraries. Throws when it cannot be had. */
export async function getTtyd(): Promise<Program> {
  const installed = await run('which', ['ttyd']).catch(() => null)
  if (installed) return { file: installed.stdout.trim(), args: [], env: process.env }
  const root = await fill('ttyd', unpackTtyd)
  const library = join(root, 'usr/lib', `${architecture('gnu')}-linux-gnu`)
  const loader = join(
    library,
    architecture('gnu') === 'x86_64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1',
  )
  const args = ['--library-path', library, join(root, 'usr/bin/ttyd')]
  // libwebsockets looks here for its plugin. The shells see it, too, so nothing else may lie in that folder.
  return { file: loader, args, env: { ...process.env, LD_LIBRARY_PATH: join(root, PLUGINS) } }
}

/** code-server's npm package with the modules that it builds. Throws when it cannot be built. */
export async function getCodeServer(say: (text: string) => void): Promise<Program> {
  const node = dirname(process.execPath)
  const env = { ...process.env, PATH: `${node}:${process.env['PATH']}` }
  const root = await fill(`code-server-${CODE_SERVER}`, async (folder) => {
    say('installing code-server, which takes minutes the first time…')
    await writeFile(join(folder, 'package.json'), '{ "private": true }')
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', ['install', '--no-save', '--prefix', join(folder, 'npm'), `npm@${NPM}`, ...quiet])
    await run('npm', ['install', `code-server@${CODE_SERVER}`, ...quiet], {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...env,
        PATH: `${node}:${join(folder, 'npm/node_modules/.bin')}:${process.env['PATH']}`,
        npm_config_nodedir: await findHeaders(),
      },
    })
  })
  return { file: process.execPath, args: [join(root, 'node_modules/code-server/out/node/entry.js')], env }
}

/** A folder of the cache that is there completely or not at all. */
async function fill(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name)
  const complete = join(folder, '.complete')
  if (await exists(complete)) return folder
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await make(folder)
  await writeFile(complete, '')
  return folder
}

/** Node's headers are beside the binary, or in the package that brought it. */
async function findHeaders(): Promise<string> {
  const root = dirname(dirname(process.execPath))
  const places = [root, join(root, 'node_modules', `node-linux-${process.arch}`)]
  for (const place of places) if (await exists(join(place, 'include/node/node.h'))) return place
  throw new Error(`there are no headers of Node in ${places.join(' or ')}`)
}

interface Package {
  depends: string[]
  filename: string
  hash: string
}

async function unpackTtyd(folder: string): Promise<void> {
  await mkdir(join(folder, PLUGINS))
  const mirror = await findMirror()
  const debian = architecture('debian')
  const index = join(folder, 'Packages.xz')
  await download(`${mirror}/dists/sid/main/binary-${debian}/Packages.xz`, index)
  const { stdout } = await run('xz', ['-dc', index], { maxBuffer: 256 * 1024 * 1024 })
  await rm(index)
  const packages = parsePackages(stdout)
  const wanted = new Set(['ttyd'])
  for (const name of wanted) {
    const found = packages.get(name)
    if (!found) continue
    for (const each of found.depends) wanted.add(each)
    const file = join(folder, 'package.deb')
    await download(`${mirror}/${found.filename}`, file)
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    if (hash !== found.hash) throw new Error(`${name} is not what the mirror's index says`)
    await run('dpkg-deb', ['-x', file, folder])
    await rm(file)
  }
  const library = join('usr/lib', `${architecture('gnu')}-linux-gnu`)
  await copyFile(join(folder, library, PLUGIN), join(folder, PLUGINS, PLUGIN))
}

function parsePackages(index: string): Map<string, Package> {
  const packages = new Map<string, Package>()
  for (const paragraph of index.split('\n\n')) {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? ''
    // Only the first of several alternatives.
    const depends = field('Depends')
      .split(',')
      .map((each) => /^[^ (|]+/.exec(each.trim())?.[0] ?? '')
      .filter((each) => each !== '')
    packages.set(field('Package'), { depends, filename: field('Filename'), hash: field('SHA256') })
  }
  return packages
}

/** The Debian mirror that this machine's apt is set to. */
async function findMirror(): Promise<string> {
  const format = '$(ORIGIN) $(REPO_URI)'
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const uri = /^Debian (https?:\S+?)\/?$/m.exec(stdout)?.[1]
  if (uri === undefined) throw new Error('apt knows no Debian mirror')
  return uri
}

function architecture(naming: 'debian' | 'gnu'): string {
  const names = { x64: { debian: 'amd64', gnu: 'x86_64' }, arm64: { debian: 'arm64', gnu: 'aarch64' } }
  const known = names[process.arch as keyof typeof names]
  if (known === undefined) throw new Error(`there is no ttyd for ${process.arch}`)
  return known[naming]
}

async function download(url: string, file: string): Promise<void> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  const part = `${file}.part`
  await writeFile(part, Buffer.from(await response.arrayBuffer()))
  await rename(part, file)
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
