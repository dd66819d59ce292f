import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** `CODENEST_SHOTS=<folder>`: tests leave pictures of the states they pass, to be looked at. */
const FOLDER = process.env['CODENEST_SHOTS']

/** Runs in the page: until nothing moves any more, but for what never stops. */
const SETTLED = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => {
  const ending = document.getAnimations().filter((each) => each.effect.getTiming().iterations !== Infinity)
  return Promise.allSettled(ending.map((each) => each.finished)).then(() => undefined)
})`

/** Pictures in dark and in light, when somebody wants to see them. */
export async function takeShots(page: Page, name: string): Promise<void> {
  if (FOLDER === undefined) return
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(SETTLED)
    await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: 'dark' })
}
