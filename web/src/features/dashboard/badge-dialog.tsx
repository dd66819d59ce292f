import type { RepositoryPlace } from '@codenest/platform/repository-place'
import type { JSX } from 'solid-js'
import { CopyField } from '../../ui/copy-field.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './badge-dialog.module.css'

/** A picture for a README, behind which this CodeNest opens the repository. */
export function BadgeDialog(props: {
  link: string
  place: RepositoryPlace
  onClose: () => void
}): JSX.Element {
  const address = () => `${location.origin}/#${props.link}`
  const image = () => `${location.origin}/badge.svg`
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Badge for a README"
      description={`Whoever is signed in here opens ${props.place.label} with one click.`}
      width={560}
    >
      <div class={styles['body']}>
        <img src="/badge.svg" alt="Open in CodeNest" width="142" height="24" />
        <CopyField label="Markdown" value={`[![Open in CodeNest](${image()})](${address()})`} />
        <CopyField label="Address" value={address()} />
      </div>
    </Dialog>
  )
}
