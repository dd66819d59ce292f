import type { TestPage } from './page.ts'

/** Escape sequences of a prompt and of programs that colour what they say. */
const COLOURS = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;?]*[a-zA-Z]`, 'g')
const SIZE = { cols: 500, rows: 50 }

/** A bash in a terminal of the workspace. */
export interface Bash {
  id: string
  /** Types a command and resolves to what it printed, without colours, when the next prompt could follow. */
  run(command: string): Promise<string>
  /** Types a command and does not wait. */
  type(command: string): Promise<void>
}

export async function openBash(page: TestPage): Promise<Bash> {
  const { id } = await page.request('terminals.create', SIZE)
  let seen = ''
  let noticed = Promise.withResolvers<void>()
  page.socket.on('terminals.output', (output) => {
    if (output.id !== id) return
    seen += output.data
    // It may be closed meanwhile.
    page.request('terminals.acknowledge', { id, chars: output.data.length }).catch(() => {})
    noticed.resolve()
    noticed = Promise.withResolvers()
  })
  page.socket.once('disconnect', () => {
    // Nobody may be waiting.
    noticed.promise.catch(() => {})
    noticed.reject(new Error('disconnected from the terminal'))
  })
  await page.request('terminals.attach', { id, ...SIZE })
  const type = async (command: string): Promise<void> => {
    await page.request('terminals.input', { id, data: `${command}\r` })
  }
  const waitFor = async (text: string): Promise<number> => {
    for (;;) {
      const at = seen.indexOf(text)
      if (at !== -1) return at
      await noticed.promise
    }
  }
  return {
    id,
    type,
    async run(command) {
      const mark = crypto.randomUUID()
      seen = ''
      // What is typed is echoed; the quotes keep the echo from being taken for the marks.
      await type(`echo "start"-${mark}; ${command}; echo "end"-${mark}`)
      const from = (await waitFor(`start-${mark}`)) + `start-${mark}`.length
      const to = await waitFor(`end-${mark}`)
      return seen.slice(from, to).replace(COLOURS, '').replaceAll('\r\n', '\n').trim()
    },
  }
}
