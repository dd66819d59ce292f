/** What the files of a repository say about how it is set up and run; shown to its owner before anything of it happens. */

/** Commands that run together, one after the other with those of the steps before. */
export interface SetupStep {
  /** As the file calls it: `postCreateCommand`, `postCreate`. */
  key: string
  /** `create`: once per disk. `start`: at each start. */
  when: 'create' | 'start'
  from: string
  /** For a shell; more than one run at the same time. */
  commands: { name: string | null; command: string }[]
}

export interface SettingsProblem {
  file: string
  /** Counted from 1; null when it is about the file as a whole. */
  line: number | null
  message: string
}

/** Something that a file asks for and does not get. */
export interface NotSupported {
  key: string
  from: string
  /** One sentence for a person. */
  why: string
}

export interface RepositorySettings {
  /** Files that were read; what the first says comes before what the next say. */
  files: string[]
  /** For a shell; null when no file says it. */
  run: { command: string; from: string } | null
  ports: { port: number; label: string | null }[]
  /** Tools that it asks for by name. */
  stack: string | null
  image: string | null
  /** The stack that has the tools of the image, where one is known to. */
  imageStack: string | null
  steps: SetupStep[]
  /** Variables of its programs, as they are written: `${containerEnv:PATH}` is filled in when one starts. */
  environment: { name: string; value: string; from: string }[]
  notSupported: NotSupported[]
  problems: SettingsProblem[]
}
