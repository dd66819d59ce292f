/** Who a person is to an upstream, for one command. */
export interface Credentials {
  username: string
  token: string
}

/** Hosts that take a token take any name with it. */
const ANY_NAME = 'token'

/**
 * Hands credentials to git for one command, by environment: neither argv nor a file ever holds them, and helpers of
 * the user's own are left out, so that none stores them. Only the host of `url` is told, and only over http(s).
 */
export function credentialEnvironment(
  url: string,
  credentials: Credentials | undefined,
): Record<string, string> {
  if (!credentials || !/^https?:\/\//.test(url) || !URL.canParse(url)) return {}
  const { origin } = new URL(url)
  const helper =
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$CODENEST_GIT_USER" "$CODENEST_GIT_TOKEN"; }; f'
  return {
    CODENEST_GIT_USER: credentials.username || ANY_NAME,
    CODENEST_GIT_TOKEN: credentials.token,
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: `credential.${origin}.helper`,
    GIT_CONFIG_VALUE_1: helper,
  }
}
