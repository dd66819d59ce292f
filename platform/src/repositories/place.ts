/** What a pasted link means. Pure, without anything of a server: the page reads links with it, too. */

export type HostKind = 'github' | 'gitlab' | 'bitbucket' | 'gitea' | 'git'

/** What of a repository a link points at. */
export type PlaceTarget =
  | { kind: 'default' }
  /** A branch or tag, and behind it perhaps a path: only the host's refs tell where one ends (`feature/x/src`). */
  | { kind: 'ref'; among: 'any' | 'branch' | 'tag'; text: string }
  /** `commit` may be abbreviated. */
  | { kind: 'commit'; commit: string; path: string }
  /** A pull or merge request; `ref` is where the host keeps its newest commit. */
  | { kind: 'pull'; number: number; ref: string }

export interface RepositoryPlace {
  /** URL for git: https, or http as it was pasted. */
  repository: string
  host: HostKind
  /** `owner/repository`, or what there is instead. */
  label: string
  target: PlaceTarget
}

type Reading = { place: RepositoryPlace; problem: null } | { place: null; problem: string }

/** Hosts by name; everybody else's are told by the shape of their links. */
const KNOWN: Record<string, { kind: HostKind; title: string }> = {
  'github.com': { kind: 'github', title: 'GitHub' },
  'gitlab.com': { kind: 'gitlab', title: 'GitLab' },
  'bitbucket.org': { kind: 'bitbucket', title: 'Bitbucket' },
  'codeberg.org': { kind: 'gitea', title: 'Codeberg' },
  'gitea.com': { kind: 'gitea', title: 'Gitea' },
}
const PASTE = 'paste an https URL, like https://github.com/owner/repository'
const COMMIT = /^[0-9a-f]{7,40}$/
const SCP = /^([a-z0-9][\w.-]*)@([a-z0-9][a-z0-9.-]*):(?!\/\/)\/?([^:]+)$/i
const BARE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:\d+)?\/[^\s:]+$/i

/** Reads a link; the problem is a clause for a person. Nothing is looked up, and nobody is asked. */
export function readPlace(text: string): Reading {
  const trimmed = text.trim()
  // "ext::sh -c …" parses as a URL of scheme "ext:", so the scheme is compared and never guessed.
  if (trimmed === '' || trimmed.startsWith('-') || /[\s\\\p{Cc}]/u.test(trimmed)) return no(PASTE)
  const url = URL.parse(toUrl(trimmed))
  if (!url) return no(PASTE)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return no(`its URL begins with "${url.protocol}", and only https is taken`)
  // Bitbucket's own page offers its URLs with the reader's name in them.
  if (url.hostname === 'bitbucket.org' && url.password === '') url.username = ''
  if (url.username !== '' || url.password !== '')
    return no('its URL holds a user name or password; leave them out')
  const parts = readParts(url.pathname)
  if (parts === null) return no('its URL holds characters that are none of a name')
  if (parts.length === 0) return no('its URL names a host but no repository')
  return readShape(url, parts)
}

/** What was understood, in words: `GitHub · owner/repo · pull request 12`. */
export function describePlace({ host, label, target, repository }: RepositoryPlace): string {
  const url = URL.parse(repository)
  const name = KNOWN[url?.hostname ?? '']?.title ?? url?.host ?? ''
  return [name, label, ...describeTarget(host, target)].join(' · ')
}

function describeTarget(host: HostKind, target: PlaceTarget): string[] {
  switch (target.kind) {
    case 'default':
      return []
    case 'ref':
      return [target.among === 'any' ? target.text : `${target.among} ${target.text}`]
    case 'commit':
      return [`commit ${target.commit.slice(0, 7)}`, ...(target.path === '' ? [] : [target.path])]
    default:
      return [`${host === 'gitlab' ? 'merge' : 'pull'} request ${target.number}`]
  }
}

/** Two URLs that name one repository have one key, however they are written. */
export function repositoryKey(repository: string): string {
  const url = URL.parse(repository)
  if (!url) return repository
  const path = url.pathname.replace(/\/+$/, '').replace(/\.git$/, '')
  return `${url.protocol}//${url.host}${KNOWN[url.hostname] === undefined ? path : path.toLowerCase()}`
}

/** Addresses that ssh and git understand are told of the same host's https. */
function toUrl(text: string): string {
  const scp = SCP.exec(text)
  if (scp) return `https://${scp[2]}/${scp[3]}`
  const [, host, path] = /^(?:ssh|git):\/\/(?:[\w.-]+@)?([a-z0-9.-]+)(?::\d+)?\/(.+)$/i.exec(text) ?? []
  if (host !== undefined) return `https://${host}/${path}`
  return BARE.test(text) ? `https://${text}` : text
}

