/** Types and schemas of templates: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'
import { CommitId, Name, Parameters, Port } from '../protocol-values.ts'
import { RepositorySource } from '../workspaces/protocol.ts'

export const Template = z
  .object({
    name: Name,
    title: z.string(),
    description: z.string(),
    /** Word for its drawing. */
    icon: z.string(),
    /** What it is found by. */
    tags: z.array(z.string()),
    /** Commit of the template repository that a workspace made now is rendered from. */
    revision: z.string(),
    /**
     * JSON Schema (an object with properties of type string, number, integer or boolean). A property with `when` is
     * there only while the parameters that it names have the value, or one of the values, that it gives.
     */
    parameters: z.record(z.string(), z.unknown()),
    run: z.string().nullable(),
    ports: z.array(Port),
    /** Why it cannot be used; null when it can. */
    problem: z.string().nullable(),
    /** Of one's own template where it is from; null for those of the catalogue. */
    own: z
      .object({
        source: z.union([
          z.object({ workspace: Name, commit: CommitId }),
          z.object({
            repository: z.string(),
            ref: z.string().optional(),
            /** Of the repository. */
            commit: CommitId,
            fetchedAt: z.string(),
          }),
        ]),
        createdAt: z.string(),
        /** Whether new workspaces of it are trusted from the start, as the one was that it was made of. */
        trusted: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof Template>

/** A template of the newest save of a workspace. */
export const TemplateOfWorkspace = z
  .strictObject({
    workspace: Name,
    title: z.string().trim().min(1).max(80),
    description: z.string().trim().min(1).max(300),
  })
  .meta({ id: 'TemplateOfWorkspace' })
/** `POST /templates`: of a workspace, or of a repository that has a `template.yaml` at its root. */
export const CreateTemplate = z.union([TemplateOfWorkspace, RepositorySource]).meta({ id: 'CreateTemplate' })
export type CreateTemplate = z.input<typeof CreateTemplate>

/** `POST /templates/{name}/preview`: what a workspace with these parameters would begin with. */
export const PreviewTemplate = z
  .strictObject({ parameters: Parameters.default({}) })
  .meta({ id: 'PreviewTemplate' })
export type PreviewTemplate = z.input<typeof PreviewTemplate>

export const TemplatePreview = z
  .object({
    revision: z.string(),
    run: z.string().nullable(),
    ports: z.array(Port),
    /** By path. */
    files: z.array(
      z.object({
        path: z.string(),
        /** As git writes it: `100644`, `100755`, `120000`. */
        mode: z.string(),
        /** Bytes. */
        size: z.number().int(),
        /** null when it is not text, or too large to be shown. */
        content: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'TemplatePreview' })
export type TemplatePreview = z.infer<typeof TemplatePreview>
