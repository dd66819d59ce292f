import type { Page } from 'playwright-core'
import { startBrowser } from '../tests/support/browser.ts'
import { temporaryFolder } from '../tests/support/shell.ts'
import type { BenchOptions } from './main.ts'
import { startCodeServer, startOurs, startTtyd } from './terminal/contenders.ts'
import type { Contender, ContenderName } from './terminal/contenders.ts'
import { PROMPT, timeEcho, timeOpening, timePrompt, untilScreen } from './terminal/screen.ts'
import { megabytesOf } from './support/pss.ts'
import { row } from './support/rows.ts'
import type { Row } from './support/rows.ts'
import { percentile } from './support/sampling.ts'
import type { Samples } from './support/sampling.ts'

const KEYS = 200
const FLOODS = 3
const INTERRUPTS = 5
const OPENED = 5
const MEGABYTES = 50
/** Lines of 80. */
const TEXT = `yes '${'the quick brown fox jumps over the lazy dog '.repeat(2).slice(0, 79)}' | head -c ${MEGABYTES}000000`
/** Terminals that are open when the memory is looked at. */
const COUNTS = [1, 10, 50]
/** Redraws the first line two hundred times a second. */
const BUSY = String.raw`perl -e '$|=1; while(1){ printf "\e7\e[1;1H%06d %s\e8", $n++, "x" x 60; select undef,undef,undef,.005 }' &`

type Contenders = Partial<Record<ContenderName, Contender>>
type Measured = Partial<Record<ContenderName, Samples>>
const PEERS = ['ttyd', 'code-server'] as const

