import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { variantsOf } from '../../src/templates/check.ts'
import type { ParameterValues } from '../../src/templates/condition.ts'
import type { TemplateEngine } from '../../src/templates/engine.ts'
import { readFolder } from '../../src/templates/read-folder.ts'
import type { Files } from '../../src/templates/render.ts'
import { MANIFEST } from '../../src/templates/template.ts'

const execute = promisify(execFile)

export interface Build {
  /** Programs that have to be on the machine. */
  needs: string[]
  /** All that its own README promises: format, types, tests, build. Packages come from their registries. */
  commands: string[]
  /** What of this is done in every `npm test`. */
  quick?: {
    commands: string[]
    /** Where only some choices need no registry. */
    parameters?: ParameterValues
    /** It resolves packages that are shared by several templates. */
    shares?: boolean
  }
}

const npm = (...scripts: string[]): string[] => [
  'npm install --no-fund --no-audit --loglevel=error',
  ...scripts.map((script) => `npm run ${script}`),
]
const vite: Build['quick'] = { commands: ['vitest run', 'vite build'], shares: true }
const venv = ['python3 -m venv .venv', '.venv/bin/pip install -q --retries 0 -r requirements.txt']
const isStandard = '[ ! -f requirements-dev.txt ]'

export const BUILDS: Record<string, Build> = {
  'node-express': {
    needs: [],
    commands: npm('check', 'test'),
    quick: { commands: ['node --test'], shares: true },
  },
  'react-vite': { needs: [], commands: npm('check', 'test', 'build'), quick: vite },
  'solid-vite': { needs: [], commands: npm('check', 'test', 'build'), quick: vite },
  'vue-vite': { needs: [], commands: npm('check', 'test', 'build'), quick: vite },
  next: { needs: [], commands: npm('build', 'check', 'test') },
  'static-site': {
    needs: [],
    commands: ['node --test'],
    quick: { commands: ['node --test'], parameters: { script: true } },
  },
  'python-fastapi': {
    needs: ['python3'],
    commands: [
      `${isStandard} || { ${venv.join(' && ')}; }`,
      `${isStandard} || .venv/bin/pip install -q --retries 0 -r requirements-dev.txt`,
      `${isStandard} || { .venv/bin/ruff check . && .venv/bin/ruff format --check .; }`,
      `if ${isStandard}; then python3 -m unittest discover tests -t .; else .venv/bin/pytest -q; fi`,
    ],
    quick: {
      commands: ['python3 -m unittest discover tests -t .'],
      parameters: { server: 'standard-library' },
    },
  },
  'python-data': {
    needs: ['python3'],
    commands: [
      `[ ! -f requirements.txt ] || { ${venv.join(' && ')}; }`,
      'PATH="$PWD/.venv/bin:$PATH"; python3 main.py && python3 -m unittest',
    ],
    quick: {
      commands: ['python3 main.py', 'python3 -m unittest'],
      parameters: { library: 'standard-library' },
    },
  },
  'go-http': {
    needs: ['go', 'gofmt'],
    commands: ['test -z "$(gofmt -l .)"', 'go vet ./...', 'go test ./...'],
    quick: { commands: ['test -z "$(gofmt -l .)"', 'go test ./...'] },
  },
  'rust-axum': {
    needs: ['cargo'],
    commands: ['cargo fmt --check', 'cargo clippy -- -D warnings', 'cargo test'],
  },
  'java-javalin': { needs: ['mvn'], commands: ['mvn -B -q spotless:check test'] },
  'cpp-cmake': {
    needs: ['cmake', 'ninja', 'c++'],
    commands: ['cmake --preset debug', 'cmake --build --preset debug', 'ctest --preset debug'],
    quick: {
      commands: [
        'cmake --preset release',
        'cmake --build --preset release',
        'ctest --test-dir build/release',
      ],
    },
  },
}

/** What this machine has not got: programs, or a Go that is new enough for the module. */
export async function lacks({ needs }: Build): Promise<string[]> {
  const missing = await Promise.all(
    needs.map(async (program) => ((await runs(`command -v ${program}`)) ? [] : [program])),
  )
  if (needs.includes('go') && !(await runs('go version | grep -Eq "go1\\.(2[4-9]|[3-9][0-9])"')))
    missing.push(['go 1.24'])
  return missing.flat()
}

const runs = (command: string): Promise<boolean> =>
  execute('sh', ['-c', command]).then(
    () => true,
    () => false,
  )

/** The plainest and the fullest project that a template makes, within `parameters`. */
export async function extremes(
  engine: TemplateEngine,
  folder: string,
  parameters: ParameterValues = {},
): Promise<Files[]> {
  const files = await readFolder(folder)
  const manifest = await engine.run('read', files)
  files.delete(MANIFEST)
  const extras = variantsOf(manifest, parameters).filter((values) =>
    Object.entries(parameters).every(([one, value]) => values[one] === value),
  )
  const fullest = Object.assign({}, ...extras, parameters) as ParameterValues
  return Promise.all([parameters, fullest].map((values) => engine.run('render', files, manifest, values)))
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, { content, mode }] of files) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    if (mode === '120000') await symlink(Buffer.from(content).toString(), target)
    else await writeFile(target, content)
    if (mode === '100755') await chmod(target, 0o755)
  }
}

/** Runs a command in a project; resolves to what it said when it failed, else to null. `path` comes first in PATH. */
export async function complaintOf(command: string, cwd: string, path?: string): Promise<string | null> {
  const { NODE_OPTIONS: _, VITEST: _vitest, NODE_ENV: _env, ...env } = process.env
  const PATH = [...(path === undefined ? [] : [path]), env['PATH']].join(':')
  return execute('sh', ['-c', command], { cwd, env: { ...env, PATH }, maxBuffer: 64 * 2 ** 20 }).then(
    () => null,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => `${command}: ${stdout}${stderr}`,
  )
}
