import type { Files } from './disk.ts'

export const GONE = 'nothing'

interface Line {
  /** What the file was, oldest first. */
  states: string[]
  /** Position of the oldest state that may still be seen: everything before it was replaced by what is safe. */
  safe: number
  /** A command rewrote it in steps of its own: what it was meanwhile may be seen, too. */
  loose: boolean
}

/** What is known of every file of a workspace: which states it had, and from which on nothing may be lost. */
export class Ledger {
  readonly #lines = new Map<string, Line>()

  /** The file becomes this, or may have become it. Returns the position to `secure` by. */
  write(path: string, state: string): number {
    const line = this.#line(path)
    if (line.states.at(-1) !== state) line.states.push(state)
    return line.states.length - 1
  }

  /** This position of the file was acknowledged. */
  secure(path: string, position: number): void {
    const line = this.#line(path)
    line.safe = Math.max(line.safe, position)
    if (line.safe === line.states.length - 1) line.loose = false
  }

  /** What is on the disk now; `loose` when a command made it in several steps. */
  observe(disk: Files, loose = false): void {
    for (const path of new Set([...disk.keys(), ...this.#lines.keys()])) {
      const line = this.#line(path)
      const state = disk.get(path) ?? GONE
      if (line.states.at(-1) === state) continue
      line.states.push(state)
      line.loose ||= loose
    }
  }

  /** All of what is on the disk was acknowledged. */
  settle(disk: Files): void {
    this.#lines.clear()
    for (const [path, state] of disk) this.#lines.set(path, { states: [state], safe: 0, loose: false })
  }

  /** Files that are neither what was acknowledged nor anything later. */
  findLost(files: Files): string[] {
    const paths = new Set([...files.keys(), ...this.#lines.keys()])
    return [...paths].flatMap((path) => {
      const { states, safe, loose } = this.#line(path)
      const state = files.get(path) ?? GONE
      if (loose || states.slice(safe).includes(state)) return []
      return [`${path} is ${state}, which is none of ${states.slice(safe).join(', ')}`]
    })
  }

  #line(path: string): Line {
    const known = this.#lines.get(path)
    if (known) return known
    const line = { states: [GONE], safe: 0, loose: false }
    this.#lines.set(path, line)
    return line
  }
}
