import { execFile } from 'node:child_process'
import { realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createRandom } from '../simulation/random.ts'
import type { Random } from '../simulation/random.ts'
import { stockGit, temporaryFolder } from '../support/shell.ts'
import { makeText, pickCommand, pickPath, pickStep } from './deeds.ts'
import { differences, readCommit, readDisk } from './disk.ts'
import type { Files } from './disk.ts'
import { Editor } from './editor.ts'
import { Ledger } from './ledger.ts'
import { startSoakPlatform } from './platform.ts'
import type { SoakPlatform } from './platform.ts'
import { FAIR, setWeather } from './weather.ts'
import type { Weather } from './weather.ts'

const DEEDS = 24
/** Longest clock jump, in milliseconds: three hours, forwards or backwards. */
const JUMP_MS = 3 * 3_600_000
/** Longest that saves may take once everything is well again, in milliseconds. */
const SETTLE_MS = 120_000
/** Of the store's operations, while a workspace starts. */
const FEW_FAULTS = 0.05
const ENDS = ['lose the disk', 'settle and lose the disk', 'keep the disk', 'stop'] as const

export interface SoakReport {
  rounds: number
  durableSaves: number
  /** Processes that were killed while people worked. */
  kills: number
  /** What else happened: ends of rounds, kills, faults and jumps of the clock, by name. */
  events: Set<string>
}

/** All that can happen to a workspace. */
export const EVENTS = [...ENDS, 'kill the runner', 'kill the platform', 'faults', 'a clock jump'] as const

const run = promisify(execFile)

/**
 * Rounds of work in one workspace: edits from the page and from a terminal, commands of git, a store that fails, a clock
 * that jumps, runner and platform killed at any moment. Each round ends with a disk that is lost, kept or given back;
 * then the workspace must be what was acknowledged, or something later. Throws at the first file that is not.
 * The seed decides what is done; when the processes die within it is up to the machine.
 */
export async function soakSaves(
  seed: number,
  rounds: number,
  say: (text: string) => void = () => {},
): Promise<SoakReport> {
  await using folder = await temporaryFolder()
  await using soak = await Soak.start(folder.path, createRandom(seed))
  for (let round = 1; round <= rounds; round += 1) {
    try {
      const end = await soak.round()
      say(`Round ${round}: ${end}, ${soak.editor.durableSaves} durable saves so far`)
    } catch (error) {
      throw new Error(`round ${round} of seed ${seed} failed, after:\n${soak.story.join('\n')}`, {
        cause: error,
      })
    }
  }
  await soak.checkRemote()
  return { rounds, durableSaves: soak.editor.durableSaves, kills: soak.kills, events: soak.events }
}

