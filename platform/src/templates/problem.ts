import { AppError } from '../errors.ts'

/** What is wrong with a template, and where. */
export interface TemplateProblem {
  file: string
  /** From 1; null when it is about the file as a whole. */
  line: number | null
  message: string
}

/** Problems that are named in one sentence; whoever writes the template asks for all of them. */
const NAMED = 5

/** Thrown while a template is read or rendered. */
export class TemplateError extends Error {
  override name = 'TemplateError'
  readonly problems: TemplateProblem[]

  constructor(problems: TemplateProblem[]) {
    super(problems.map(showProblem).join('\n'))
    this.problems = problems
  }
}

export function templateError(file: string, line: number | null, message: string): TemplateError {
  return new TemplateError([{ file, line, message }])
}

/** `src/main.ts.hbs:3: …`, as compilers write it. */
export function showProblem({ file, line, message }: TemplateProblem): string {
  return `${file}${line === null ? '' : `:${line}`}: ${message}`
}

/** For whoever wants to use the template. */
export function toAppError({ problems }: TemplateError): AppError {
  const said = problems
    .slice(0, NAMED)
    .map(({ file, line, message }) => `${file}${line === null ? '' : `, line ${line}`}: ${message}`)
  const more = problems.length > NAMED ? [`and ${problems.length - NAMED} more`] : []
  const details = problems.map(({ file, line, message }) => ({
    path: line === null ? file : `${file}:${line}`,
    message,
  }))
  return new AppError(
    422,
    'template_failed',
    `The template cannot be used. ${[...said, ...more].join(' ')}`,
    { details },
  )
}
