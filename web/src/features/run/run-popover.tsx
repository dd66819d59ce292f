import { createSignal, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Popover } from '../../ui/popover.tsx'
import { describeExit, formatDuration } from '../terminal/describe-exit.ts'
import styles from './run-popover.module.css'

const SETTINGS_FILE = '.codenest.yaml'

/** How the workspace is run and where that is said, to be changed; and how the last run ended. */
export function RunPopover(props: { anchor: HTMLElement | undefined; onClose: () => void }): JSX.Element {
  const { toasts } = useApp()
  const { commands, readiness, run, setup } = useSession()
  const [text, setText] = createSignal(run.status().command ?? '')
  const isChanged = () => text().trim() !== (run.status().command ?? '')
  const isOwn = () => run.status().from === SETTINGS_FILE

  const configure = async (command: string) => {
    const wasTrusted = setup.status()?.digest !== null && setup.status()?.trusted === true
    try {
      await run.configure(command)
      // Who changes what is trusted knows what it says.
      if (wasTrusted && setup.status()?.trusted === false) await setup.allow()
      setText(run.status().command ?? '')
      return true
    } catch (error) {
      toasts.failed('The run command was not changed')(error)
      return false
    }
  }
  const saveAndRun = async () => {
    if (isChanged() && !(await configure(text()))) return
    props.onClose()
    commands.run('run.start')
  }
  const hint = () => {
    const { from } = run.status()
    if (isChanged()) return `Saved in ${SETTINGS_FILE}, so that it travels with the repository.`
    if (from === null)
      return 'Nothing in the files says how this is run. The command goes into ' + SETTINGS_FILE
    return isOwn() || from === 'template.yaml' ? `From ${from}` : `Detected from ${from}`
  }

  return (
    <Popover anchor={props.anchor} label="Run" width={420} placement="bottom" onClose={props.onClose}>
      <form
        class={styles['run']}
        onSubmit={(event) => {
          event.preventDefault()
          void saveAndRun()
        }}
      >
        <Field label="Run command" hint={hint()}>
          {(ids) => (
            <TextInput
              id={ids.id}
              aria-describedby={ids.describedBy}
              mono
              placeholder="npm run dev"
              value={text()}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <Show when={run.status().endedAt}>
          {(endedAt) => (
            <p class={styles['last']} data-failed={run.status().exitCode !== 0}>
              The last run took {formatDuration(endedAt() - (run.status().startedAt ?? endedAt()))}.{' '}
              {describeExit(run.status().exitCode ?? 0, null)}
            </p>
          )}
        </Show>
        <footer class={styles['actions']}>
          <Show when={isOwn()}>
            <Button size="sm" tone="quiet" busy={run.busy()} onClick={() => void configure('')}>
              Detect instead
            </Button>
          </Show>
          <span class={styles['space']} />
          <Button
            size="sm"
            disabled={!isChanged() || !readiness.isReady()}
            onClick={() => void configure(text())}
          >
            Save
          </Button>
          <Button
            type="submit"
            size="sm"
            tone="solid"
            busy={run.busy()}
            disabled={text().trim() === '' || !readiness.isReady()}
          >
            {isChanged() ? 'Save and run' : run.status().state === 'running' ? 'Run again' : 'Run'}
          </Button>
        </footer>
      </form>
    </Popover>
  )
}
