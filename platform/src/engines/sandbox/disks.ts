import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './run-command.ts'

/** Below it are the users of the system, above 59,999 those of services and nested containers. */
const FIRST_UID = 20_001
const LAST_UID = 59_999

/**
 * Without a journal: what the runner promises to keep it syncs itself, and every sync costs half of what it costs with
 * one (0.9 instead of 1.8 ms where the disk below takes 0.8).
 */
const MAKE = 'mkfs.ext4 -q -F -m 0 -O ^has_journal -E lazy_itable_init=1,nodiscard "$1" || exit 1\n'
/** Past the page cache of the file itself, or everything would be cached twice. The device goes with the mount. */
const MOUNT = `device=$(losetup --find --show --direct-io=on "$1") || exit 1
mount -t ext4 -o noatime,nosuid,nodev "$device" "$2"; code=$?
losetup --detach "$device"; exit $code`

/** The folder that a workspace has on this machine, and who owns it. */
export interface Disk {
  name: string
  folder: string
  /** null: the user that the platform runs as. */
  uid: number | null
}

export interface DisksOptions {
  /** Gives every disk a user of its own; only root can. */
  ownUsers: boolean
  /** Makes each disk a file system of its own size; only root can, and only with loop devices. */
  quota: boolean
}

/**
 * The disks of this machine's workspaces. With a quota each is an ext4 file system in a sparse file, mounted at its
 * folder; else it is a folder. A disk outlives the platform: what a crash leaves is opened again.
 */
export class Disks {
  readonly #folder: string
  readonly #options: DisksOptions
  readonly #uids = new Map<string, number>()

  /** `folder` is absolute. */
  constructor(folder: string, options: DisksOptions) {
    this.#folder = folder
    this.#options = options
  }

  async names(): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const names = await readdir(this.#folder)
    return names.filter((name) => !name.endsWith('.img'))
  }

  /** A new one of `bytes`, which are ignored without a quota. */
  async create(name: string, bytes: number): Promise<Disk> {
    const folder = join(this.#folder, name)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const uid = this.#options.ownUsers ? await this.#takeUid(name) : null
    if (this.#options.quota) {
      await makeSparseFile(this.#image(name), bytes)
      await mountImage(this.#image(name), folder, MAKE + MOUNT)
    }
    await chmod(folder, 0o700)
    if (uid !== null) await chown(folder, uid, uid)
    return { name, folder, uid }
  }

  /** One that is there already, as it was left: mounted or not. */
  async open(name: string): Promise<Disk> {
    const folder = join(this.#folder, name)
    const image = this.#image(name)
    if ((await isThere(image)) && !(await isMounted(folder))) {
      // The machine may have lost its power while it was mounted; 1 says that what was wrong is mended.
      await runCommand('e2fsck', ['-p', image]).catch((error: unknown) => {
        if ((error as { cause?: { code?: unknown } }).cause?.code !== 1) throw error
      })
      await mountImage(image, folder)
    }
    const { uid } = await stat(folder)
    if (!this.#options.ownUsers) return { name, folder, uid: null }
    this.#uids.set(name, uid)
    return { name, folder, uid }
  }

  async remove(name: string): Promise<void> {
    const folder = join(this.#folder, name)
    // Lazily: somebody may look into it at this moment.
    if (await isMounted(folder)) await runCommand('umount', ['--lazy', folder])
    await rm(folder, { recursive: true, force: true })
    await rm(this.#image(name), { force: true })
    this.#uids.delete(name)
  }

  #image(name: string): string {
    return join(this.#folder, `${name}.img`)
  }

  async #takeUid(name: string): Promise<number> {
    const others = (await this.names()).filter((other) => !this.#uids.has(other))
    const found = await Promise.all(others.map((other) => stat(join(this.#folder, other))))
    const taken = new Set([...this.#uids.values(), ...found.map(({ uid }) => uid)])
    let uid = FIRST_UID
    while (taken.has(uid)) uid += 1
    if (uid > LAST_UID) throw new Error('every user id for workspaces is taken')
    this.#uids.set(name, uid)
    return uid
  }
}

async function makeSparseFile(path: string, bytes: number): Promise<void> {
  await writeFile(path, '', { mode: 0o600 })
  await truncate(path, bytes)
}

/** In one process, as far as this one sees: each costs it ten milliseconds in which it does nothing else. */
async function mountImage(image: string, folder: string, script = MOUNT): Promise<void> {
  await runCommand('sh', ['-c', script, 'sh', image, folder])
  await rm(join(folder, 'lost+found'), { recursive: true, force: true })
}

async function isMounted(folder: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  const path = (await realpath(folder).catch(() => folder)).replaceAll(' ', '\\040')
  return mounts.split('\n').some((line) => line.split(' ')[1] === path)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