/** Terminals in a real browser, beside ttyd and code-server. */
export async function bench({ only, say }: BenchOptions): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { path: folder } = stack.use(await temporaryFolder())
  const browser = await startBrowser()
  stack.defer(() => browser.close())
  const contenders: Contenders = { ours: stack.use(await startOurs(browser, folder)) }
  const starts = {
    ttyd: () => startTtyd(browser),
    'code-server': () => startCodeServer(browser, folder, say),
  }
  for (const name of PEERS)
    try {
      contenders[name] = stack.use(await starts[name]())
    } catch (error) {
      say(
        `Without ${name}, which cannot be had here: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
      )
    }

  const rows: Row[] = []
  const wants = (part: string): boolean => part.includes(only)
  say('opening…')
  const opened = await each(contenders, OPENED, async ({ page, open }) => open && timeOpening(page, open))
  for (const contender of Object.values(contenders)) await prepare(contender)
  if (wants('open')) rows.push(...beside('click until the prompt', opened, { limit: 150 }))
  if (wants('echo')) {
    say('keys…')
    rows.push(...(await echo(contenders, 'idle')))
    for (const { page } of Object.values(contenders)) {
      await page.keyboard.type(`clear; ${BUSY}`)
      await page.keyboard.press('Enter')
    }
    rows.push(...(await echo(contenders, 'busy')))
    for (const { page } of Object.values(contenders)) {
      await page.keyboard.type('kill %1; wait; clear')
      await page.keyboard.press('Enter')
      await untilScreen(page, new RegExp(`${PROMPT} *$`))
    }
  }
  if (wants('flood')) {
    say('floods…')
    const seq = await floods(contenders, 'seq 1 2000000', FLOODS)
    rows.push(...beside('seq 1 2000000 until the prompt', seq, { ttyd: 1.1 }))
    const text = await floods(contenders, TEXT, 1)
    rows.push(...beside(`${MEGABYTES} MB of text until the prompt`, text, { ttyd: 1.1 }))
  }
  if (wants('interrupt')) {
    say('interrupts…')
    const times = await each(contenders, INTERRUPTS, interrupt)
    rows.push(...beside('Ctrl+C in yes until the prompt', times, { 'code-server': 1.2 }))
  }
  if (wants('memory')) {
    say('memory…')
    rows.push(...(await memory(contenders)))
  }
  return rows
}

/** Runs it in every contender, round by round; null is no sample. */
async function each(
  contenders: Contenders,
  rounds: number,
  work: (contender: Contender, round: number) => Promise<number | null>,
): Promise<Measured> {
  const measured: Measured = {}
  for (let round = 0; round < rounds; round += 1)
    for (const [name, contender] of Object.entries(contenders) as [ContenderName, Contender][]) {
      await contender.page.bringToFront()
      const time = await work(contender, round).catch(async (error: unknown) => {
        // Ours has to hold; a peer's page starts anew with another shell, which is what its users would have to do.
        if (name === 'ours') throw error
        console.error(`  ${name} lost its terminal in round ${round + 1}`)
        await contender.page.reload()
        await untilScreen(contender.page, /[$#>] *$/)
        await prepare(contender)
        return null
      })
      if (time !== null) (measured[name] ??= []).push(time)
    }
  return measured
}

/** One line for each peer; of one that is not there, an empty one. */
function beside(
  what: string,
  measured: Measured,
  targets: Partial<Record<(typeof PEERS)[number], number>> & { limit?: number },
): Row[] {
  const ours = measured.ours ?? []
  const rows = PEERS.map((peer) => row(what, 'ms', ours, peer, measured[peer] ?? [], targets[peer] ?? null))
  if (targets.limit !== undefined) rows.push(row(what, 'ms', ours, 'the limit', [targets.limit], 1))
  return rows
}

async function prepare({ page }: Contender): Promise<void> {
  await page.bringToFront()
  await page.evaluate(() => globalThis.screenWatch.focus())
  await page.keyboard.type(`unset PROMPT_COMMAND; set +m; PS1='${PROMPT} '; clear`)
  await page.keyboard.press('Enter')
  await untilScreen(page, new RegExp(`^${PROMPT} *$`))
}

async function echo(contenders: Contenders, state: string): Promise<Row[]> {
  const times = await each(contenders, KEYS, async ({ page }, round) => {
    // Or the line would wrap.
    if (round % 50 === 49) await emptyLine(page)
    // Keys do not come in step with the frames of the page.
    await page.waitForTimeout(5 + ((round * 7) % 30))
    return timeEcho(page, 'q')
  })
  for (const { page } of Object.values(contenders)) await emptyLine(page)
  const worst: Measured = {}
  for (const [name, samples] of Object.entries(times) as [ContenderName, Samples][])
    worst[name] = [percentile(samples, 0.99)]
  const what = `key until on the screen, ${state} terminal`
  return [...beside(what, times, { ttyd: 1.1 }), ...beside(`${what}, p99`, worst, { ttyd: 1.1 })]
}

async function emptyLine(page: Page): Promise<void> {
  await page.keyboard.press('Control+u')
  await untilScreen(page, new RegExp(`^${PROMPT} *$`))
}

async function floods(contenders: Contenders, command: string, rounds: number): Promise<Measured> {
  return each(contenders, rounds, async ({ page }, round) => {
    await page.keyboard.type(`clear; ${command}; echo do""ne ${round}`)
    return timePrompt(page, 'Enter', 'Enter', `done ${round}\n`)
  })
}

async function interrupt({ page }: Contender): Promise<number> {
  await page.keyboard.type('clear; yes')
  await page.keyboard.press('Enter')
  await untilScreen(page, /^y\ny\ny\ny\ny\ny\ny$/)
  // Long enough for a backlog.
  await page.waitForTimeout(1_500)
  return timePrompt(page, 'Control+c', 'c', '^C')
}

async function memory(contenders: Contenders): Promise<Row[]> {
  const megabytes: Record<number, Measured> = {}
  let open = 0
  for (const count of COUNTS) {
    const measured: Measured = (megabytes[count] = {})
    for (const [name, contender] of Object.entries(contenders) as [ContenderName, Contender][]) {
      if (!contender.fill) continue
      await contender.fill(count - open)
      measured[name] = [await megabytesOf(await contender.pids())]
    }
    open = count
  }
  return COUNTS.flatMap((count) => [
    row(
      `memory of the server, ${count} terminals`,
      'MB',
      megabytes[count]?.ours ?? [],
      'ttyd',
      megabytes[count]?.ttyd ?? [],
    ),
  ])
}
