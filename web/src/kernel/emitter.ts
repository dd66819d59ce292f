/** A list of listeners. */
export interface Emitter<T> {
  on: (listener: (value: T) => void) => () => void
  emit: (value: T) => void
}

export function createEmitter<T>(): Emitter<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    on: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    emit: (value) => listeners.forEach((listener) => listener(value)),
  }
}
