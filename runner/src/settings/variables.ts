/** What the variables of a dev container's texts stand for. */
export interface VariableContext {
  /** Absolute path of the work tree. */
  folder: string
  workspace: string
  /** What programs see before the repository's own variables. */
  environment: Readonly<Record<string, string>>
}

/**
 * Fills `${containerWorkspaceFolder}`, `${containerEnv:NAME:default}` and their like in. There is no machine of a user
 * around the workspace: its folder is the workspace's, and its variables have their defaults.
 */
export function substitute(text: string, { folder, workspace, environment }: VariableContext): string {
  const basename = folder.slice(folder.lastIndexOf('/') + 1)
  return text.replace(
    /\$\{([A-Za-z]+)(?::([^}:]*)(?::([^}]*))?)?\}/g,
    (whole, kind, name = '', fallback = '') => {
      switch (kind) {
        case 'containerWorkspaceFolder':
        case 'localWorkspaceFolder':
          return folder
        case 'containerWorkspaceFolderBasename':
        case 'localWorkspaceFolderBasename':
          return basename
        case 'devcontainerId':
          return workspace
        case 'containerEnv':
          return (
            (Object.hasOwn(environment, name as string) && environment[name as string]) ||
            (fallback as string)
          )
        case 'localEnv':
        case 'env':
          return name === '' ? whole : (fallback as string)
        default:
          // A shell's own `${name}`.
          return whole
      }
    },
  )
}
