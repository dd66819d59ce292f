import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../tests/support/free-port.ts'
import { startProgram } from '../support/program.ts'
import { END } from './load.ts'

/** What is asked, inside a workspace and outside: a page of a kilobyte. */
export const APP = `
const body = 'x'.repeat(1000) + ${JSON.stringify(END)}
require('http')
  .createServer((_, response) => response.setHeader('content-type', 'text/html').end(body))
  .listen(Number(process.argv[2]), '127.0.0.1')
`

export interface Server extends AsyncDisposable {
  port: number
}

export async function startHostApp(folder: string): Promise<Server> {
  const file = join(folder, 'app.cjs')
  await writeFile(file, APP)
  return startProgram({ file: process.execPath, args: [file], env: process.env }, (port) => [String(port)])
}

/** Debian's nginx with a configuration of its own. Throws when there is none. */
export async function startNginx(folder: string, appPort: number): Promise<Server> {
  const port = await freePort()
  const prefix = join(folder, 'nginx')
  await mkdir(prefix)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = temporary.map((name) => `  ${name}_temp_path ${prefix}/${name};`).join('\n')
  const configuration = `worker_processes auto;
daemon off;
pid ${prefix}/pid;
error_log ${prefix}/error.log;
events { worker_connections 1024; }
http {
${paths}
  access_log off;
  keepalive_requests 1000000;
  upstream app { server 127.0.0.1:${appPort}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`
  const file = join(prefix, 'nginx.conf')
  await writeFile(file, configuration)
  const child = spawn('nginx', ['-p', prefix, '-c', file], { stdio: 'ignore' })
  await once(child, 'spawn')
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`nginx ended with exit code ${child.exitCode}`)
  }
  return { port, [Symbol.asyncDispose]: stop }
}
