#!/usr/bin/env node
// The verbs of this repository. Plain JavaScript for whatever Node the machine has: it sees to it that the
// dependencies are there, then hands over to the pinned Node 24 that is one of them.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const bin = join(root, 'node_modules', '.bin')
const node = join(root, 'node_modules', 'node', 'bin', 'node')
const [verb = '', ...args] = process.argv.slice(2)

const verbs = {
  start: async () => {
    build()
    return run(node, ['platform/src/main.ts', ...args])
  },
  dev: async () => {
    build()
    const platform = run(node, ['--watch', 'platform/src/main.ts', ...args])
    const watch = (folder) => run('vite', ['build', '--watch', '--logLevel', 'warn', folder])
    return Promise.race([platform, watch('web'), watch('runner')])
  },
  test: async () => {
    build()
    return run('vitest', ['run', ...args])
  },
  'test:cluster': async () =>
    run('vitest', ['run', '--config', 'platform/tests/cluster/vitest.config.ts', ...args]),
  bench: async () => {
    build()
    return run(node, ['platform/bench/main.ts', ...args])
  },
  check: async () =>
    (await run('oxlint', ['--type-aware', '--deny-warnings'])) ||
    (await run('oxfmt', ['--check', '.'])) ||
    (await run('tsc', ['-p', 'platform'])) ||
    (await run('tsc', ['-p', 'runner'])) ||
    run('tsc', ['-p', 'web']),
  soak: async () => {
    build()
    return run(node, ['platform/tests/soak.ts', ...args])
  },
  admin: async () => run(node, ['platform/src/admin.ts', ...args]),
  template: async () =>
    args[0] === 'test'
      ? run(node, ['platform/tests/template-build.ts', ...args.slice(1)])
      : run(node, ['platform/src/template.ts', ...args]),
  format: async () => run('oxfmt', ['.']),
}

if (!Object.hasOwn(verbs, verb)) {
  console.error(`Say what to do: ${Object.keys(verbs).join(', ')}.`)
  process.exit(2)
}
install()
process.exitCode = await verbs[verb]()

/** `npm ci` when what is installed is not what the lock file says. */
function install() {
  const stamp = join(root, 'node_modules', '.codenest-lock')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log('Installing dependencies…')
  // Set by npm around its scripts, it would point the install at this script's settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  if (status !== 0) {
    console.error('The dependencies could not be installed. npm says why above.')
    process.exit(status ?? 1)
  }
  writeFileSync(stamp, lock)
}

/** Builds the page and the runner when a source of theirs is newer than the last build. */
function build() {
  const shared = ['platform/src/protocol.ts', 'package-lock.json']
  const page = ['web/src', 'web/public', 'web/index.html', 'web/vite.config.ts']
  const wires = readdirSync(join(root, 'runner/src')).map((room) => `runner/src/${room}/protocol.ts`)
  if (isOlder('web/dist/index.html', [...shared, ...page, 'runner/src/protocol.ts', ...wires])) {
    console.log('Building the page…')
    vite('web')
  }
  if (isOlder('runner/dist/main.cjs', [...shared, 'runner/src', 'runner/vite.config.ts'])) {
    console.log('Building the runner…')
    vite('runner')
  }
}

function vite(folder) {
  const script = join(root, 'node_modules/vite/bin/vite.js')
  const options = { cwd: join(root, folder), stdio: 'inherit' }
  const { status } = spawnSync(node, [script, 'build', '--logLevel', 'warn'], options)
  if (status !== 0) process.exit(status ?? 1)
}

/** Whether something built is not there, or older than one of its sources. */
function isOlder(built, sources) {
  const path = join(root, built)
  if (!existsSync(path)) return true
  return Math.max(...sources.map((source) => changedAt(join(root, source)))) > statSync(path).mtimeMs
}

/** Milliseconds; of a folder, the newest time below it. */
function changedAt(path) {
  if (!existsSync(path)) return 0
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

/** Runs a program with the pinned Node first in the path; resolves to its exit code. Signals reach it by themselves. */
function run(command, commandArgs) {
  const env = { ...process.env, PATH: `${dirname(node)}:${bin}:${process.env.PATH}` }
  const child = spawn(command, commandArgs, { cwd: root, env, stdio: 'inherit' })
  const forward = (signal) => () => child.kill(signal)
  // The terminal sends Ctrl+C to the child too; this process only has to outlive it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', forward('SIGTERM'))
  process.on('SIGHUP', forward('SIGHUP'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
