import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js'

/** A stage of a start takes a second or two; after this many milliseconds one wonders. */
const USUAL_MILLISECONDS = 10_000

/** True when a stage has taken longer than usual; `step` is null while nothing starts. */
export function createSlowness(step: Accessor<number | null>): Accessor<boolean> {
  const [isSlow, setSlow] = createSignal(false)
  createEffect(
    on(createMemo(step), (current) => {
      setSlow(false)
      if (current === null) return
      const timer = setTimeout(() => setSlow(true), USUAL_MILLISECONDS)
      onCleanup(() => clearTimeout(timer))
    }),
  )
  return isSlow
}
