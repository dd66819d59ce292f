import { useNavigate, useSearchParams } from '@solidjs/router'
import type { Template } from '@codenest/platform/protocol'
import { createEffect, createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createLoader } from '../../kernel/loader.ts'
import styles from './dashboard.module.css'
import { DashboardHeader } from './dashboard-header.tsx'
import { LoadFailed } from './load-failed.tsx'
import { TemplateGallery, type TemplateView } from './template-gallery.tsx'
import { WorkspaceTable } from './workspace-table.tsx'

const YourRepositories = lazy(async () => ({
  default: (await import('../code-host/your-repositories.tsx')).YourRepositories,
}))
const CreateDialog = lazy(async () => {
  const { CreateDialog } = await import('./create-dialog.tsx')
  return { default: CreateDialog }
})

/** Whoever goes straight to a workspace reads no links. */
const OpenRepository = lazy(async () => {
  const { OpenRepository } = await import('./open-repository.tsx')
  return { default: OpenRepository }
})

export function Dashboard(): JSX.Element {
  const { api, session, toasts } = useApp()
  const navigate = useNavigate()
  const [query] = useSearchParams<{
    template?: string
    templates?: string
    url?: string
    ref?: string
  }>()
  const templates = createLoader(api.templates)
  const [chosen, choose] = createSignal<Template | null>(null)
  /** `/?templates=mine` is a link to one's own. */
  const [view, setView] = createSignal<TemplateView>(query.templates === 'mine' ? 'mine' : 'all')
  let gallery: HTMLElement | undefined
  document.title = 'CodeNest'

  // `/new?template=name` is a link to the form of one template.
  createEffect(() => {
    const linked = templates
      .data()
      ?.find((template) => template.name === query.template && template.problem === null)
    if (linked) choose(linked)
  })

  return (
    <div class={styles['page']}>
      <DashboardHeader />
      <main class={styles['main']}>
        <section class={styles['hero']}>
          <h1>Pick a stack. Be coding in a second.</h1>
          <p>Every save is a Git commit, and “Saved” means that it is durable in your own bucket.</p>
          <div class={styles['open']}>
            <Suspense>
              <OpenRepository url={query.url ?? ''} gitRef={query.ref ?? ''} />
            </Suspense>
          </div>
          <Suspense>
            <Show when={session.data()?.codeHost}>{(host) => <YourRepositories host={host()} />}</Show>
          </Suspense>
        </section>

        <WorkspaceTable
          onTemplate={(template) => {
            templates.reload()
            toasts.show({
              tone: 'info',
              title: `${template.title} is a template now`,
              detail: 'It is under “My templates”.',
              action: {
                label: 'Show it',
                run() {
                  setView('mine')
                  gallery?.scrollIntoView({ behavior: 'smooth' })
                },
              },
            })
          }}
        />

        <section ref={(element) => (gallery = element)} aria-labelledby="templates-title">
          <h2 id="templates-title" class={styles['heading']}>
            Start from a template
          </h2>
          <Show when={templates.error()}>
            {(message) => (
              <LoadFailed
                what="The templates could not be loaded."
                message={message()}
                onRetry={templates.reload}
              />
            )}
          </Show>
          <Show when={!templates.error()}>
            <TemplateGallery
              templates={templates.data()}
              loading={templates.loading()}
              view={view()}
              onView={setView}
              onChoose={choose}
              onChanged={templates.reload}
            />
          </Show>
        </section>
      </main>

      <Suspense>
        <Show when={chosen()}>
          {(template) => (
            <CreateDialog
              template={template()}
              onClose={() => choose(null)}
              onCreated={(workspace) => navigate(`/w/${workspace.id}`)}
            />
          )}
        </Show>
      </Suspense>
    </div>
  )
}
