import type { SourceControl } from './source-control.ts'
import { gitRequests } from './protocol.ts'

/** The requests of source control, answered by the one that is there when they come. `ready` throws `not_ready`. */
export function createGitHandlers(ready: () => SourceControl): SourceControl['handle'] {
  const entries = Object.keys(gitRequests).map((name) => {
    // Name and payload belong together, which the type of an entry cannot express.
    const handler = (payload: never): unknown =>
      ready().handle[name as keyof SourceControl['handle']](payload)
    return [name, handler]
  })
  return Object.fromEntries(entries) as SourceControl['handle']
}
