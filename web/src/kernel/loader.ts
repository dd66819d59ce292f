import { createSignal, type Accessor } from 'solid-js'
import { messageOf } from './errors.ts'

export interface Loader<T> {
  data: Accessor<T | undefined>
  error: Accessor<string | null>
  loading: Accessor<boolean>
  reload: () => void
}

/** Loads now and again on `reload`; of overlapping loads the last one asked for wins. Old data stays while reloading. */
export function createLoader<T>(load: () => Promise<T>): Loader<T> {
  const [data, setData] = createSignal<T>()
  const [error, setError] = createSignal<string | null>(null)
  const [loading, setLoading] = createSignal(true)
  let turn = 0

  const reload = () => {
    const mine = ++turn
    setLoading(true)
    load()
      .then(
        (value) => {
          if (mine !== turn) return
          setData(() => value)
          setError(null)
        },
        (reason: unknown) => {
          if (mine === turn) setError(messageOf(reason))
        },
      )
      .finally(() => {
        if (mine === turn) setLoading(false)
      })
  }

  reload()
  return { data, error, loading, reload }
}
