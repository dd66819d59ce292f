export interface WorkspaceIdentity {
  workspace: string
  /** Preferred ports of the app; the first becomes PORT. */
  ports: number[]
}

/** What programs in terminals see: the runner's own environment without what is the runner's business. */
export function workspaceEnvironment(
  inherited: NodeJS.ProcessEnv,
  home: string,
  { workspace, ports }: WorkspaceIdentity,
): Record<string, string> {
  const [port] = ports
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(CODENEST|GIT)_/.test(entry[0]),
  )
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    CODENEST_WORKSPACE: workspace,
    ...(port === undefined ? {} : { PORT: String(port) }),
  }
}
