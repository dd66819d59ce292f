import { createSignal, Match, onCleanup, Show, Switch, type JSX } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconCollapse, IconFilePlus, IconFolderPlus, IconUpload } from '../../ui/icons.ts'
import { baseName } from '../../kernel/paths.ts'
import { createExplorerModel } from './explorer-model.ts'
import styles from './explorer.module.css'
import { FileTree } from './file-tree.tsx'
import { TreeSkeleton } from './tree-skeleton.tsx'

export function Explorer(): JSX.Element {
  const { commands, files, layout, readiness, tabs } = useSession()
  const model = createExplorerModel()
  const [hasFocus, setHasFocus] = createSignal(false)
  const create = (what: 'file' | 'folder') => () => {
    layout.set({ sideBar: true, pane: 'files' })
    model.startCreate(what)
  }
  const upload = (what: 'files' | 'folder') => () => model.uploads.pick(what, model.folder())
  const unregister = commands.register([
    { id: 'file.new', title: 'File: New', keys: ['Alt+N'], when: readiness.isReady, run: create('file') },
    { id: 'folder.new', title: 'File: New Folder', when: readiness.isReady, run: create('folder') },
    { id: 'file.upload', title: 'File: Upload Files…', when: readiness.isReady, run: upload('files') },
    { id: 'folder.upload', title: 'File: Upload a Folder…', when: readiness.isReady, run: upload('folder') },
    {
      id: 'file.download',
      title: 'File: Download',
      when: () => readiness.isReady() && tabs.active() !== null,
      run: () => model.download(tabs.active() ?? ''),
    },
  ])
  onCleanup(unregister)
  const failure = () => {
    const root = files.root()
    return root?.state === 'failed' ? root.message : null
  }

  return (
    <section
      class={styles['explorer']}
      aria-label="Explorer"
      data-focus={hasFocus()}
      onFocusIn={() => setHasFocus(true)}
      onFocusOut={() => setHasFocus(false)}
    >
      <header class={styles['header']}>
        <h2 class={styles['title']}>Files</h2>
        <div class={styles['tools']}>
          <IconButton
            label="New file"
            disabled={!readiness.isReady()}
            onClick={() => model.startCreate('file')}
          >
            <IconFilePlus size={15} />
          </IconButton>
          <IconButton
            label="New folder"
            disabled={!readiness.isReady()}
            onClick={() => model.startCreate('folder')}
          >
            <IconFolderPlus size={15} />
          </IconButton>
          <IconButton
            label="Upload files"
            disabled={!readiness.isReady()}
            onClick={() => model.uploads.pick('files', model.folder())}
          >
            <IconUpload size={15} />
          </IconButton>
          <IconButton label="Collapse all" onClick={files.collapseAll}>
            <IconCollapse size={15} />
          </IconButton>
        </div>
      </header>
      <Switch fallback={<TreeSkeleton />}>
        <Match when={failure()}>{(message) => <p class={styles['failed']}>{message()}</p>}</Match>
        <Match when={files.root()?.state === 'ready'}>
          <Show
            when={files.rows().length > 0 || model.edit()}
            fallback={
              <div
                class={styles['empty']}
                onDragOver={(event) => event.preventDefault()}
                onDrop={(event) => {
                  event.preventDefault()
                  if (event.dataTransfer) model.uploads.drop(event.dataTransfer, '')
                }}
              >
                <p>This workspace is empty. Make a file, or drop some here.</p>
                <Button size="sm" onClick={() => model.startCreate('file')}>
                  New file
                </Button>
              </div>
            }
          >
            <FileTree model={model} />
          </Show>
        </Match>
      </Switch>
      <Show when={model.uploads.status()}>
        {(status) => <Dynamic component={status().view} uploads={status().uploads} />}
      </Show>
      <Show when={model.doomed()}>
        {(row) => (
          <ConfirmDialog
            open
            title={`Delete ${baseName(row().path)}?`}
            description={
              row().ignored
                ? 'Git ignores it, so no save has a copy: it cannot be brought back.'
                : row().kind === 'folder'
                  ? 'The folder and everything in it are deleted. The last save still has them.'
                  : 'The file is deleted. The last save still has it.'
            }
            action="Delete"
            onConfirm={() => model.confirmDelete()}
            onClose={() => model.cancelDelete()}
          />
        )}
      </Show>
    </section>
  )
}
