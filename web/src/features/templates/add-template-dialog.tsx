import { describePlace, readPlace } from '@codenest/platform/repository-place'
import type { Template } from '@codenest/platform/protocol'
import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import { repositoryProblem } from '../../kernel/repository-place.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Refusal } from '../../ui/refusal.tsx'
import styles from './template-dialog.module.css'

const IntroduceDialog = lazy(async () => ({
  default: (await import('../dashboard/introduce-dialog.tsx')).IntroduceDialog,
}))

const ASKS = new Set(['repository_private', 'repository_credentials_refused'])
/** Refusals of what is a repository all the same. */
const NO_TEMPLATE = new Set(['no_template', 'template_too_large', 'repository_too_large'])

interface AddTemplateDialogProps {
  onClose: () => void
  onAdded: (template: Template) => void
}

/** Brings a template repository of somebody else's by its address. */
export function AddTemplateDialog(props: AddTemplateDialogProps): JSX.Element {
  const { api, workspaces } = useApp()
  const navigate = useNavigate()
  const [url, setUrl] = createSignal('')
  const [gitRef, setGitRef] = createSignal('')
  const [wrong, setWrong] = createSignal<string | null>(null)
  const [refusal, setRefusal] = createSignal<{ message: string; isRepository: boolean } | null>(null)
  /** Why the host wants to know who asks. */
  const [asked, setAsked] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal<'add' | 'open' | null>(null)
  const place = createMemo(() => (url().trim() === '' ? null : readPlace(url()).place))
  const source = () => {
    const [repository, ref] = [url().trim(), gitRef().trim()]
    return ref === '' ? { repository } : { repository, ref }
  }

  const add = async () => {
    setRefusal(null)
    const problem = repositoryProblem(url().trim())
    setWrong(problem)
    if (problem || busy()) return
    setBusy('add')
    try {
      props.onAdded(await api.createTemplate(source()))
    } catch (error) {
      const code = error instanceof ApiError ? error.problem.code : ''
      if (ASKS.has(code)) setAsked(messageOf(error))
      else setRefusal({ message: messageOf(error), isRepository: NO_TEMPLATE.has(code) })
    } finally {
      setBusy(null)
    }
  }
  const openInstead = async () => {
    setBusy('open')
    try {
      const workspace = await api.create({ source: source() })
      workspaces.put(workspace)
      navigate(`/w/${workspace.id}`)
    } catch (error) {
      setRefusal({ message: messageOf(error), isRepository: false })
      setBusy(null)
    }
  }
  const change = (set: (value: string) => void) => (event: { currentTarget: HTMLInputElement }) => {
    set(event.currentTarget.value)
    setWrong(null)
    setRefusal(null)
  }

  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Add a template by its address"
      description="A Git repository with a template.yaml at its root. Only you see it, under “My templates”, and its commands wait until you trust them."
      width={520}
    >
      <form
        class={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
        novalidate
      >
        <Field
          label="Address"
          hint={((found) => (found ? describePlace(found) : 'As git clone takes it, or a link to a branch.'))(
            place(),
          )}
          error={wrong() ?? undefined}
        >
          {(ids) => (
            <TextInput
              id={ids.id}
              type="url"
              name="template-repository"
              placeholder="https://github.com/owner/template"
              aria-describedby={ids.describedBy}
              invalid={ids.invalid}
              value={url()}
              onInput={change(setUrl)}
            />
          )}
        </Field>
        <Field label="Branch, tag or commit" optional hint="Left empty, it follows the default branch.">
          {(ids) => (
            <TextInput
              id={ids.id}
              name="template-ref"
              aria-describedby={ids.describedBy}
              value={gitRef()}
              onInput={change(setGitRef)}
            />
          )}
        </Field>
        <Show when={refusal()}>
          {(refused) => (
            <Show when={refused().isRepository} fallback={<Refusal>{refused().message}</Refusal>}>
              <div class={styles['instead']} role="alert">
                {refused().message}
                <Button size="sm" busy={busy() === 'open'} onClick={() => void openInstead()}>
                  Open as a repository
                </Button>
              </div>
            </Show>
          )}
        </Show>
        <DialogActions>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button type="submit" tone="solid" busy={busy() === 'add'}>
            Add template
          </Button>
        </DialogActions>
      </form>
      <Suspense>
        <Show when={asked()}>
          {(reason) => (
            <IntroduceDialog
              repository={url().trim()}
              reason={reason()}
              action="Add template"
              onClose={() => setAsked(null)}
              onKnown={() => {
                setAsked(null)
                void add()
              }}
            />
          )}
        </Show>
      </Suspense>
    </Dialog>
  )
}
