import type { TemplateUpdate, Workspace } from '@codenest/platform/protocol'
import { createEffect, createSignal, on, type Accessor } from 'solid-js'
import type { Api } from './api.ts'
import type { Readiness } from './readiness.ts'
import { readStored, writeStored } from './storage.ts'

export interface TemplateUpdateModel {
  /** Whether the workspace was made from a template at all. */
  hasTemplate: Accessor<boolean>
  /** An update that can be taken and was not put off; null when there is none. */
  offered: Accessor<TemplateUpdate | null>
  /** Says nothing of this revision any more. */
  putOff: () => void
  /** Once for each revision, in this browser: what is told twice is a nuisance. */
  isNews: () => boolean
}

/** Whether the template has moved on: asked when the workspace is ready, and again when an update was recorded. */
export function createTemplateUpdate(
  api: Api,
  id: string,
  workspace: Accessor<Workspace | undefined>,
  readiness: Readiness,
): TemplateUpdateModel {
  const [found, setFound] = createSignal<TemplateUpdate | null>(null)
  const [putOff, setPutOff] = createSignal(readStored(`codenest.update-put-off.${id}`, isText))
  const revision = () => {
    const source = workspace()?.source
    const origin = source && 'workspace' in source ? source.origin : source
    return origin && 'template' in origin ? origin.revision : null
  }
  let turn = 0

  createEffect(
    on([readiness.isReady, revision], async ([isReady, known]) => {
      const mine = ++turn
      if (!isReady || known === null) return
      // Nobody asked: what cannot be looked up now is looked up with the next visit, or told by the dialog.
      const next = await api.templateUpdate(id).catch(() => null)
      if (mine === turn) setFound(next)
    }),
  )

  const offered = () => {
    const update = found()
    const isOpen = update?.available === true && update.problem === null && update.revision === revision()
    return isOpen && update.latest !== putOff() ? update : null
  }
  return {
    hasTemplate: () => revision() !== null,
    offered,
    putOff: () => {
      const latest = found()?.latest ?? null
      setPutOff(latest)
      writeStored(`codenest.update-put-off.${id}`, latest)
    },
    isNews: () => {
      const key = `codenest.update-told.${id}`
      const latest = offered()?.latest
      if (latest === undefined || latest === readStored(key, isText)) return false
      writeStored(key, latest)
      return true
    },
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
