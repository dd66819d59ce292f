import { Match, Show, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { formatBytes } from '../../kernel/bytes.ts'
import { RunnerError } from '../../kernel/errors.ts'
import { baseName } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { EditorNotice } from './editor-notice.tsx'

/** Above the text, when the active file needs a decision. */
export function ConflictBar(): JSX.Element {
  const { toasts } = useApp()
  const { connection, diffs, documents, links, tabs } = useSession()
  const path = () => tabs.active() ?? ''
  const view = () => {
    const current = documents.views[path()]
    return current?.phase === 'open' ? current : null
  }
  const resolve = (choice: 'keep' | 'reload') => {
    documents.resolve(path(), choice).catch(toasts.failed('That did not work'))
  }
  const keep = (label: string) => (
    <Button size="sm" tone="solid" onClick={() => resolve('keep')}>
      {label}
    </Button>
  )

  const compare = () => {
    const at = path()
    diffs.open({
      id: `disk:${at}`,
      title: `${baseName(at)} (on disk)`,
      path: at,
      original: {
        label: 'On disk',
        load: async () => {
          try {
            return (await connection.request('files.read', { path: at })).content
          } catch (error) {
            if (error instanceof RunnerError && error.code === 'not_found') return null
            throw error
          }
        },
      },
      modified: { label: 'Your edits', live: true },
    })
  }

  return (
    <Switch>
      <Match when={view()?.status === 'conflict'}>
        <EditorNotice
          role="alert"
          actions={
            <Show
              when={view()?.deleted}
              fallback={
                <>
                  <Button size="sm" onClick={compare}>
                    Compare
                  </Button>
                  <Button size="sm" onClick={() => resolve('reload')}>
                    Take theirs
                  </Button>
                  {keep('Keep mine')}
                </>
              }
            >
              <Button size="sm" onClick={() => tabs.removed(path())}>
                Give up my edits
              </Button>
              {keep('Keep mine')}
            </Show>
          }
        >
          <strong>{baseName(path())}</strong> was {view()?.deleted ? 'deleted' : 'changed'} on disk while you
          edited it. Your edits are not saved.
        </EditorNotice>
      </Match>
      <Match when={view()?.status === 'refused'}>
        <EditorNotice
          role="alert"
          actions={
            <>
              <Button size="sm" onClick={() => resolve('reload')}>
                Take what is on disk
              </Button>
              {keep('Try again')}
            </>
          }
        >
          <strong>{baseName(path())}</strong> was not written: {view()?.problem}
        </EditorNotice>
      </Match>
      <Match when={view()?.large}>
        {(size) => (
          <EditorNotice
            role="status"
            actions={
              <>
                <Button size="sm" onClick={() => void documents.reopen(path())}>
                  Read again
                </Button>
                <Button
                  size="sm"
                  onClick={() => void links.download(path()).catch(toasts.failed('It was not downloaded'))}
                >
                  Download
                </Button>
              </>
            }
          >
            <strong>{baseName(path())}</strong> has {formatBytes(size())}: it is shown as it was when it was
            opened, and is too large to be edited here.
          </EditorNotice>
        )}
      </Match>
      <Match when={view()?.deleted}>
        <EditorNotice
          role="status"
          actions={
            <>
              <Button size="sm" onClick={() => resolve('keep')}>
                Put it back
              </Button>
              <Button size="sm" onClick={() => tabs.removed(path())}>
                Close
              </Button>
            </>
          }
        >
          <strong>{baseName(path())}</strong> was deleted on disk. Its text is still here.
        </EditorNotice>
      </Match>
    </Switch>
  )
}
