import type { Template } from '@codenest/platform/protocol'
import { lazy, Show, Suspense, type JSX } from 'solid-js'
import { relativeTime } from '../../kernel/relative-time.ts'
import { repositoryLabel } from '../../kernel/repository-url.ts'
import { IconArrowRight } from '../../ui/icons.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import styles from './template-card.module.css'
import { TemplateIcon } from './template-icon.tsx'

const OwnTemplateMenu = lazy(async () => ({
  default: (await import('../templates/own-template-menu.tsx')).OwnTemplateMenu,
}))

interface TemplateCardProps {
  template: Template
  onChoose: () => void
  onChanged: () => void
}

export function TemplateCard(props: TemplateCardProps): JSX.Element {
  return (
    <li class={styles['place']} data-own={props.template.own ? '' : undefined}>
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
            <Show when={props.template.own}>{(own) => <span>{originOf(own())}</span>}</Show>
            <Show when={!props.template.own && props.template.run}>
              {(run) => <code class={styles['run']}>{run()}</code>}
            </Show>
            <Show when={props.template.ports[0]}>{(port) => <code>:{port()}</code>}</Show>
          </span>
        </span>
      </button>
      <Show when={props.template.own}>
        <span class={styles['menu']}>
          <Suspense>
            <OwnTemplateMenu template={props.template} onChanged={props.onChanged} />
          </Suspense>
        </span>
      </Show>
    </li>
  )
}

function originOf({ source }: NonNullable<Template['own']>): string {
  if ('workspace' in source) return `made of ${source.workspace}`
  const at = source.ref === undefined ? '' : ` at ${source.ref}`
  return `${repositoryLabel(source.repository)}${at}, fetched ${relativeTime(Date.parse(source.fetchedAt), Date.now())}`
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
