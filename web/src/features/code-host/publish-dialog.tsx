import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import type { CodeHostModel } from '../../kernel/code-host.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import styles from './code-host.module.css'
import { hostName } from './host-name.ts'

const VISIBILITIES = [
  { value: 'private', label: 'Private' },
  { value: 'public', label: 'Public' },
] as const

interface PublishDialogProps {
  host: string
  suggested: string
  branch: string
  model: CodeHostModel
  onClose: () => void
}

/** A new repository of one's own, or of an organization, with the branch that is checked out. */
export function PublishDialog(props: PublishDialogProps): JSX.Element {
  const { api, toasts } = useApp()
  const { id } = useSession()
  const [name, setName] = createSignal(props.suggested)
  const [description, setDescription] = createSignal('')
  const [visibility, setVisibility] = createSignal<(typeof VISIBILITIES)[number]['value']>('private')
  const publish = async (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = {
      name: name().trim(),
      description: description().trim(),
      private: visibility() === 'private',
      branch: props.branch,
    }
    const made = await props.model.act('publish', () => api.publish(id, wanted))
    if (!made) return
    toasts.show({ tone: 'info', title: `Published as ${made.name}` })
    props.onClose()
  }
  return (
    <Dialog
      open
      onClose={() => props.onClose()}
      width={460}
      title={`Publish to ${hostName(props.host)}`}
      description={`A new repository with the commits of ${props.branch}. Saves stay here, and so does what is not committed.`}
    >
      <form class={styles['form']} onSubmit={(event) => void publish(event)} novalidate>
        <Field
          label="Name"
          hint={`${props.model.account()?.login ?? ''}/${name().trim()}, or organization/name for another owner.`}
          error={props.model.trouble()?.message}
        >
          {({ id: field, describedBy, invalid }) => (
            <TextInput
              id={field}
              name="name"
              aria-describedby={describedBy}
              invalid={invalid}
              value={name()}
              onInput={(event) => {
                setName(event.currentTarget.value)
                props.model.dismiss()
              }}
            />
          )}
        </Field>
        <Field label="Description" optional>
          {({ id: field, describedBy }) => (
            <TextInput
              id={field}
              name="description"
              aria-describedby={describedBy}
              maxLength={350}
              value={description()}
              onInput={(event) => setDescription(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class={styles['visibility']}>
          <Segmented
            label="Who may see it"
            options={VISIBILITIES}
            value={visibility()}
            onChange={setVisibility}
          />
          <Show
            when={visibility() === 'private'}
            fallback={<span>Everybody can see it, and all that was ever committed.</span>}
          >
            <span>Only those whom you invite can see it.</span>
          </Show>
        </div>
        <DialogActions>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button
            type="submit"
            tone="solid"
            busy={props.model.busy() === 'publish'}
            disabled={name().trim() === ''}
          >
            Publish
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