/** The path's parts, decoded; null when one is no name. */
function readParts(pathname: string): string[] | null {
  const parts: string[] = []
  for (const part of pathname.split('/').filter(Boolean)) {
    const decoded = decode(part)
    if (decoded === null || /[\p{Cc}\\]/u.test(decoded) || /^\.{1,2}$/.test(decoded)) return null
    parts.push(decoded)
  }
  return parts
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

function readShape(url: URL, parts: string[]): Reading {
  const kind = KNOWN[url.hostname]?.kind ?? null
  const [owner = '', name = '', what = '', ...rest] = parts
  if (kind === null && parts.at(-1)?.endsWith('.git')) return plain(url)
  const dash = parts.indexOf('-')
  if (kind === 'gitlab' || dash > 1 || what === 'merge_requests')
    return gitlab(url, parts, dash > 1 ? dash : -1)
  if (kind === 'bitbucket' && name !== '') return bitbucketCloud(url, owner, name, what, rest)
  if (parts[0] === 'projects' && parts[2] === 'repos') return bitbucketServer(url, parts)
  const isGitea = kind === 'gitea' || (what === 'src' && /^(branch|tag|commit)$/.test(rest[0] ?? ''))
  if (name !== '' && (isGitea || what === 'pulls')) return gitea(url, owner, name, what, rest)
  const isGithub = kind === 'github' || (rest.length > 0 && /^(tree|blob|pull|commit|releases)$/.test(what))
  if (name !== '' && isGithub) return github(url, owner, name, what, rest)
  if (kind !== null) return no('its URL names an owner but no repository')
  return plain(url)
}

function github(url: URL, owner: string, name: string, what: string, rest: string[]): Reading {
  const known = url.hostname === 'github.com'
  const repository = `${url.origin}/${encode(owner)}/${encode(bare(name))}${known ? '' : '.git'}`
  const make = (target: PlaceTarget): Reading => yes(repository, 'github', `${owner}/${bare(name)}`, target)
  if (/^(tree|blob|raw|blame|edit|commits)$/.test(what) && rest.length > 0) return make(refOrCommit(rest))
  if (what === 'commit' && COMMIT.test(rest[0] ?? ''))
    return make({ kind: 'commit', commit: rest[0] ?? '', path: '' })
  if (what === 'pull' && isNumber(rest[0]))
    return make({ kind: 'pull', number: Number(rest[0]), ref: `refs/pull/${rest[0]}/head` })
  if (what === 'releases' && rest[0] === 'tag' && rest.length > 1)
    return make({ kind: 'ref', among: 'tag', text: rest.slice(1).join('/') })
  return make({ kind: 'default' })
}

function gitlab(url: URL, parts: string[], dash: number): Reading {
  const old = parts.findIndex((part, at) => at > 1 && part === 'merge_requests')
  const end = dash !== -1 ? dash : old !== -1 ? old : parts.length
  const groups = parts.slice(0, end)
  if (groups.length < 2) return no('its URL names a group but no repository')
  const path = [...groups.slice(0, -1), bare(groups.at(-1) ?? '')]
  const repository = `${url.origin}/${path.map(encode).join('/')}.git`
  const make = (target: PlaceTarget): Reading => yes(repository, 'gitlab', path.join('/'), target)
  const [what = '', ...rest] = parts.slice(dash !== -1 ? dash + 1 : end)
  if (/^(tree|blob|raw|blame|commits)$/.test(what) && rest.length > 0) return make(refOrCommit(rest))
  if (what === 'commit' && COMMIT.test(rest[0] ?? ''))
    return make({ kind: 'commit', commit: rest[0] ?? '', path: '' })
  if (what === 'merge_requests' && isNumber(rest[0]))
    return make({ kind: 'pull', number: Number(rest[0]), ref: `refs/merge-requests/${rest[0]}/head` })
  if ((what === 'tags' || what === 'releases') && rest.length > 0)
    return make({ kind: 'ref', among: 'tag', text: rest.join('/') })
  return make({ kind: 'default' })
}

function bitbucketCloud(url: URL, owner: string, name: string, what: string, rest: string[]): Reading {
  const repository = `${url.origin}/${encode(owner)}/${encode(bare(name))}.git`
  const make = (target: PlaceTarget): Reading =>
    yes(repository, 'bitbucket', `${owner}/${bare(name)}`, target)
  if (what === 'src' && rest.length > 0) return make(refOrCommit(rest))
  if (what === 'branch' && rest.length > 0)
    return make({ kind: 'ref', among: 'branch', text: rest.join('/') })
  if (what === 'commits' && rest[0] === 'tag' && rest.length > 1)
    return make({ kind: 'ref', among: 'tag', text: rest.slice(1).join('/') })
  if (what === 'commits' && COMMIT.test(rest[0] ?? ''))
    return make({ kind: 'commit', commit: rest[0] ?? '', path: '' })
  if (what === 'pull-requests' && isNumber(rest[0]))
    return no('Bitbucket keeps the commits of pull requests to itself; open the branch instead')
  return make({ kind: 'default' })
}

function bitbucketServer(url: URL, [, project = '', , name = '', what = '', ...rest]: string[]): Reading {
  if (name === '') return no('its URL names a project but no repository')
  const repository = `${url.origin}/scm/${encode(project.toLowerCase())}/${encode(bare(name))}.git`
  const make = (target: PlaceTarget): Reading =>
    yes(repository, 'bitbucket', `${project}/${bare(name)}`, target)
  if (what === 'pull-requests' && isNumber(rest[0]))
    return make({ kind: 'pull', number: Number(rest[0]), ref: `refs/pull-requests/${rest[0]}/from` })
  if (what === 'commits' && COMMIT.test(rest[0] ?? ''))
    return make({ kind: 'commit', commit: rest[0] ?? '', path: '' })
  const at = url.searchParams.get('at')
  if (at === null || /\p{Cc}/u.test(at)) return make({ kind: 'default' })
  const path = what === 'browse' && rest.length > 0 ? `/${rest.join('/')}` : ''
  if (COMMIT.test(at)) return make({ kind: 'commit', commit: at, path: path.slice(1) })
  const among = at.startsWith('refs/tags/') ? 'tag' : at.startsWith('refs/heads/') ? 'branch' : 'any'
  return make({ kind: 'ref', among, text: at.replace(/^refs\/(heads|tags)\//, '') + path })
}

function gitea(url: URL, owner: string, name: string, what: string, rest: string[]): Reading {
  const repository = `${url.origin}/${encode(owner)}/${encode(bare(name))}.git`
  const make = (target: PlaceTarget): Reading => yes(repository, 'gitea', `${owner}/${bare(name)}`, target)
  const [among = '', ...text] = rest
  if (/^(src|raw|media|commits)$/.test(what) && text.length > 0) {
    if (among === 'branch' || among === 'tag') return make({ kind: 'ref', among, text: text.join('/') })
    if (among === 'commit' && COMMIT.test(text[0] ?? ''))
      return make({ kind: 'commit', commit: text[0] ?? '', path: text.slice(1).join('/') })
  }
  if (what === 'src' && among !== '' && !/^(branch|tag|commit)$/.test(among)) return make(refOrCommit(rest))
  if (what === 'commit' && COMMIT.test(among)) return make({ kind: 'commit', commit: among, path: '' })
  if (what === 'pulls' && isNumber(among))
    return make({ kind: 'pull', number: Number(among), ref: `refs/pull/${among}/head` })
  if (what === 'releases' && among === 'tag' && text.length > 0)
    return make({ kind: 'ref', among: 'tag', text: text.join('/') })
  return make({ kind: 'default' })
}

function plain(url: URL): Reading {
  if (url.search !== '') return no('its URL has a query; leave it out')
  if (url.hash !== '') return no('its URL has a fragment; leave it out')
  const path = url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  return yes(url.href, 'git', decode(path) ?? path, { kind: 'default' })
}

/** A full commit id is no branch's name; anything shorter may be one. */
function refOrCommit(rest: string[]): PlaceTarget {
  const [first = '', ...path] = rest
  if (/^[0-9a-f]{40}$/.test(first)) return { kind: 'commit', commit: first, path: path.join('/') }
  return { kind: 'ref', among: 'any', text: rest.join('/') }
}

function bare(name: string): string {
  return name.replace(/\.git$/, '')
}

function encode(part: string): string {
  return encodeURIComponent(part).replaceAll('%40', '@')
}

function isNumber(text: string | undefined): boolean {
  return /^[1-9]\d{0,8}$/.test(text ?? '')
}

function yes(repository: string, host: HostKind, label: string, target: PlaceTarget): Reading {
  return { place: { repository, host, label, target }, problem: null }
}

function no(problem: string): Reading {
  return { place: null, problem }
}
