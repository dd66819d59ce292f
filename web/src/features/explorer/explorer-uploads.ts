import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

const fetchUpload = () => import('../upload/upload.ts')
type UploadModule = Awaited<ReturnType<typeof fetchUpload>>

export interface ExplorerUploads {
  /** What shows how far uploads are; null before the first. */
  status: Accessor<{ view: UploadModule['UploadStatus']; uploads: Uploads } | null>
  drop: (data: DataTransfer, folder: string) => void
  pick: (what: 'files' | 'folder', folder: string) => void
}

type Uploader = ReturnType<UploadModule['createUploader']>
type Uploads = Uploader['uploads']

/** Uploads into the tree. Their code comes with the first. */
export function createExplorerUploads(): ExplorerUploads {
  const app = useApp()
  const session = useSession()
  const [status, setStatus] = createSignal<ReturnType<ExplorerUploads['status']>>(null)
  let uploader: Uploader | null = null
  onCleanup(() => uploader?.uploads.cancel())
  const failed = app.toasts.failed('Nothing was uploaded')

  const load = async () => {
    const upload = await fetchUpload()
    uploader ??= upload.createUploader(app, session)
    setStatus({ view: upload.UploadStatus, uploads: uploader.uploads })
    return { upload, take: uploader.take }
  }
  return {
    status,
    drop: (data, folder) => {
      // Held now: when the code is there the event is over, and has nothing in it.
      const entries = [...data.items].flatMap((item) => (item.kind === 'file' ? [toDropped(item)] : []))
      load()
        .then(async ({ upload, take }) => take(await upload.readDropped(entries, folder)))
        .catch(failed)
    },
    pick: (what, folder) => {
      load()
        .then(async ({ upload, take }) => take(await upload.pickFiles(what, folder)))
        .catch(failed)
    },
  }
}

/** Something from outside of the page: a folder has no file. */
export interface Dropped {
  entry: FileSystemEntry | null
  file: File | null
}

function toDropped(item: DataTransferItem): Dropped {
  return { entry: item.webkitGetAsEntry(), file: item.getAsFile() }
}
