/**
 * What GitHub has really said. The answers of the REST API are recordings of `@octokit/fixtures`; a pull request, check
 * runs, a fork and a user are those that GitHub has sent to webhooks, of `@octokit/webhooks-examples`: they are the same
 * objects as in the REST API.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
type Json = Record<string, unknown>

interface Recorded {
  method: string
  path: string
  status: number
  response: Json
  headers?: Record<string, string>
  rawHeaders?: string[]
}

function scenario(name: string, kind: 'raw' | 'normalized'): Recorded[] {
  return require(`@octokit/fixtures/scenarios/api.github.com/${name}/${kind}-fixture.json`) as Recorded[]
}

function recorded(name: string, kind: 'raw' | 'normalized', method: string, path: RegExp): Recorded {
  const found = scenario(name, kind).findLast((each) => each.method === method && path.test(each.path))
  if (!found) throw new Error(`there is no recording of ${method} ${path} in ${name}`)
  return found
}

function webhook(name: string, fits: (example: Json) => boolean): Json {
  const hooks = require('@octokit/webhooks-examples') as { name: string; examples: Json[] }[]
  const found = hooks.find((each) => each.name === name)?.examples.find(fits)
  if (!found) throw new Error(`there is no example of ${name}`)
  return found
}

const repository = recorded('get-repository', 'normalized', 'get', /\/hello-world$/)
/** Whose name is in the recording. */
export const REPOSITORY = 'octokit-fixture-org/hello-world'
export const getRepository = repository.response
/** Of an answer to somebody who is signed in with an OAuth token. */
export const apiHeaders = Object.fromEntries(
  Object.entries(repository.headers ?? {}).filter(([name]) =>
    /^x-(?!ratelimit|frame|xss|content)/.test(name),
  ),
)
export const createdRepository = recorded('rename-repository', 'raw', 'post', /\/repos$/).response
export const validationFailed = recorded('errors', 'raw', 'post', /\/labels$/)
export const combinedStatus = recorded('create-status', 'normalized', 'get', /\/status$/).response
export const notFound = recorded('branch-protection', 'raw', 'get', /\/protection$/)
/** `<https://api.github.com/repositories/1000/issues?per_page=3&page=2>; rel="next", …` */
export const pageLinks =
  recorded('paginate-issues', 'normalized', 'get', /per_page=3$/).headers?.['link'] ?? ''
const opened = webhook('pull_request', ({ action }) => action === 'opened')
export const pullRequest = opened['pull_request'] as Json
export const user = opened['sender'] as Json
export const checkRun = webhook('check_run', ({ action }) => action === 'completed')['check_run'] as Json
export const forkee = webhook('fork', () => true)['forkee'] as Json
