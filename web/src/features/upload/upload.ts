import type { App } from '../../kernel/app.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'
import { readPicked, type Chosen } from './read-dropped.ts'
import { createUploads, type Uploads } from './uploads.ts'

export { readDropped } from './read-dropped.ts'
export { UploadStatus } from './upload-status.tsx'

export interface Uploader {
  uploads: Uploads
  take: (chosen: Chosen) => Promise<void>
}

/** Uploads of a session, with a word at the end about what did not go as expected. */
export function createUploader({ toasts }: App, { files, links }: WorkspaceSession): Uploader {
  const uploads = createUploads(links, (path) => files.create(path, 'folder'))

  const take = async ({ items, leftGit }: Chosen) => {
    const { done, problem, tooLarge, cancelled } = await uploads.start(items)
    const count = (files: number) => `${files} ${files === 1 ? 'file' : 'files'}`
    if (problem)
      toasts.show({
        tone: 'error',
        title: problem.count === 1 ? 'A file was not uploaded' : `${problem.count} files were not uploaded`,
        detail: problem.message,
      })
    const notes = [
      leftGit && 'A .git folder was left out: this workspace has its own.',
      tooLarge.length > 0 &&
        `${tooLarge.join(', ')}: larger than 100 MB, so on the workspace’s disk only and in no save.`,
    ].filter((note) => note !== false)
    if (notes.length > 0 || cancelled)
      toasts.show({
        tone: 'info',
        title: cancelled ? `Cancelled: ${count(done)} had been uploaded` : `${count(done)} uploaded`,
        detail: notes.join(' '),
      })
  }
  return { uploads, take }
}

/** Lets a person choose files, or a folder. Nothing when they think better of it. */
export function pickFiles(what: 'files' | 'folder', folder: string): Promise<Chosen> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.multiple = true
    input.webkitdirectory = what === 'folder'
    const done = () => resolve(readPicked(input.files ?? [], folder))
    input.addEventListener('change', done)
    input.addEventListener('cancel', done)
    input.click()
  })
}
