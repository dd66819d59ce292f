// Makes the Secrets with the platform's keys unless they are there: every replica signs with the same key and reads the
// same secrets, and an update of CodeNest keeps both. Runs as a Job, with an account that can create Secrets and read none.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
// This script is mounted into the platform's image, which has the library.
const fromImage = createRequire(`${process.cwd()}/platform/package.json`)
const { generateX25519Identity } = await import(pathToFileURL(fromImage.resolve('age-encryption')))
const { privateKey } = generateKeyPairSync('ed25519')

// Two, because a Secret that is immutable cannot get a second key when CodeNest is updated.
await create('signing-key', { 'signing-key.json': JSON.stringify(privateKey.export({ format: 'jwk' })) })
await create('secrets-key', { 'secrets-key.txt': `${await generateX25519Identity()}\n` })

async function create(name, stringData) {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'codenest' } },
    immutable: true,
    stringData,
  }
  try {
    const status = await post(JSON.stringify(secret))
    if (status === 201) say(`The Secret ${name} was made.`)
    else if (status === 409) say(`There is a Secret ${name}: it is kept.`)
    else fail(`The Secret ${name} could not be kept: the API server answered ${status}.`)
  } catch (error) {
    fail(`The Secret ${name} could not be kept: ${error.message}.`)
  }
}

function post(body) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const call = request({
    host: process.env.KUBERNETES_SERVICE_HOST,
    port: process.env.KUBERNETES_SERVICE_PORT,
    path: `/api/v1/namespaces/${readFileSync(`${ACCOUNT}/namespace`, 'utf8')}/secrets`,
    method: 'POST',
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    headers: {
      authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8')}`,
      'content-type': 'application/json',
    },
    timeout: 10_000,
  })
  call.on('timeout', () => call.destroy(new Error('the API server does not answer')))
  call.on('error', reject)
  call.on('response', (response) => {
    response.resume()
    resolve(response.statusCode)
  })
  call.end(body)
  return promise
}

function say(message) {
  process.stdout.write(`${message}\n`)
}

function fail(message) {
  say(message)
  process.exitCode = 1
}
