import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { readTop } from './read-top.ts'
import type { RunCommand } from './run-command.ts'

type Detected = Pick<RunCommand, 'command' | 'from'>
type Detector = (work: string) => Promise<Detected | null>

/** What the files at the top of a work tree suggest. The first that knows decides. */
export async function detectRunCommand(work: string): Promise<Detected | null> {
  for (const detect of [node, python, cargo, go, make, page]) {
    const found = await detect(work)
    if (found) return found
  }
  return null
}

/** Lock files and the package managers that write them. */
const NODE_MANAGERS = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
] as const

const node: Detector = async (work) => {
  const scripts = scriptsOf(await readTop(work, 'package.json'))
  const script = ['dev', 'start', 'serve'].find((name) => scripts[name] !== undefined)
  if (script === undefined) return null
  const manager = NODE_MANAGERS.find(([lock]) => has(work, lock))?.[1] ?? 'npm'
  return { command: `${manager} install && ${manager} run ${script}`, from: 'package.json' }
}

function scriptsOf(text: string | null): Record<string, unknown> {
  try {
    const { scripts } = JSON.parse(text ?? '{}') as { scripts?: unknown }
    return typeof scripts === 'object' && scripts !== null ? (scripts as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Programs that Python projects start with, by custom. */
const PYTHON_MAINS = ['manage.py', 'main.py', 'app.py', 'server.py']

const python: Detector = async (work) => {
  const project = await readTop(work, 'pyproject.toml')
  const requirements = await readTop(work, 'requirements.txt')
  const main = PYTHON_MAINS.find((file) => has(work, file))
  if (main === undefined) return null
  const from = project !== null ? 'pyproject.toml' : requirements !== null ? 'requirements.txt' : main
  const program = startOf(main, `${project}${requirements}`)
  if (has(work, 'uv.lock')) return { command: `uv run ${program}`, from }
  if (has(work, 'poetry.lock')) return { command: `poetry install && poetry run ${program}`, from }
  if (project === null && requirements === null)
    return { command: program.replace(/^python/, 'python3'), from }
  // Into an environment of its own: Debian's Python takes no packages into the system's.
  const what = requirements !== null ? '-r requirements.txt' : '-e .'
  return { command: `python3 -m venv .venv && .venv/bin/pip install ${what} && .venv/bin/${program}`, from }
}

function startOf(main: string, dependencies: string): string {
  const module = main.replace(/\.py$/, '')
  if (main === 'manage.py') return 'python manage.py runserver "127.0.0.1:$PORT"'
  if (/^\W*(fastapi|starlette)\b/im.test(dependencies)) return `uvicorn ${module}:app --reload --port "$PORT"`
  if (/^\W*flask\b/im.test(dependencies)) return `flask --app ${module} run --debug --port "$PORT"`
  return `python ${main}`
}

const cargo: Detector = async (work) =>
  has(work, 'Cargo.toml') ? { command: 'cargo run', from: 'Cargo.toml' } : null

const go: Detector = async (work) => (has(work, 'go.mod') ? { command: 'go run .', from: 'go.mod' } : null)

const make: Detector = async (work) => {
  const text = (await readTop(work, 'Makefile')) ?? ''
  const target = ['run', 'dev', 'serve', 'start'].find((name) =>
    new RegExp(`^${name}\\s*:(?!=)`, 'm').test(text),
  )
  return target === undefined ? null : { command: `make ${target}`, from: 'Makefile' }
}

const page: Detector = async (work) =>
  has(work, 'index.html')
    ? { command: 'python3 -m http.server "$PORT" --bind 127.0.0.1', from: 'index.html' }
    : null

function has(work: string, path: string): boolean {
  return existsSync(join(work, path))
}
