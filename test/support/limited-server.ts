/** The local R2 as Node loads it (its bundle) in a separate process whose shell sets resource limits: open files, file size. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LocalCredentials } from '@r2kit/local'

const built = new URL('../../packages/local/dist/node/index.js', import.meta.url)

const script = `
import { startLocalR2 } from ${JSON.stringify(built.href)}
const local = await startLocalR2({ dataDir: process.argv[1] })
console.log(JSON.stringify({ endpoint: local.endpoint, port: local.port, credentials: local.credentials }))
process.on('SIGTERM', () => local.close())`

export interface LimitedServer extends AsyncDisposable {
  readonly endpoint: string
  readonly port: number
  readonly credentials: LocalCredentials
  /** The standard error output so far. */
  log(): string
  /** Stops the process. Resolves with its exit code or the signal that ended it. */
  stop(): Promise<number | string>
}

/** @param limits - shell commands, for example `ulimit -n 64` */
export const startLimitedServer = async (limits: string, dataDir: string): Promise<LimitedServer> => {
  const command = `${limits}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', command, process.execPath, '--input-type=module', '-e', script, dataDir], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), exited.then(() => undefined)])
  if (line === undefined) throw new Error(`The server exited before it was ready: ${log}`)
  const stop = async (): Promise<number | string> => {
    child.kill('SIGTERM')
    const [code, signal] = await exited
    return code ?? signal
  }
  return {
    ...(JSON.parse(line) as Pick<LimitedServer, 'endpoint' | 'port' | 'credentials'>),
    log: () => log,
    stop,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
