import { createEffect } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** Says once for each revision that the template has moved on. Source control goes on offering it, quietly. */
export function announceTemplateUpdate(): void {
  const { toasts } = useApp()
  const { commands, templateUpdate } = useSession()
  createEffect(() => {
    const update = templateUpdate.offered()
    if (!update || !templateUpdate.isNews()) return
    toasts.show({
      tone: 'info',
      title: `The template ${update.title} has an update`,
      detail: 'It can be merged with what you made of it.',
      action: { label: 'Review', run: () => commands.run('workspace.templateUpdate') },
      other: { label: 'Not now', run: templateUpdate.putOff },
    })
  })
}
