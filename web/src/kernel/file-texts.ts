import type { Api } from './api.ts'
import { NotShownError } from './errors.ts'

export interface FileTexts {
  /** The text of a file at a save or commit; null when it is not there. Rejects with a reason to show. */
  load: (commit: string, path: string, signal: AbortSignal) => Promise<string | null>
  /** Loads it before it is wanted, if nothing else is being loaded so. */
  prefetch: (commits: string[], path: string) => void
}

/** Texts that are kept; each is at most as large as the editor opens. */
const KEPT = 60
/** Who runs through many saves asks for most of them in passing: those are not fetched. Milliseconds. */
const PASSING_MILLISECONDS = 60

/** Texts of saves and commits never change: each is fetched once while it is remembered. */
export function createFileTexts(api: Api, workspace: string): FileTexts {
  const kept = new Map<string, Promise<string | null>>()
  let prefetching = new AbortController()

  const fetchText = (commit: string, path: string, signal: AbortSignal) =>
    readText(api, workspace, commit, path, signal)
  const remember = (key: string, text: Promise<string | null>) => {
    kept.delete(key)
    kept.set(key, text)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    // What failed or was given up is asked again the next time.
    text.catch(() => kept.get(key) === text && kept.delete(key))
    return text
  }

  return {
    load: async (commit, path, signal) => {
      const key = `${commit} ${path}`
      const known = kept.get(key)
      // A text that is being prefetched may be given up by others: then it is asked for anew.
      if (known) return remember(key, known).catch(() => fetchText(commit, path, signal))
      await pause(PASSING_MILLISECONDS, signal)
      return remember(key, fetchText(commit, path, signal))
    },
    prefetch: (commits, path) => {
      prefetching.abort()
      prefetching = new AbortController()
      for (const commit of commits) {
        const key = `${commit} ${path}`
        if (!kept.has(key)) void remember(key, fetchText(commit, path, prefetching.signal))
      }
    },
  }
}

/** Rejects with `NotShownError` when the file is no text, or too large. */
export async function readText(
  api: Api,
  workspace: string,
  commit: string,
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { content, problem } = await api.fileAt(workspace, commit, path, signal)
  if (problem === null) return content
  throw new NotShownError(
    `${path} cannot be shown. ${problem} It can be restored and downloaded all the same.`,
  )
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
