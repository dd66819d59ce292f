const NO_CONTAINER =
  'The workspace is not a container of its own making: what it may do is set by this CodeNest.'
const NO_BUILD =
  'Images are not built here: the workspace has the tools of its stack, or of the machine it runs on.'
const NO_MOUNT = 'Nothing of the machine is mounted into a workspace.'
const ONE_USER = 'Everything in a workspace runs as the same user, who is not root.'

/** Settings of dev containers that say something which holds anyway, or is for other programs' eyes. */
export const WITHOUT_MEANING = ['$schema', 'name', 'shutdownAction', 'updateRemoteUserUID']

/** Why other settings of dev containers have no effect. */
export const NOT_SUPPORTED: Record<string, string> = {
  build: NO_BUILD,
  dockerFile: NO_BUILD,
  context: NO_BUILD,
  features: `${NO_BUILD} Install what is missing in postCreateCommand, without root.`,
  overrideFeatureInstallOrder: NO_BUILD,
  dockerComposeFile:
    'Only one workspace is started: other services have to be started in it, or reached by a URL.',
  service: 'It belongs to dockerComposeFile, which is not read.',
  runServices: 'It belongs to dockerComposeFile, which is not read.',
  customizations: 'Settings and extensions of other editors have no meaning here.',
  extensions: 'Extensions of other editors have no meaning here.',
  settings: 'Settings of other editors have no meaning here.',
  mounts: NO_MOUNT,
  workspaceMount: NO_MOUNT,
  workspaceFolder: 'The repository is always opened at its top.',
  privileged: NO_CONTAINER,
  capAdd: NO_CONTAINER,
  securityOpt: NO_CONTAINER,
  runArgs: NO_CONTAINER,
  init: NO_CONTAINER,
  overrideCommand: NO_CONTAINER,
  containerUser: ONE_USER,
  remoteUser: ONE_USER,
  userEnvProbe: 'Terminals are no login shells: put variables into remoteEnv.',
  hostRequirements: 'Processors and memory are set by the owner of the workspace, not by its repository.',
  secrets:
    'Variables are kept by you, for all workspaces or for this one, and not asked for by a repository.',
  initializeCommand: 'It would run outside of the workspace, where nothing of a repository runs.',
  waitFor: 'The workspace is open before any command has ended.',
  otherPortsAttributes: 'Every port that opens is told, and private until it is shared.',
}
