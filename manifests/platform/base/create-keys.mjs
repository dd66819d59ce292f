// Makes the Secret with the platform's signing key unless there is one: every replica signs with the same key, and an
// update of CodeNest keeps it. Runs as a Job, with an account that can create Secrets and read none.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const { privateKey } = generateKeyPairSync('ed25519')
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'signing-key', labels: { 'app.kubernetes.io/managed-by': 'codenest' } },
  immutable: true,
  stringData: { 'signing-key.json': JSON.stringify(privateKey.export({ format: 'jwk' })) },
}

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
call.on('error', (error) => end(1, `The signing key could not be kept: ${error.message}.`))
call.on('response', (response) => {
  response.resume()
  if (response.statusCode === 201) end(0, 'The signing key was made.')
  else if (response.statusCode === 409) end(0, 'There is a signing key: it is kept.')
  else end(1, `The signing key could not be kept: the API server answered ${response.statusCode}.`)
})
call.end(JSON.stringify(secret))

function end(code, message) {
  process.stdout.write(`${message}\n`)
  process.exitCode = code
}
