#!/usr/bin/env node
/** The process around `main`: its streams, environment and signals. The only file that knows there is a process. */
import { exitCodes } from './exit-codes.js'
import { main } from './main.js'

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first asks the command to end cleanly; whoever asks again does not want to wait.
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted)
    interruption.abort()
  })
}
// `main` notices a reader that has gone while it works; one that goes while the process ends is no error.
process.stdout.on('error', () => undefined)

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  isTTY: process.stderr.isTTY === true,
  ...(process.stderr.columns !== undefined && { columns: process.stderr.columns }),
  signal: interruption.signal,
})
// A pipe on standard input that nobody closes would keep the process alive.
process.stdin.destroy()
