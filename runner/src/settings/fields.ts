import { z } from 'zod'

import type { RepositorySettings, SettingsProblem, SetupStep } from './protocol.ts'
import type { SettingsFile } from './settings-file.ts'

const MOST_COMMANDS = 16
const MOST_VARIABLES = 100

/** What does not show, or shows as something else, would make a person trust what they cannot see. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u
const Visible = z
  .string()
  .max(4096)
  .refine((text) => !INVISIBLE.test(text), 'must be without characters that cannot be seen')

export const ShortText = Visible.min(1).max(200)
const Line = Visible.transform((text) => text.replaceAll('\r\n', '\n').trim()).pipe(z.string().min(1))
const Words = z
  .array(Visible)
  .min(1)
  .max(100)
  .transform((words) => words.map(quote).join(' '))
const Command = z.union([Line, Words], { error: 'must be a command, or a list of words' })

/** One command for a shell, the words of one, or several by name that run at the same time. */
export const Commands = z.union(
  [
    Command.transform((command) => [{ name: null, command }]),
    z
      .record(ShortText, Command)
      .transform((all) => Object.entries(all).map(([name, command]) => ({ name, command })))
      .refine((all) => all.length <= MOST_COMMANDS),
  ],
  { error: `must be a command, the list of its words, or at most ${MOST_COMMANDS} of them by name` },
)

export const PortNumber = z.number().int().min(1).max(65_535)

/** Set by the workspace itself. */
const OWN_VARIABLES = /^(HOME|PWD|OLDPWD|SHELL|USER|LOGNAME|TERM|SHLVL|_|CODENEST_.*)$/
const VariableName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and underscores')
  .refine((name) => !OWN_VARIABLES.test(name), 'is set by the workspace itself')
const VariableValue = z.union([Visible, z.number(), z.boolean()]).transform(String)
export const Variables = z.record(z.string(), VariableValue.nullable())

/** Reads the fields of one file into settings. What a field says wrongly is a problem at its line, and not taken. */
export class FieldReader {
  readonly file: string
  readonly #file: SettingsFile
  readonly #into: RepositorySettings
  readonly #left: Set<string>

  constructor(file: SettingsFile, into: RepositorySettings) {
    this.file = file.file
    this.#file = file
    this.#into = into
    this.#left = new Set(file.fields.keys())
    into.problems.push(...file.problems)
  }

  /** Undefined when the file does not say it, or says it wrongly. */
  take<S extends z.ZodType>(key: string, schema: S): z.output<S> | undefined {
    this.#left.delete(key)
    const field = this.#file.fields.get(key)
    // Generators leave empty texts behind: they say nothing.
    if (field === undefined || field.value === null || field.value === '') return undefined
    const parsed = schema.safeParse(field.value)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const where = [key, ...(issue?.path ?? [])].join('.')
    this.problem(key, `${where} ${lower(issue?.message ?? 'is not understood')}.`)
    return undefined
  }

  has(key: string): boolean {
    this.#left.delete(key)
    return this.#file.fields.has(key)
  }

  /** Keys that nobody has asked for. */
  get left(): string[] {
    return [...this.#left]
  }

  problem(key: string, message: string): void {
    const problem: SettingsProblem = {
      file: this.file,
      line: this.#file.fields.get(key)?.line ?? null,
      message,
    }
    this.#into.problems.push(problem)
  }

  notSupported(key: string, why: string): void {
    this.#into.notSupported.push({ key: key.slice(0, 60), from: this.file, why })
  }

  step(key: string, when: SetupStep['when']): boolean {
    const commands = this.take(key, Commands)
    if (!commands || commands.length === 0) return false
    this.#into.steps.push({ key, when, from: this.file, commands })
    return true
  }

  /** What stands there already stays. */
  variables(key: string): void {
    for (const [name, value] of Object.entries(this.take(key, Variables) ?? {})) {
      const checked = VariableName.safeParse(name)
      if (!checked.success) {
        this.notSupported(`${key}.${name}`, `The name ${checked.error.issues[0]?.message}.`)
        continue
      }
      if (value === null) {
        this.notSupported(`${key}.${name}`, 'Variables are set here, and not taken away.')
        continue
      }
      if (this.#into.environment.some((known) => known.name === name)) continue
      if (this.#into.environment.length >= MOST_VARIABLES) {
        this.problem(key, `There are more than ${MOST_VARIABLES} variables; the rest is left out.`)
        return
      }
      this.#into.environment.push({ name, value, from: this.file })
    }
  }

  port(port: number, label: string | null): void {
    const known = this.#into.ports.find((other) => other.port === port)
    if (known) known.label ??= label
    else if (this.#into.ports.length < 16) this.#into.ports.push({ port, label })
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
