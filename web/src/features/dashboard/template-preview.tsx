import type { TemplatePreview as Preview } from '@codenest/platform/protocol'
import { createMemo, createSignal, For, Show, type JSX } from 'solid-js'
import { formatBytes } from '../../kernel/bytes.ts'
import { previewRows } from '../../kernel/preview-tree.ts'
import { IconChevronDown } from '../../ui/icons.ts'
import styles from './template-preview.module.css'

/** A dry run: the files that a workspace would begin with, and what is in them. */
export function TemplatePreview(props: { preview: Preview }): JSX.Element {
  const rows = createMemo(() => previewRows(props.preview.files.map(({ path }) => path)))
  const first = () => props.preview.files.find(({ path }) => path === 'README.md') ?? props.preview.files[0]
  const [chosen, choose] = createSignal<string | null>(null)
  const file = () => props.preview.files.find(({ path }) => path === chosen()) ?? first()
  const total = () => props.preview.files.reduce((sum, { size }) => sum + size, 0)

  return (
    <div class={styles['preview']}>
      <p class={styles['summary']}>
        {props.preview.files.length} files, {formatBytes(total())}
        <Show when={props.preview.run}>
          {(run) => (
            <>
              , run by <code>{run()}</code>
            </>
          )}
        </Show>
      </p>
      <div class={styles['panes']}>
        <ul class={styles['tree']} aria-label="Files">
          <For each={rows()}>
            {(row) => (
              <li style={{ '--depth': row.depth }}>
                <Show
                  when={row.path}
                  fallback={
                    <span class={styles['folder']}>
                      <IconChevronDown size={12} aria-hidden="true" />
                      {row.label}
                    </span>
                  }
                >
                  {(path) => (
                    <button
                      type="button"
                      aria-current={file()?.path === path() ? 'true' : undefined}
                      onClick={() => choose(path())}
                    >
                      {row.label}
                    </button>
                  )}
                </Show>
              </li>
            )}
          </For>
        </ul>
        <Show when={file()}>
          {(shown) => (
            <section class={styles['file']} aria-label={shown().path}>
              <header>
                <span class={styles['path']}>{shown().path}</span>
                <span>
                  {shown().mode === '100755' ? 'executable, ' : shown().mode === '120000' ? 'link, ' : ''}
                  {formatBytes(shown().size)}
                </span>
              </header>
              <Show
                when={shown().content !== null}
                fallback={<p class={styles['none']}>This file is not text, or too large to be shown here.</p>}
              >
                <pre tabindex="0">{shown().content}</pre>
              </Show>
            </section>
          )}
        </Show>
      </div>
    </div>
  )
}
