import { createEffect } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'

/** Shows what a repository would run as soon as that is known: once for each thing that it asks for. */
export function askForTrust(open: () => void): void {
  const { setup, readiness } = useSession()
  const asked = new Set<string>()
  createEffect(() => {
    const digest = setup.status()?.digest ?? null
    if (digest === null || !readiness.isReady() || !setup.asks() || asked.has(digest)) return
    asked.add(digest)
    open()
  })
}
