import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '../src/app.ts'

test('the first page is served', async () => {
  const server = app.listen(0)
  try {
    const { port } = server.address() as { port: number }
    const response = await fetch(`http://127.0.0.1:${port}/`)
    assert.equal(response.status, 200)
    assert.match(await response.text(), /<h1>/)
  } finally {
    server.close()
  }
})
