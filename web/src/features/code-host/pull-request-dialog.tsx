import { createEffect, createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import type { CodeHostModel } from '../../kernel/code-host.ts'
import { createLoader } from '../../kernel/loader.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, inputClass, TextInput } from '../../ui/field.tsx'
import styles from './code-host.module.css'

interface PullRequestDialogProps {
  branch: string
  /** `owner/name` that is asked to take it. */
  base: string
  into: string
  model: CodeHostModel
  onClose: () => void
}

/** Asks to merge the branch. What its commits say is filled in, and one's own words stay. */
export function PullRequestDialog(props: PullRequestDialogProps): JSX.Element {
  const { api, toasts } = useApp()
  const { id } = useSession()
  const draft = createLoader(() => api.pullRequestDraft(id, props.branch, props.into))
  const [into, setInto] = createSignal(props.into)
  const [title, setTitle] = createSignal('')
  const [body, setBody] = createSignal('')
  const [isDraft, setIsDraft] = createSignal(false)
  createEffect(() => {
    const suggested = draft.data()
    if (!suggested) return
    setTitle((own) => own || suggested.title)
    setBody((own) => own || suggested.body)
  })
  const commits = () => draft.data()?.commits
  const open = async (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = {
      branch: props.branch,
      into: into().trim(),
      title: title().trim(),
      body: body(),
      draft: isDraft(),
    }
    const opened = await props.model.act('pull-request', () => api.openPullRequest(id, wanted))
    if (!opened) return
    toasts.show({ tone: 'info', title: `Opened pull request #${opened.number}`, detail: opened.title })
    props.onClose()
  }
  return (
    <Dialog
      open
      onClose={() => props.onClose()}
      width={560}
      title="Create a pull request"
      description={
        <>
          {props.branch} into {props.base}
          <Show when={commits()}>{(count) => `: ${count()} commit${count() === 1 ? '' : 's'}`}</Show>
        </>
      }
    >
      <form class={styles['form']} onSubmit={(event) => void open(event)} novalidate>
        <Field label="Title" error={props.model.trouble()?.message ?? draft.error() ?? undefined}>
          {({ id: field, describedBy, invalid }) => (
            <TextInput
              id={field}
              name="title"
              data-autofocus
              aria-describedby={describedBy}
              invalid={invalid}
              maxLength={256}
              placeholder={draft.loading() ? 'Reading the commits…' : 'Title'}
              value={title()}
              onInput={(event) => {
                setTitle(event.currentTarget.value)
                props.model.dismiss()
              }}
            />
          )}
        </Field>
        <Field label="Description" optional>
          {({ id: field, describedBy }) => (
            <textarea
              id={field}
              name="body"
              class={`${inputClass} ${styles['description']}`}
              rows={7}
              aria-describedby={describedBy}
              value={body()}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class={styles['into']}>
          <Field label="Into branch">
            {({ id: field, describedBy }) => (
              <TextInput
                id={field}
                name="into"
                mono
                aria-describedby={describedBy}
                value={into()}
                onInput={(event) => setInto(event.currentTarget.value)}
              />
            )}
          </Field>
          <label class={styles['draft']}>
            <input
              type="checkbox"
              checked={isDraft()}
              onChange={(event) => setIsDraft(event.currentTarget.checked)}
            />
            Draft: not ready for review yet
          </label>
        </div>
        <DialogActions>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button
            type="submit"
            tone="solid"
            busy={props.model.busy() === 'pull-request'}
            disabled={title().trim() === '' || into().trim() === ''}
          >
            Create pull request
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
