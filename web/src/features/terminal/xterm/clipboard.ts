import type { Terminal } from '@xterm/xterm'

/**
 * Ctrl+C copies when something is selected, else it interrupts; Ctrl+V pastes; with Shift they never mean anything else.
 * On a Mac the browser's own ⌘C and ⌘V do it. The result is for `attachCustomKeyEventHandler`: false keeps xterm off.
 */
export function handleClipboardKey(terminal: Terminal, event: KeyboardEvent): boolean {
  if (event.type !== 'keydown' || !event.ctrlKey || event.altKey || event.metaKey) return true
  const key = event.key.toLowerCase()
  // The browser pastes into xterm's text area, which needs no permission; with Shift it does so as plain text.
  if (key === 'v') return false
  if (key !== 'c') return true
  if (!terminal.hasSelection()) {
    if (!event.shiftKey) return true
    // Or the browser opens its inspector.
    event.preventDefault()
    return false
  }
  void navigator.clipboard.writeText(terminal.getSelection())
  terminal.clearSelection()
  event.preventDefault()
  return false
}
