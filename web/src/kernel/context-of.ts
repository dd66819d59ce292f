import { createContext, useContext, type ContextProviderComponent } from 'solid-js'

/** A typed context: its provider, and a hook that throws when there is no provider above. */
export function createContextOf<T>(name: string): [ContextProviderComponent<T | undefined>, () => T] {
  const context = createContext<T>()
  const use = () => {
    const value = useContext(context)
    if (value === undefined) throw new Error(`${name} is used outside of its provider`)
    return value
  }
  return [context.Provider, use]
}
