import type { TemplateUpdatePlan } from '@codenest/platform/protocol'
import { For, Show, type JSX } from 'solid-js'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { FileIcon } from '../explorer/file-icon.tsx'
import styles from './template-update.module.css'

const LETTERS = { added: 'A', modified: 'M', deleted: 'D' } as const

/** What the template changed since it was last taken. */
export function ChangedByTemplate(props: { plan: TemplateUpdatePlan }): JSX.Element {
  const count = () => props.plan.files.length
  return (
    <>
      <section>
        <h3>{count() === 1 ? '1 file changes' : `${count() || 'No'} files change`}</h3>
        <Show when={count() > 0}>
          <ul class={styles['files']} aria-label="Files that change" tabindex="0">
            <For each={props.plan.files}>
              {({ path, status }) => (
                <li title={path}>
                  <FileIcon name={baseName(path)} />
                  <span class={styles['name']}>{baseName(path)}</span>
                  <span class={styles['folder']}>{parentOf(path)}</span>
                  <abbr data-status={status} title={status}>
                    {LETTERS[status]}
                  </abbr>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </section>
      <Show when={props.plan.launch}>
        {(launch) => (
          <section>
            <h3>
              How it is run <span>from the next start of the workspace</span>
            </h3>
            <dl class={styles['launch']}>
              <dt>Now</dt>
              <dd>{describe(launch().before)}</dd>
              <dt>Then</dt>
              <dd>{describe(launch().after)}</dd>
            </dl>
          </section>
        )}
      </Show>
    </>
  )
}

function describe({ run, ports }: NonNullable<TemplateUpdatePlan['launch']>['before']): string {
  const where = ports.length === 0 ? 'no port' : `port ${ports.join(', ')}`
  return `${run ?? 'nothing'} (${where})`
}
