/** What exit codes mean by custom, for people. */
const MEANINGS: Record<number, string> = {
  126: 'a program that may not be executed',
  127: 'a command that was not found',
}
const SIGNALS: Record<number, string> = {
  1: 'its terminal was closed',
  2: 'interrupted with Ctrl+C',
  6: 'it aborted',
  9: 'killed, by somebody or because memory ran out',
  11: 'it crashed',
  15: 'asked to end',
}

/** One sentence: `It ended with code 127: a command that was not found.` Shells tell a signal as 128 and its number. */
export function describeExit(code: number, signal: number | null): string {
  const number = signal ?? (code > 128 && code < 160 ? code - 128 : null)
  if (number !== null) return `It was ended by signal ${number}${because(SIGNALS[number])}`
  return code === 0 ? 'It ended well, with code 0.' : `It ended with code ${code}${because(MEANINGS[code])}`
}

function because(meaning: string | undefined): string {
  return meaning === undefined ? '.' : `: ${meaning}.`
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
