import { expect, test } from 'vitest'

import { digestOf, needsTrust, readRepositorySettings, stackOfImage } from './repository-settings.ts'
import type { RepositorySettings } from './repository-settings.ts'

const PLACE = '.devcontainer/devcontainer.json'

function read(files: Record<string, string | false>): Promise<RepositorySettings> {
  return readRepositorySettings({
    read: (path) => Promise.resolve(files[path] ?? null),
    list: (folder) => {
      const below = Object.keys(files).filter((path) => path.startsWith(`${folder}/`))
      const folders = below.map((path) => path.split('/')).filter((parts) => parts.length > 2)
      return Promise.resolve([...new Set(folders.map((parts) => parts[1] ?? ''))])
    },
  })
}

/** What matters of it, in lines that can be read. */
async function tell(files: Record<string, string>): Promise<string[]> {
  const settings = await read(files)
  const { run, ports, stack, image, steps, environment, notSupported, problems } = settings
  return [
    ...(image === null ? [] : [`image ${image} = ${stackOfImage(image)}`]),
    ...(stack === null ? [] : [`stack ${stack}`]),
    ...(run === null ? [] : [`run ${run.command}`]),
    ...ports.map(({ port, label }) => `port ${port}${label === null ? '' : ` ${label}`}`),
    ...steps.flatMap(({ when, commands }) =>
      commands.map(({ name, command }) => `${when} ${name === null ? '' : `[${name}] `}${command}`),
    ),
    ...environment.map(({ name, value }) => `${name}=${value}`),
    ...notSupported.map(({ key }) => `no ${key}`),
    ...problems.map(({ line, message }) => `problem ${line}: ${message}`),
  ]
}

