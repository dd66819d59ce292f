import type { Found, FoundFile, SearchQuery, SearchSummary } from '@codenest/runner/protocol'
import { batch, createSignal, type Accessor } from 'solid-js'
import { createStore, produce } from 'solid-js/store'
import { messageOf } from '../../kernel/errors.ts'
import type { Toasts } from '../../kernel/toasts.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'

export interface SearchForm {
  text: string
  regex: boolean
  caseSensitive: boolean
  word: boolean
  /** Globs, separated by commas. */
  include: string
  exclude: string
  replaces: boolean
  replacement: string
  /** Shows the boxes for the files. */
  details: boolean
}

export interface SearchModel {
  form: SearchForm
  /** Changes the form, and searches again a moment later if that makes a difference. */
  set: <K extends keyof SearchForm>(field: K, value: SearchForm[K]) => void
  /** By path; those that were dismissed are left out. */
  files: Accessor<FoundFile[]>
  /** null before the first search, and while one is under way. */
  summary: Accessor<SearchSummary | null>
  searching: Accessor<boolean>
  problem: Accessor<string | null>
  replacing: Accessor<boolean>
  run: () => void
  /** Leaves a file, or one match of it, out of what is shown and replaced. */
  dismiss: (path: string, offset?: number) => void
  replaceAll: () => Promise<void>
}

/** Milliseconds without a key after which a search begins. */
const SETTLE_MILLISECONDS = 120
/** A search of a large workspace on a slow disk. */
const SEARCH_MILLISECONDS = 300_000

const models = new WeakMap<WorkspaceSession, SearchModel>()

/** One for each session: what was found is still there when the view comes back. */
export function searchModelOf(session: WorkspaceSession, toasts: Toasts): SearchModel {
  const model = models.get(session) ?? createSearchModel(session, toasts)
  models.set(session, model)
  return model
}

function createSearchModel({ connection, documents }: WorkspaceSession, toasts: Toasts): SearchModel {
  const [form, setForm] = createStore<SearchForm>({
    text: '',
    regex: false,
    caseSensitive: false,
    word: false,
    include: '',
    exclude: '',
    replaces: false,
    replacement: '',
    details: false,
  })
  const [files, setFiles] = createSignal<FoundFile[]>([])
  const [summary, setSummary] = createSignal<SearchSummary | null>(null)
  const [searching, setSearching] = createSignal(false)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [replacing, setReplacing] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  const query = (): SearchQuery => ({
    text: form.text,
    regex: form.regex,
    caseSensitive: form.caseSensitive,
    word: form.word,
    include: globsOf(form.include),
    exclude: globsOf(form.exclude),
  })
  const clear = () =>
    batch(() => {
      setFiles([])
      setSummary(null)
      setProblem(null)
    })

  const search = async () => {
    const mine = ++turn
    if (form.text === '') {
      setSearching(false)
      clear()
      return connection.request('search.cancel', {}).then(
        () => {},
        () => {},
      )
    }
    const id = crypto.randomUUID()
    let isFirst = true
    setSearching(true)
    // What was found before stays in sight until there is something else to see.
    const stop = connection.on('search.found', (found: Found) => {
      if (found.id !== id || mine !== turn) return
      setFiles((before) => merge(isFirst ? [] : before, found.files))
      isFirst = false
    })
    const replacement = form.replaces ? form.replacement : null
    try {
      const done = await connection.request(
        'search.run',
        { id, query: query(), replacement },
        SEARCH_MILLISECONDS,
      )
      if (mine !== turn) return
      batch(() => {
        if (isFirst) setFiles([])
        setSummary(done)
        setProblem(null)
      })
    } catch (error) {
      if (mine !== turn) return
      clear()
      setProblem(messageOf(error))
    } finally {
      stop()
      if (mine === turn) setSearching(false)
    }
  }
  const run = () => {
    clearTimeout(timer)
    void search()
  }

  const replaceAll = async () => {
    const chosen = files().map(({ path, matches }) => ({
      path,
      offsets: matches.map(({ offset }) => offset),
    }))
    if (chosen.length === 0) return
    setReplacing(true)
    try {
      // What is typed goes into the files first: it is replaced with the rest.
      await documents.saveAll()
      if (documents.count('conflict') + documents.count('refused') > 0)
        throw new Error('A file that is open needs a decision first: its tab says which.')
      const done = await connection.request(
        'search.replace',
        { saveId: crypto.randomUUID(), query: query(), replacement: form.replacement, files: chosen },
        SEARCH_MILLISECONDS,
      )
      const [left] = done.left
      toasts.show({
        tone: left ? 'error' : 'info',
        title: `Replaced ${countOf(done.matches, 'match', 'matches')} in ${countOf(done.files, 'file', 'files')}`,
        ...(left && {
          detail: `${countOf(done.left.length, 'file', 'files')} stayed as before. ${left.path}: ${left.reason}`,
        }),
      })
    } catch (error) {
      toasts.failed('Nothing was replaced')(error)
    } finally {
      setReplacing(false)
      run()
    }
  }

  return {
    form,
    set: (field, value) => {
      setForm(produce((all) => void (all[field] = value)))
      // Which boxes are shown makes no difference to what is found.
      if (field === 'details') return
      clearTimeout(timer)
      timer = setTimeout(run, SETTLE_MILLISECONDS)
    },
    files,
    summary,
    searching,
    problem,
    replacing,
    run,
    dismiss: (path, offset) =>
      setFiles((before) =>
        before.flatMap((file) => {
          if (file.path !== path) return [file]
          const matches = file.matches.filter((match) => offset !== undefined && match.offset !== offset)
          return matches.length === 0 ? [] : [{ path, matches }]
        }),
      ),
    replaceAll,
  }
}

export function countOf(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

function globsOf(text: string): string[] {
  return text
    .split(',')
    .map((glob) => glob.trim())
    .filter(Boolean)
}

/** Files come in any order, and some in pieces. */
export function merge(before: FoundFile[], found: FoundFile[]): FoundFile[] {
  const all = new Map(before.map((file) => [file.path, file]))
  for (const { path, matches } of found)
    all.set(path, { path, matches: [...(all.get(path)?.matches ?? []), ...matches] })
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
