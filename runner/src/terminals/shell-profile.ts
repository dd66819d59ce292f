import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Gives shells a short prompt: the workspace's name and where one is in it. Only into a home without a profile of its
 * own, and never into a person's real one: engines give every workspace an empty home.
 */
export async function writeShellProfile(home: string, workspace: string, folder: string): Promise<void> {
  const profile = `PS1='\\[\\e[32m\\]${workspace}\\[\\e[34m\\]\${PWD#${folder}}\\[\\e[0m\\] \\$ '
alias ls='ls --color=auto'
`
  await writeFile(join(home, '.bashrc'), profile, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
