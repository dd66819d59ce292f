import { useNavigate } from '@solidjs/router'
import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { useHistory } from './model.ts'
import { nameOf } from './times.ts'

/** Makes a workspace of its own out of a save or commit. */
export function ForkDialog(): JSX.Element {
  const { api, workspaces } = useApp()
  const { ask, place, wish } = useHistory()
  const navigate = useNavigate()
  const [name, setName] = createSignal('')
  const [busy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<string | undefined>()
  const asked = () => {
    const current = wish()
    return current?.what === 'fork' ? current : null
  }
  const close = () => {
    setProblem()
    setName('')
    ask(null)
  }
  const fork = async (commit: string) => {
    setBusy(true)
    setProblem()
    const chosen = name().trim()
    try {
      const source = { workspace: place.id, commit }
      const made = await api.create({ source, ...(chosen !== '' && { name: chosen }) })
      workspaces.put(made)
      close()
      navigate(`/w/${made.id}`)
    } catch (error) {
      const wrong = error instanceof ApiError ? error.problem.errors?.[0] : undefined
      setProblem(wrong ? `The name ${wrong.message}.` : messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Show when={asked()} keyed>
      {({ entry }) => (
        <Dialog
          open
          width={420}
          title={`Fork ${place.name()} here?`}
          description={`A new workspace begins with the files of the ${nameOf(entry).toLowerCase()}, “${entry.message}”. ${place.name()} is left as it is.`}
          onClose={close}
        >
          <form
            style={{ 'margin-top': '14px' }}
            onSubmit={(event) => {
              event.preventDefault()
              void fork(entry.id)
            }}
          >
            <Field label="Name" optional hint="Left empty, it gets a name of its own." error={problem()}>
              {({ id, describedBy, invalid }) => (
                <TextInput
                  id={id}
                  aria-describedby={describedBy}
                  invalid={invalid}
                  data-autofocus
                  value={name()}
                  onInput={(event) => setName(event.currentTarget.value)}
                />
              )}
            </Field>
            <DialogActions>
              <Button onClick={close}>Cancel</Button>
              <Button type="submit" tone="solid" busy={busy()}>
                Fork
              </Button>
            </DialogActions>
          </form>
        </Dialog>
      )}
    </Show>
  )
}
