import { delimiter } from 'node:path'

/** What a workspace inherits of the platform's environment: how to reach the network, and the language. No secrets. */
const INHERITED = [
  'LANG',
  'LC_ALL',
  'TZ',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
]

/** The environment of a runner and of all that runs in its workspace. `bin` comes first in the path. */
export function workspaceEnv(env: NodeJS.ProcessEnv, bin: string, home: string): Record<string, string> {
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
  return {
    LANG: 'C.UTF-8',
    ...inherited,
    PATH: [bin, ...searchPath(env)].join(delimiter),
    HOME: home,
    SHELL: '/bin/bash',
    USER: 'workspace',
    LOGNAME: 'workspace',
    npm_config_update_notifier: 'false',
  }
}

/** The same for a sandbox, where of the machine only the system can be seen, and a home takes what people install. */
export function sandboxEnv(env: NodeJS.ProcessEnv, bin: string, home: string): Record<string, string> {
  const system = searchPath(env).filter((folder) => /^\/(usr|opt|nix|s?bin)(\/|$)/.test(folder))
  return {
    ...workspaceEnv(env, bin, home),
    PATH: [bin, `${home}/.local/bin`, ...system].join(delimiter),
    npm_config_prefix: `${home}/.local`,
  }
}

/** Without the folders that npm puts in front while it runs a script. */
function searchPath(env: NodeJS.ProcessEnv): string[] {
  const folders = (env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)
  return folders.filter((folder) => !folder.includes('node_modules'))
}
