import { createContextOf } from '../../kernel/context-of.ts'
import type { SourceControl } from '../../kernel/source-control.ts'

export const [SourceControlProvider, useSourceControl] = createContextOf<SourceControl>('SourceControl')
