import type { Template } from '@codenest/platform/protocol'
import { Show, type JSX } from 'solid-js'
import { IconArrowRight } from '../../ui/icons.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import styles from './template-card.module.css'
import { TemplateIcon } from './template-icon.tsx'

export function TemplateCard(props: { template: Template; onChoose: () => void }): JSX.Element {
  return (
    <li>
      <button
        type="button"
        class={styles['card']}
        data-testid="template-card"
        data-template={props.template.name}
        disabled={props.template.problem !== null}
        onClick={() => props.onChoose()}
      >
        <TemplateIcon name={props.template.icon} />
        <span class={styles['text']}>
          <span class={styles['title']}>
            {props.template.title}
            <IconArrowRight size={14} class={styles['arrow']} aria-hidden="true" />
          </span>
          <Show
            when={props.template.problem}
            fallback={<span class={styles['description']}>{props.template.description}</span>}
          >
            {(problem) => <span class={styles['problem']}>{problem()}</span>}
          </Show>
          <span class={styles['facts']}>
            <Show when={props.template.run}>{(run) => <code class={styles['run']}>{run()}</code>}</Show>
            <Show when={props.template.ports[0]}>{(port) => <code>:{port()}</code>}</Show>
          </span>
        </span>
      </button>
    </li>
  )
}

export function TemplateCardSkeleton(): JSX.Element {
  return (
    <li class={styles['card']} aria-hidden="true">
      <Skeleton width="36px" height="36px" radius="8px" />
      <span class={styles['text']}>
        <Skeleton width="45%" height="14px" />
        <Skeleton width="90%" height="12px" />
        <Skeleton width="60%" height="12px" />
      </span>
    </li>
  )
}
