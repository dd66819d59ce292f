import { parseDocument } from 'yaml'
import { AppError } from '../errors.ts'
import type { ParameterValues } from './condition.ts'
import { findDoubts } from './doubts.ts'
import { carryParameters, checkParameters } from './parameters.ts'
import { TemplateError, toAppError } from './problem.ts'
import type { TemplateProblem } from './problem.ts'
import { assertWithinLimits, examine, renderLaunch, renderTemplate } from './render.ts'
import type { Files } from './render.ts'
import { MANIFEST, parseTemplateManifest } from './template.ts'
import type { TemplateManifest } from './template.ts'

/** Everything that is done with a template's own texts, patterns and conditions. */
export const JOBS = {
  /** Reads a template with all of its files; what is wrong with any of them is thrown. */
  read(files: Files): TemplateManifest {
    const manifest = readManifest(files)
    assertWithinLimits(files)
    const { problems } = examine(files, manifest)
    if (problems.length > 0) throw new TemplateError(problems)
    return manifest
  },
  /** `template.yaml` with another title and description; whoever wrote the rest keeps it. */
  retitle: (text: string, title: string, description: string): string => {
    const document = parseDocument(text)
    document.set('title', title)
    document.set('description', description)
    return document.toString({ lineWidth: 0 })
  },
  /** What is not wrong, but hardly meant. */
  doubts: (files: Files, manifest: TemplateManifest): TemplateProblem[] => findDoubts(files, manifest),
  check: (manifest: TemplateManifest, values: ParameterValues): ParameterValues =>
    checkParameters(manifest.parameters, values),
  carry: (manifest: TemplateManifest, answers: ParameterValues): ParameterValues =>
    carryParameters(manifest.parameters, answers),
  render: (files: Files, manifest: TemplateManifest, values: ParameterValues): Files =>
    renderTemplate(files, manifest, checkParameters(manifest.parameters, values)),
  launch: (manifest: TemplateManifest, values: ParameterValues): { run: string | null; ports: number[] } =>
    renderLaunch(manifest, checkParameters(manifest.parameters, values)),
}

export type Jobs = typeof JOBS
export type JobName = keyof Jobs

export type Outcome =
  | { result: unknown }
  | { problems: TemplateProblem[] }
  | { refusal: { status: number; code: string; message: string; details: AppError['details'] } }

/** `template.yaml` of a template, which is taken out of its files. */
export function readManifest(files: Files): TemplateManifest {
  const manifest = files.get(MANIFEST)
  if (!manifest || manifest.mode === '120000')
    throw new TemplateError([
      { file: MANIFEST, line: null, message: 'a template needs this file at its root.' },
    ])
  const parsed = parseTemplateManifest(Buffer.from(manifest.content).toString())
  files.delete(MANIFEST)
  return parsed
}

/** An outcome that can be sent from thread to thread. */
export function outcomeOf(run: () => unknown): Outcome {
  try {
    return { result: run() }
  } catch (error) {
    if (error instanceof TemplateError) return { problems: error.problems }
    if (!(error instanceof AppError)) throw error
    const { status, code, message, details } = error
    return { refusal: { status, code, message, details } }
  }
}

/** The result of an outcome, or its error thrown as one for people. */
export function unpack(outcome: Outcome): unknown {
  if ('result' in outcome) return outcome.result
  if ('problems' in outcome) throw toAppError(new TemplateError(outcome.problems))
  const { status, code, message, details } = outcome.refusal
  throw new AppError(status, code, message, details ? { details } : {})
}
