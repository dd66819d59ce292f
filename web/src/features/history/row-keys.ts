/** Up and Down go from row to row, over the days; Home and End to the newest and the oldest that is loaded. */
export function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')]
  const from =
    event.target instanceof HTMLElement ? event.target.closest('li')?.querySelector('[data-row]') : null
  const index = rows.findIndex((row) => row === from)
  if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return
  const targets: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    Home: 0,
    End: rows.length - 1,
  }
  const to = targets[event.key]
  const row = to === undefined ? undefined : rows[to]
  if (!row) return
  event.preventDefault()
  row.focus()
  row.scrollIntoView({ block: 'nearest' })
}
