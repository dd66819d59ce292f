import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect, test } from 'vitest'

import { concernsRun, readRunCommand, withRunCommand } from './run-command.ts'

async function read(files: Record<string, string>, template: string | null = null): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'run-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const found = await readRunCommand(folder, { command: template, asks: false })
  await rm(folder, { recursive: true })
  return found && `${found.from}: ${found.command}`
}

const DEV = '{ "scripts": { "test": "x", "start": "node .", "dev": "vite" } }'
const SERVE = 'python3 -m http.server "$PORT" --bind 127.0.0.1'
const VENV = 'python3 -m venv .venv && .venv/bin/pip install'

const FOLDERS: [name: string, files: Record<string, string>, command: string | null][] = [
  ['nothing', { 'README.md': '# x' }, null],
  ['an empty package.json', { 'package.json': '{}' }, null],
  ['a broken package.json, a page', { 'package.json': '{', 'index.html': '' }, `index.html: ${SERVE}`],
  ['a dev script', { 'package.json': DEV }, 'package.json: npm install && npm run dev'],
  [
    'a start script',
    { 'package.json': '{ "scripts": { "start": "node ." } }' },
    'package.json: npm install && npm run start',
  ],
  ['pnpm', { 'package.json': DEV, 'pnpm-lock.yaml': '' }, 'package.json: pnpm install && pnpm run dev'],
  ['yarn', { 'package.json': DEV, 'yarn.lock': '' }, 'package.json: yarn install && yarn run dev'],
  ['bun', { 'package.json': DEV, 'bun.lock': '' }, 'package.json: bun install && bun run dev'],
  ['one Python file', { 'main.py': '' }, 'main.py: python3 main.py'],
  ['a Python library', { 'pyproject.toml': '[project]\nname = "x"\n' }, null],
  [
    'requirements',
    { 'requirements.txt': 'requests\n', 'app.py': '' },
    `requirements.txt: ${VENV} -r requirements.txt && .venv/bin/python app.py`,
  ],
  [
    'FastAPI in a pyproject',
    { 'pyproject.toml': '[project]\ndependencies = [\n  "fastapi>=0.1",\n]\n', 'main.py': '' },
    `pyproject.toml: ${VENV} -e . && .venv/bin/uvicorn main:app --reload --port "$PORT"`,
  ],
  [
    'Flask with uv',
    { 'pyproject.toml': 'dependencies = [\n"flask"]', 'uv.lock': '', 'app.py': '' },
    'pyproject.toml: uv run flask --app app run --debug --port "$PORT"',
  ],
  [
    'Django with poetry',
    { 'pyproject.toml': '', 'poetry.lock': '', 'manage.py': '' },
    'pyproject.toml: poetry install && poetry run python manage.py runserver "127.0.0.1:$PORT"',
  ],
  ['Rust', { 'Cargo.toml': '' }, 'Cargo.toml: cargo run'],
  ['Go', { 'go.mod': '' }, 'go.mod: go run .'],
  ['a Makefile', { Makefile: 'all:\n\ttrue\nserve: all\n\ttrue\n' }, 'Makefile: make serve'],
  ['a Makefile that only builds', { Makefile: 'run := 1\nall:\n\ttrue\n' }, null],
  ['a page', { 'index.html': '<h1>x</h1>' }, `index.html: ${SERVE}`],
  [
    'a dev container',
    { 'package.json': DEV, '.devcontainer/devcontainer.json': '{ "postAttachCommand": "npm run it" }' },
    '.devcontainer/devcontainer.json: npm run it',
  ],
  [
    'a dev container with comments and a list',
    {
      '.devcontainer.json':
        '// Ours\n{ "image": "a//b", /* is\n started */ "postAttachCommand": ["node", "a b.js", "it\'s"], }\n',
    },
    ".devcontainer.json: node 'a b.js' 'it'\\''s'",
  ],
  [
    'a dev container with two commands',
    { '.devcontainer.json': '{ "postAttachCommand": { "web": "npm start", "db": ["redis", "-p"] } }' },
    '.devcontainer.json: (npm start) & (redis -p) & wait',
  ],
  ['a dev container without a command', { '.devcontainer.json': '{}', 'go.mod': '' }, 'go.mod: go run .'],
  [
    'settings of its own',
    {
      'package.json': DEV,
      '.devcontainer.json': '{ "postAttachCommand": "x" }',
      '.codenest.yaml': 'run: ./go\n',
    },
    '.codenest.yaml: ./go',
  ],
  ['settings without a command', { '.codenest.yaml': 'ports: [1]\n', 'go.mod': '' }, 'go.mod: go run .'],
  ['settings that are broken', { '.codenest.yaml': 'run: [\n', 'go.mod': '' }, 'go.mod: go run .'],
]

test.each(FOLDERS)('%s', async (_name, files, command) => {
  expect(await read(files)).toBe(command)
})

test('a template knows better than the files, but not than the settings', async () => {
  expect(await read({ 'package.json': DEV }, 'npm start')).toBe('template.yaml: npm start')
  expect(await read({ '.codenest.yaml': 'run: mine' }, 'npm start')).toBe('.codenest.yaml: mine')
})

test('settings keep what else is in them', async () => {
  const settings = '# How it runs\nports: [4321] # of the app\nrun: old\n'
  expect(await withRunCommand(settings, ' new "$PORT" \n')).toBe(
    '# How it runs\nports: [ 4321 ] # of the app\nrun: new "$PORT"\n',
  )
  expect(await withRunCommand('', 'make # all')).toBe('run: "make # all"\n')
  expect(await withRunCommand('run: old\n', '')).toBe('')
  expect(await withRunCommand('', '')).toBe('')
  await expect(withRunCommand('run: [', 'x')).rejects.toThrow(/not valid YAML/)
})

test('only some files matter', () => {
  expect(['package.json', '.devcontainer/devcontainer.json', ''].every(concernsRun)).toBe(true)
  expect(concernsRun('src/package.json')).toBe(false)
})
