import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { checkTemplate, variantsOf } from '../src/templates/check.ts'
import type { ParameterValues } from '../src/templates/condition.ts'
import { TemplateEngine } from '../src/templates/engine.ts'
import { readFolder } from '../src/templates/read-folder.ts'
import type { Files } from '../src/templates/render.ts'
import { MANIFEST } from '../src/templates/template.ts'
import { temporaryFolder } from './support/shell.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

interface Build {
  /** Programs that have to be on the machine. */
  needs: string[]
  commands: string[]
  /** Only what needs no registry. */
  parameters?: ParameterValues
}

const NPM: Build = { needs: [], commands: [] }
/** What is built and tested here; the others need packages of a registry that is not everywhere. */
const BUILDS: Record<string, Build | string> = {
  'node-express': { ...NPM, commands: ['node --test'] },
  'static-site': { ...NPM, commands: ['node --test'], parameters: { script: true } },
  'python-fastapi': {
    needs: ['python3'],
    commands: ['python3 -m unittest discover tests -t .'],
    parameters: { server: 'standard-library' },
  },
  'python-data': {
    needs: ['python3'],
    commands: ['python3 main.py', 'python3 -m unittest'],
    parameters: { library: 'standard-library' },
  },
  'cpp-cmake': {
    needs: ['cmake', 'ninja', 'c++'],
    commands: ['cmake --preset release', 'cmake --build --preset release', 'ctest --test-dir build/release'],
  },
  'go-http': { needs: ['go'], commands: ['go vet ./...', 'go test ./...'] },
  'react-vite': 'packages of npm',
  'solid-vite': 'packages of npm',
  'vue-vite': 'packages of npm',
  next: 'packages of npm',
  'rust-axum': 'crates',
  'java-javalin': 'packages of Maven',
}

const engine = new TemplateEngine()
afterAll(() => engine[Symbol.asyncDispose]())

async function write(folder: string, files: Files): Promise<void> {
  for (const [path, { content, mode }] of files) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
    if (mode === '100755') await chmod(target, 0o755)
  }
}

async function has(program: string): Promise<boolean> {
  return run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  )
}

describe.each((await readdir(join(ROOT, 'templates'))).sort())('the template %s', (name) => {
  it('renders with every choice that it offers, and leaves nothing to doubt', async () => {
    const files = await readFolder(join(ROOT, 'templates', name))
    const { problems, doubts, variants } = await checkTemplate(engine, files, {})
    expect({ problems, doubts }).toEqual({ problems: [], doubts: [] })
    expect(variants.length).toBeGreaterThan(0)
  })

  it('builds and passes its tests', async (context) => {
    const build = BUILDS[name] ?? 'nobody says how'
    if (typeof build === 'string') {
      context.skip(`${build}: build and tests of the template ${name}`)
      return
    }
    const { needs, commands, parameters = {} } = build
    const missing = (await Promise.all(needs.map(async (one) => ((await has(one)) ? [] : [one])))).flat()
    if (missing.length > 0) context.skip(`${missing.join(', ')}: build and tests of the template ${name}`)
    const files = await readFolder(join(ROOT, 'templates', name))
    const manifest = await engine.run('read', files)
    files.delete(MANIFEST)
    const extras = variantsOf(manifest, parameters).filter((values) =>
      Object.entries(parameters).every(([one, value]) => values[one] === value),
    )
    // All that can be switched on, at once: what is built is the plain one and the fullest.
    const fullest = Object.assign({}, ...extras, parameters) as ParameterValues
    for (const values of [parameters, fullest]) {
      await using folder = await temporaryFolder()
      await write(folder.path, await engine.run('render', files, manifest, values))
      // Its packages are among those of this repository.
      if (name === 'node-express')
        await symlink(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'))
      for (const command of commands) {
        const { NODE_OPTIONS: _, VITEST: _vitest, ...env } = process.env
        const told = await run('sh', ['-c', command], { cwd: folder.path, env }).then(
          () => null,
          ({ stdout, stderr }: { stdout: string; stderr: string }) => `${command}: ${stdout}${stderr}`,
        )
        expect(told).toBeNull()
      }
    }
  })
})