class Soak implements AsyncDisposable {
  readonly #random: Random
  readonly #dataDir: string
  readonly #mirror: string
  readonly #ledger = new Ledger()
  #platform: SoakPlatform
  #id = ''
  #weather: Weather = FAIR
  #count = 0
  readonly editor = new Editor(this.#ledger)
  kills = 0
  readonly events = new Set<string>()
  /** What was done in this round. */
  story: string[] = []

  private constructor(folder: string, random: Random, platform: SoakPlatform) {
    this.#random = random
    this.#dataDir = platform.dataDir
    this.#mirror = join(folder, 'mirror')
    this.#platform = platform
  }

  static async start(folder: string, random: Random): Promise<Soak> {
    const dataDir = join(folder, 'data')
    await run('mkdir', [dataDir])
    setWeather(dataDir, FAIR)
    const soak = new Soak(folder, random, await startSoakPlatform(dataDir))
    await stockGit(folder, 'init', '-q', '--bare', 'mirror')
    await soak.#create()
    return soak
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.editor.disconnect()
    await this.#platform.kill()
  }

  /** Returns how it ended. */
  async round(): Promise<string> {
    this.story = []
    for (let deed = 0; deed < DEEDS; deed += 1) await this.#deed()
    const end = this.#random.pick(ENDS)
    this.story.push(`end: ${end}`)
    this.events.add(end)
    if (end === 'lose the disk') await this.#loseDisk()
    else if (end === 'settle and lose the disk') {
      await this.#settle()
      await this.#loseDisk()
    } else if (end === 'keep the disk') await this.#keepDisk()
    else await this.#stop()
    return end
  }

  /** Everything that the remote has is whole. */
  async checkRemote(): Promise<void> {
    await this.#fetch()
    const found = await stockGit(this.#mirror, 'fsck', '--full', '--no-dangling')
    if (found !== '') throw new Error(`the remote is not whole: ${found}`)
  }

  get #work(): string {
    return join(this.#dataDir, 'run', this.#id, 'work')
  }

  async #create(): Promise<void> {
    const { body } = await this.#platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    this.#id = String(body['id'])
    await this.editor.connect(this.#platform, this.#id)
    this.#ledger.settle(await readDisk(this.#work))
  }

  async #deed(): Promise<void> {
    this.#count += 1
    const roll = this.#random.next()
    if (roll < 0.35) await this.#edit(1)
    else if (roll < 0.45) await this.#edit(8)
    else if (roll < 0.72) await this.#inTerminal(pickStep(this.#random, this.#count), false)
    else if (roll < 0.84) await this.#inTerminal(pickCommand(this.#random, this.#count), true)
    else if (roll < 0.91) this.#changeWeather()
    else if (roll < 0.95) await this.#letTimePass()
    else if (roll < 0.98) await this.#killRunner()
    else await this.#killPlatform()
  }

  async #edit(times: number): Promise<void> {
    const path = pickPath(this.#random)
    this.story.push(`save ${path} ${times} times`)
    const texts = Array.from({ length: times }, () => makeText(this.#random, this.#count))
    await this.editor.save(this.#work, path, texts)
  }

  async #inTerminal(script: string, isLoose: boolean): Promise<void> {
    this.story.push(script)
    const identity = ['GIT_AUTHOR', 'GIT_COMMITTER'].flatMap((who) => [
      `${who}_NAME=Ada`,
      `${who}_EMAIL=a@example.com`,
    ])
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8', GIT_EDITOR: 'true' }
    const given = Object.fromEntries(identity.map((text) => text.split('=')))
    // Many of them fail, as they do for people.
    await run('bash', ['-c', script], { cwd: this.#work, env: { ...env, ...given } }).catch(() => {})
    this.#ledger.observe(await readDisk(this.#work), isLoose)
  }

  #changeWeather(): void {
    const faults = this.#random.pick([0, 0, 0.05, 0.3, 1])
    const jumps = this.#random.chance(0.5)
    const clock = jumps ? Math.round((this.#random.next() * 2 - 1) * JUMP_MS) : this.#weather.clock
    if (faults > 0) this.events.add('faults')
    if (jumps) this.events.add('a clock jump')
    this.#setWeather({ faults, clock })
  }

  #setWeather(weather: Weather): void {
    this.#weather = weather
    this.story.push(`weather: ${weather.faults * 100} % faults, clock off by ${weather.clock} ms`)
    setWeather(this.#dataDir, weather)
  }

  /** So that sweeps and pushes get their turn between the deeds. */
  async #letTimePass(): Promise<void> {
    await delay(this.#random.below(1_200))
  }

  async #killRunner(): Promise<void> {
    const saving = this.#edit(4)
    await delay(this.#random.below(60))
    this.story.push('kill the runner')
    this.events.add('kill the runner')
    this.kills += 1
    await this.#platform.killRunners()
    await saving
    await this.#comeBack()
  }

  async #killPlatform(): Promise<void> {
    const saving = this.#edit(4)
    await delay(this.#random.below(60))
    this.story.push('kill the platform')
    this.events.add('kill the platform')
    this.kills += 1
    await this.#platform.kill()
    await saving
    await this.#restartPlatform()
    await this.#comeBack()
  }

  /** After a kill: the disk is as it was, whatever was under way. */
  async #comeBack(): Promise<void> {
    this.editor.disconnect()
    this.#ledger.observe(await readDisk(this.#work))
    // A workspace cannot start without its repository.
    this.#setWeather({ ...this.#weather, faults: Math.min(this.#weather.faults, FEW_FAULTS) })
    await this.editor.connect(this.#platform, this.#id)
  }

  async #restartPlatform(): Promise<void> {
    this.#setWeather({ ...this.#weather, faults: 0 })
    this.#platform = await startSoakPlatform(this.#dataDir)
  }

  async #powerCut(): Promise<Files> {
    await this.#platform.kill()
    this.editor.disconnect()
    const disk = await readDisk(this.#work)
    this.#ledger.observe(disk)
    return disk
  }

  async #loseDisk(): Promise<void> {
    const before = await this.#powerCut()
    const settled = this.story.at(-1) === 'settled'
    const lost = join(this.#dataDir, 'lost')
    const disk = await realpath(join(this.#dataDir, 'run', this.#id))
    await rename(disk, lost)
    this.editor.forget()
    await this.#restartPlatform()
    await this.editor.connect(this.#platform, this.#id)
    const resumed = await readDisk(this.#work)
    await this.#checkSaves()
    this.#expectNone(this.#ledger.findLost(resumed))
    if (settled) this.#expectNone(differences(resumed, before))
    await rm(lost, { recursive: true })
    this.#ledger.settle(resumed)
  }

  async #keepDisk(): Promise<void> {
    const before = await this.#powerCut()
    await this.#restartPlatform()
    await this.editor.connect(this.#platform, this.#id)
    this.#expectNone(differences(await readDisk(this.#work), before))
    await this.#settle()
  }

  async #stop(): Promise<void> {
    await this.#settle()
    this.editor.disconnect()
    const before = await readDisk(this.#work)
    const clone = await describeClone(this.#work)
    const asked = await this.#platform.api('POST', `/workspaces/${this.#id}/stop`)
    if (asked.status !== 202) throw new Error(`the stop was answered with ${asked.status}`)
    await this.#platform.until(this.#id, 'stopped')
    await this.#platform.api('POST', `/workspaces/${this.#id}/start`)
    await this.editor.connect(this.#platform, this.#id)
    this.#expectNone(differences(await readDisk(this.#work), before))
    const now = await describeClone(this.#work)
    if (now !== clone) throw new Error(`the clone is\n${now}\ninstead of\n${clone}`)
    await this.#checkSaves()
    this.#ledger.settle(before)
  }

  /** Everything well again: soon the remote has what is on the disk. */
  async #settle(): Promise<void> {
    this.#setWeather({ ...this.#weather, faults: 0 })
    const deadline = AbortSignal.timeout(SETTLE_MS)
    const disk = await readDisk(this.#work)
    let missing = ['no save']
    while (missing.length > 0) {
      const { status } = this.editor
      if (status.state === 'durable') {
        await this.#fetch()
        missing = differences(await this.#newestSave(), disk)
        if (missing.length === 0) break
      }
      // It may have changed while the remote was looked at.
      await this.editor.change(status, deadline).catch((cause: unknown) => {
        throw new Error(
          `saves did not settle: ${JSON.stringify(this.editor.status)}\n${missing.join('\n')}`,
          { cause },
        )
      })
    }
    this.#ledger.settle(disk)
    this.story.push('settled')
  }

  /** No acknowledged commit has left its session's line. */
  async #checkSaves(): Promise<void> {
    const acknowledged = [...this.editor.acknowledged]
    await this.#fetch()
    for (const [ref, commit] of acknowledged) {
      const line = await stockGit(this.#mirror, 'rev-list', ref)
      if (!line.split('\n').includes(commit)) throw new Error(`${ref} has lost ${commit}; it is\n${line}`)
    }
  }

  async #fetch(): Promise<void> {
    const url = await this.#platform.gitUrl(this.#id)
    const address = url.replace('localhost', '127.0.0.1')
    await stockGit(
      this.#mirror,
      'fetch',
      '-q',
      address,
      '+refs/*:refs/*',
      '+refs/codenest/saves/*:refs/codenest/saves/*',
    )
  }

  /** Sessions sort in the order in which they began. */
  async #newestSave(): Promise<Files> {
    const refs = ['--sort=-refname', '--count=1', 'refs/codenest/saves']
    const newest = await stockGit(this.#mirror, 'for-each-ref', '--format=%(objectname)', ...refs)
    return newest === '' ? new Map() : readCommit(this.#mirror, newest)
  }

  #expectNone(problems: string[]): void {
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }
}

/** What the user's own git says. */
async function describeClone(work: string): Promise<string> {
  const said = [
    await stockGit(work, 'status', '--porcelain=v2', '--branch'),
    await stockGit(work, 'stash', 'list', '--format=%H %gs'),
    await stockGit(work, 'for-each-ref', 'refs/heads', 'refs/tags'),
    await stockGit(work, 'fsck', '--no-dangling'),
  ]
  return said.join('\n--\n')
}
