import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** What opens an app in a tab of its own, signed in. */
export function useOpenInTab(): (port: number, path?: string) => void {
  const { toasts } = useApp()
  const { previews } = useSession()
  return (port, path) => {
    // Opened at once, because a browser allows a new tab only as the answer to a click.
    const tab = window.open('about:blank', '_blank')
    // The app in there is not ours: it must not reach back to this page.
    if (tab) tab.opener = null
    previews.signedUrl(port, path).then(
      (url) => {
        if (tab) tab.location.href = url
      },
      (error: unknown) => {
        tab?.close()
        toasts.failed('The preview could not be opened')(error)
      },
    )
  }
}