/** As they are found in repositories, by kind. */
const SHAPES: [name: string, json: string, told: string[]][] = [
  ['nothing', '{}', []],
  ['an empty file', '', []],
  [
    'what the editor makes, with its comments',
    `// For format details, see https://aka.ms/devcontainer.json.
{
	"name": "Node.js & TypeScript",
	// Or use a Dockerfile or Docker Compose file.
	"image": "mcr.microsoft.com/devcontainers/typescript-node:1-22-bookworm"

	// "forwardPorts": [],
	/* "postCreateCommand": "yarn install", */
}
`,
    ['image mcr.microsoft.com/devcontainers/typescript-node:1-22-bookworm = node'],
  ],
  [
    'trailing commas',
    '{ "image": "mcr.microsoft.com/devcontainers/python:3.12", "forwardPorts": [5000, 8000,], }',
    ['image mcr.microsoft.com/devcontainers/python:3.12 = python', 'port 5000', 'port 8000'],
  ],
  [
    'an app that is started when somebody attaches',
    `{ "image": "mcr.microsoft.com/devcontainers/universal:2", "hostRequirements": { "cpus": 4 },
  "waitFor": "onCreateCommand", "updateContentCommand": "npm install", "postCreateCommand": "",
  "postAttachCommand": { "server": "npm start" },
  "portsAttributes": { "3000": { "label": "Application", "onAutoForward": "openPreview" } },
  "forwardPorts": [3000] }`,
    [
      'image mcr.microsoft.com/devcontainers/universal:2 = null',
      'run npm start',
      'port 3000 Application',
      'create npm install',
      'no portsAttributes.3000.onAutoForward',
      'no hostRequirements',
      'no waitFor',
    ],
  ],
  [
    'commands by list and by name',
    `{ "onCreateCommand": ["bash", "-c", "echo 'a b'"],
  "postCreateCommand": { "deps": "pip install -r requirements.txt", "hooks": ["pre-commit", "install"] },
  "postStartCommand": "git config --global --add safe.directory \${containerWorkspaceFolder}" }`,
    [
      "create bash -c 'echo '\\''a b'\\'''",
      'create [deps] pip install -r requirements.txt',
      'create [hooks] pre-commit install',
      'start git config --global --add safe.directory ${containerWorkspaceFolder}',
    ],
  ],
  [
    'a Dockerfile with arguments',
    '{ "build": { "dockerfile": "Dockerfile", "args": { "VARIANT": "3.11" } }, "remoteUser": "vscode" }',
    ['no build', 'no remoteUser'],
  ],
  [
    'a Dockerfile of the first days',
    '{ "dockerFile": "Dockerfile", "appPort": "8080:80" }',
    ['port 80', 'no dockerFile'],
  ],
  [
    'services',
    `{ "dockerComposeFile": ["docker-compose.yml", "../docker-compose.yml"], "service": "app", "runServices": ["db"],
  "workspaceFolder": "/workspaces/\${localWorkspaceFolderBasename}", "forwardPorts": ["db:5432", 3000, "localhost:4000"] }`,
    [
      'port 3000',
      'port 4000',
      'no port db:5432',
      'no dockerComposeFile',
      'no service',
      'no runServices',
      'no workspaceFolder',
    ],
  ],
  [
    'features',
    `{ "image": "mcr.microsoft.com/devcontainers/base:ubuntu",
  "features": { "ghcr.io/devcontainers/features/docker-in-docker:2": {}, "ghcr.io/devcontainers/features/go:1": { "version": "latest" } } }`,
    ['image mcr.microsoft.com/devcontainers/base:ubuntu = null', 'no features'],
  ],
  [
    'a privileged one',
    `{ "image": "rust:1", "privileged": true, "runArgs": ["--cap-add=SYS_PTRACE", "--security-opt", "seccomp=unconfined"],
  "capAdd": ["SYS_PTRACE"], "mounts": ["source=/var/run/docker.sock,target=/var/run/docker.sock,type=bind"],
  "initializeCommand": "touch ~/.env" }`,
    ['image rust:1 = rust', 'no privileged', 'no runArgs', 'no capAdd', 'no mounts', 'no initializeCommand'],
  ],
  [
    'variables of both kinds',
    `{ "containerEnv": { "RUST_BACKTRACE": 1, "MODE": "container" },
  "remoteEnv": { "MODE": "remote", "PATH": "\${containerEnv:PATH}:/opt/bin", "LOCAL": "\${localEnv:HOME}", "GONE": null, "HOME": "/root" } }`,
    [
      'MODE=remote',
      'PATH=${containerEnv:PATH}:/opt/bin',
      'LOCAL=${localEnv:HOME}',
      'RUST_BACKTRACE=1',
      'no remoteEnv.GONE',
      'no remoteEnv.HOME',
    ],
  ],
  [
    'editors',
    '{ "customizations": { "vscode": { "extensions": ["golang.go"], "settings": {} }, "codespaces": {} }, "extensions": [] }',
    ['no customizations', 'no extensions'],
  ],
  [
    'ranges of ports, and a label alone',
    '{ "portsAttributes": { "40000-55000": { "onAutoForward": "ignore" }, "5173": { "label": "Vite" } }, "otherPortsAttributes": {} }',
    [
      'port 5173 Vite',
      'no portsAttributes.40000-55000',
      'no portsAttributes.40000-55000.onAutoForward',
      'no otherPortsAttributes',
    ],
  ],
  [
    'a field that is wrong: the others hold',
    '{\n  "image": 7,\n  "postCreateCommand": 3,\n  "forwardPorts": [80]\n}',
    [
      'port 80',
      'problem 2: image invalid input: expected string, received number.',
      'problem 3: postCreateCommand must be a command, the list of its words, or at most 16 of them by name.',
    ],
  ],
  ['broken', '{\n  "image": "x",\n  "postCreateCommand": "make\n}', ['problem 3: This is not JSON.']],
  ['no object', '[1]', ['problem 1: It must be an object.']],
  ['a name nobody knows', '{ "postCreate": "make" }', ['no postCreate']],
  [
    'a command with more in it than can be seen',
    '{ "postCreateCommand": "npm ci \\u202e hs | lruc" }',
    ['problem 1: postCreateCommand must be a command, the list of its words, or at most 16 of them by name.'],
  ],
  ['deep', '['.repeat(60_000), ['problem null: It is nested more than 32 levels deep.']],
  [
    'large',
    `{ "name": "${'x'.repeat(70_000)}" }`,
    ['problem null: It is larger than 64 KiB, so it is not read.'],
  ],
]

test.each(SHAPES)('a dev container: %s', async (_, json, told) => {
  expect(await tell({ [PLACE]: json })).toEqual(told)
})

