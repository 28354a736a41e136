#!/usr/bin/env node
/** The process around `main`: its streams, environment and signals. The only file that knows there is a process. */
import { Interruption, interruptingSignals } from './interruption.js'
import { main } from './main.js'

const interruption = new AbortController()

/**
 * Ends the process now: output that no reader takes, or a read that does not return, would keep it alive. From here on signals
 * have their default effect, because Node waits for threads that are inside a system call.
 */
const end = (exitCode: number): never => {
  for (const name of interruptingSignals) process.removeAllListeners(name)
  process.exit(exitCode)
}

for (const name of interruptingSignals) {
  process.on(name, () => {
    const reason = new Interruption(name)
    // The first signal lets the command clean up; the second does not wait for that.
    if (interruption.signal.aborted) end(reason.exitCode)
    interruption.abort(reason)
  })
}
// `main` notices a reader that has gone while it works; one that goes while the process ends is no error.
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
if (interruption.signal.aborted) end(exitCode)
process.exitCode = exitCode
// A pipe on standard input that its writer leaves open would keep the process alive.
process.stdin.destroy()
