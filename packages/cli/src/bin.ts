#!/usr/bin/env node
/** Runs `main` with the streams, environment and signals of this process. No other file uses them. */
import { main } from './main.js'
import { Interruption, interruptingSignals } from './process/interruption.js'

const interruption = new AbortController()

/**
 * Ends the process immediately, even if output is unread or a read is pending. Restores the default effect of signals first:
 * `process.exit` waits for threads that are blocked in a system call, and a further signal must still end the process.
 */
const exit = (exitCode: number): never => {
  for (const name of interruptingSignals) process.removeAllListeners(name)
  process.exit(exitCode)
}

for (const name of interruptingSignals) {
  process.on(name, () => {
    const reason = new Interruption(name)
    // The first signal starts the cleanup; the second ends the process without waiting for it.
    if (interruption.signal.aborted) exit(reason.exitCode)
    interruption.abort(reason)
  })
}
// `main` handles a reader that closes the pipe while a command runs. After that, a closed pipe is not an error.
process.stdout.on('error', () => undefined)

const exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  isTTY: process.stderr.isTTY === true,
  ...(process.stderr.columns !== undefined && { columns: process.stderr.columns }),
  signal: interruption.signal,
})
if (interruption.signal.aborted) exit(exitCode)
process.exitCode = exitCode
// A writer that keeps a pipe on standard input open would keep this process alive.
process.stdin.destroy()