const OWN: [name: string, yaml: string, told: string[]][] = [
  [
    'everything',
    `run: npm run dev
ports: [3000, { port: 9229, label: Debugger }]
stack: node
image: node:22
postCreate: npm ci
postStart: { db: ./db.sh, queue: [./queue.sh, "a b"] }
environment:
  DEBUG: "*"
  LEVEL: 3
`,
    [
      'image node:22 = node',
      'stack node',
      'run npm run dev',
      'port 3000',
      'port 9229 Debugger',
      'create npm ci',
      'start [db] ./db.sh',
      "start [queue] ./queue.sh 'a b'",
      'DEBUG=*',
      'LEVEL=3',
    ],
  ],
  ['empty', '# nothing yet\n', []],
  [
    'broken',
    'run: x\nports: [\n',
    [
      'problem 3: This is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
  ],
  [
    'a field that is wrong',
    'run: ok\nports: [0]\nstack: No Name\nwhat: 1\n',
    [
      'run ok',
      'no what',
      'problem 2: ports.0 too small: expected number to be >=1.',
      'problem 3: stack must be a name like node.',
    ],
  ],
  ['a list', '- run\n', ['problem 1: It must be a table of settings.']],
  [
    'aliases',
    'a: &a x\nrun: *a\n',
    ['problem null: It cannot be read as plain YAML, without aliases and tags.'],
  ],
  ['deep', `run: ${'['.repeat(1000)}`, ['problem null: It is nested more than 32 levels deep.']],
]

test.each(OWN)('settings of our own: %s', async (_, yaml, told) => {
  expect(await tell({ '.codenest.yaml': yaml })).toEqual(told)
})

test('our own come first, field by field', async () => {
  const files = {
    '.codenest.yaml': 'run: mine\npostCreate: mine\nports: [1]\nenvironment: { A: mine }\n',
    '.devcontainer.json': `{ "postCreateCommand": "theirs", "onCreateCommand": "theirs", "postStartCommand": "started",
      "postAttachCommand": "theirs", "forwardPorts": [2], "containerEnv": { "A": "theirs", "B": "theirs" } }`,
  }
  expect(await tell(files)).toEqual([
    'run mine',
    'port 1',
    'port 2',
    'create mine',
    'start started',
    'A=mine',
    'B=theirs',
  ])
})

test('of several dev containers the first is read, and the others are named', async () => {
  const settings = await read({
    '.devcontainer/b/devcontainer.json': '{ "image": "b" }',
    '.devcontainer/a/devcontainer.json': '{ "image": "a" }',
  })
  expect([settings.image, settings.files]).toEqual(['a', ['.devcontainer/a/devcontainer.json']])
  expect(settings.notSupported.map(({ key }) => key)).toEqual(['.devcontainer/b/devcontainer.json'])
})

test('what cannot be read is a problem of its file', async () => {
  const { problems } = await read({ '.codenest.yaml': false, [PLACE]: '{}' })
  expect(problems).toMatchObject([{ file: '.codenest.yaml', line: null }])
})

test('the digest changes with what would run, and with nothing else', async () => {
  const digest = async (yaml: string): Promise<string> => digestOf(await read({ '.codenest.yaml': yaml }))
  const first = await digest('run: a\nports: [1]\n')
  expect(await digest('# said\nports: [2]\nrun: a\nstack: node\n')).toBe(first)
  const others = ['run: b', 'run: a\npostCreate: x', 'run: a\npostStart: x', 'run: a\nenvironment: { A: x }']
  const digests = await Promise.all(others.map((yaml) => digest(yaml)))
  expect(new Set([first, ...digests]).size).toBe(5)
})

test('ports and images alone need no trust', async () => {
  expect(needsTrust(await read({ [PLACE]: '{ "image": "x", "forwardPorts": [1], "mounts": [] }' }))).toBe(
    false,
  )
  expect(needsTrust(await read({ [PLACE]: '{ "containerEnv": { "A": "x" } }' }))).toBe(true)
})

const IMAGES: [image: string, stack: string | null][] = [
  ['mcr.microsoft.com/devcontainers/javascript-node:20', 'node'],
  ['mcr.microsoft.com/vscode/devcontainers/python:0-3.9', 'python'],
  ['localhost:5000/devcontainers/go@sha256:0123', 'go'],
  ['golang:1.23', 'go'],
  ['mcr.microsoft.com/devcontainers/cpp', 'cpp'],
  ['mcr.microsoft.com/devcontainers/java:21', 'java'],
  ['example.com/python/tools', null],
]
test.each(IMAGES)('%s has the tools of %s', (image, stack) => {
  expect(stackOfImage(image)).toBe(stack)
})
