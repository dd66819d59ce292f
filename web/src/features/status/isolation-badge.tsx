import type { Isolation } from '@codenest/platform/protocol'
import { Show } from 'solid-js'
import { IconShieldOff } from '../../ui/icons.ts'

/** Says what workspaces are not kept from; nothing where they are from everything. `warning` is the class of a danger. */
export function IsolationBadge(props: {
  isolation: Isolation | undefined
  class?: string
  warning?: string
}) {
  const isNone = () => props.isolation?.kind === 'none'
  const tip = () => {
    const missing = props.isolation?.missing.join(' ') ?? ''
    if (!isNone()) return missing
    return `Processes run as the platform’s own user on this machine. Open only code that you trust. ${missing}`
  }
  return (
    <Show when={(props.isolation?.missing.length ?? 0) > 0}>
      <button
        type="button"
        class={`${props.class ?? ''} ${isNone() ? (props.warning ?? '') : ''}`}
        data-tip={tip()}
      >
        <IconShieldOff size={13} aria-hidden="true" />
        {isNone() ? 'Not isolated' : 'Partly isolated'}
      </button>
    </Show>
  )
}
