// Parts of it run in the page.
/// <reference lib="dom" />
import type { Page } from 'playwright-core'

/** What a terminal says when it is ready, in all contenders. */
export const PROMPT = 'READY>'

interface Watch {
  /** Notes when the key goes down, and when the text of the screen passes for the first time after that. */
  arm(key: string, passes: (text: string) => boolean): void
  /** Notes the next click or key, and when a terminal that was not there before shows a shell's prompt. */
  armOpening(): void
  /** Milliseconds from the one to the other. */
  result: Promise<number>
  text(): string
  focus(): void
}

declare global {
  var screenWatch: Watch
}

/** Runs in the page, before its own scripts: xterm's DOM renderer is what all contenders use. */
export function watchScreen(): void {
  const rows = (): Element | undefined =>
    [...document.querySelectorAll('.xterm-rows')].find((each) => each.getBoundingClientRect().width > 0)
  // Spaces are drawn as ones that do not break.
  const text = (): string =>
    [...(rows()?.children ?? [])].map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd()).join('\n')
  const watch = (begins: (event: Event) => boolean, passes: () => boolean): void => {
    globalThis.screenWatch.result = new Promise((resolve) => {
      const events = ['keydown', 'click']
      const onEvent = (event: Event): void => {
        if (!begins(event)) return
        for (const name of events) window.removeEventListener(name, onEvent, { capture: true })
        const began = performance.now()
        const observer = new MutationObserver(() => {
          if (!passes()) return
          observer.disconnect()
          resolve(performance.now() - began)
        })
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
      }
      for (const name of events) window.addEventListener(name, onEvent, { capture: true })
    })
  }
  globalThis.screenWatch = {
    text,
    focus: () => rows()?.closest('.xterm')?.querySelector('textarea')?.focus(),
    result: Promise.resolve(0),
    arm: (key, passes) =>
      watch(
        (event) => event instanceof KeyboardEvent && event.key === key,
        () => passes(text()),
      ),
    armOpening() {
      const known = new Set(document.querySelectorAll('.xterm'))
      const isNew = (): boolean => {
        const terminal = rows()?.closest('.xterm')
        return terminal !== null && terminal !== undefined && !known.has(terminal)
      }
      watch(
        (event) => !(event instanceof KeyboardEvent && ['Control', 'Shift'].includes(event.key)),
        () => isNew() && /[$#] *$/m.test(text()),
      )
    },
  }
}

/** Milliseconds from the key until it stands on the screen once more than before. */
export async function timeEcho(page: Page, key: string): Promise<number> {
  await page.evaluate((pressed) => {
    const count = (text: string): number => text.split(pressed).length
    const before = count(globalThis.screenWatch.text())
    globalThis.screenWatch.arm(pressed, (text) => count(text) > before)
  }, key)
  await page.keyboard.press(key)
  return result(page)
}

/** Milliseconds from a key (with what is held down with it) until there is a prompt below `marker`. */
export async function timePrompt(page: Page, press: string, key: string, marker: string): Promise<number> {
  await page.evaluate(
    ([name, prompt, behind]) => {
      globalThis.screenWatch.arm(name, (text) => {
        const rest = text.slice(text.lastIndexOf(behind) + behind.length)
        return text.includes(behind) && rest.trim() === prompt
      })
    },
    [key, PROMPT, marker] as const,
  )
  await page.keyboard.press(press)
  return result(page)
}

/** Milliseconds from the click or key by which a terminal is opened until its shell's prompt is on the screen. */
export async function timeOpening(page: Page, open: () => Promise<void>): Promise<number> {
  await page.evaluate(() => globalThis.screenWatch.armOpening())
  await open()
  return result(page)
}

const PATIENCE_MS = 60_000

/** Throws when it does not come: a terminal that lost its session never shows a prompt again. */
async function result(page: Page): Promise<number> {
  const never = AbortSignal.timeout(PATIENCE_MS)
  const lost = new Promise<never>((_, reject) => {
    never.addEventListener(
      'abort',
      () =>
        void page
          .evaluate(() => globalThis.screenWatch.text())
          .then((text) => reject(new Error(`the terminal did not answer; it shows:\n${text}`))),
      { once: true },
    )
  })
  return Promise.race([page.evaluate(() => globalThis.screenWatch.result), lost])
}

/** Resolves when the text of the screen fits. */
export async function untilScreen(page: Page, pattern: RegExp): Promise<void> {
  await page.waitForFunction(
    (source) => new RegExp(source, 'm').test(globalThis.screenWatch.text()),
    pattern.source,
    { timeout: 60_000, polling: 20 },
  )
}
