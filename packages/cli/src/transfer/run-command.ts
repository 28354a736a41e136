/** A command whose standard output is uploaded. It is started without a shell; how it ends decides whether there is an object. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable, type Writable } from 'node:stream'
import { CommandFailed } from '../command-failed.js'
import type { OpenStream } from './place.js'

export interface CommandSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the messages of the command go, as they are. */
  readonly stderr: Writable
}

/** How long a command may take to end after SIGTERM, before SIGKILL. */
const graceMs = 500
/** How long what a command wrote last may take to arrive. */
const lastWordsMs = 200

/** Starts a command, by its program and arguments. */
export const startCommand = (
  [program = '', ...parameters]: readonly string[],
  { env, stderr }: CommandSurroundings,
): OpenStream => {
  // No standard input: that of `r2` may be a terminal or a pipe that somebody else reads.
  const child: ChildProcess = spawn(program, parameters, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
  const ending = endingOf(child)
  child.stderr?.pipe(stderr, { end: false })
  // A process that could not be made for want of descriptors has no streams.
  const stream = child.stdout ?? Readable.from([])
  return {
    stream,
    async succeeded() {
      const failure = failureOf(program, await ending)
      if (failure === undefined) return
      await lastWords(child)
      throw failure
    },
    async close() {
      stream.destroy()
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ending
      clearTimeout(timer)
    },
  }
}

type Ending =
  | { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: NodeJS.ErrnoException }

/** `exit` rather than `close`, which a process that the command has left in the background holds up. */
const endingOf = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })

const failureOf = (program: string, ending: Ending): CommandFailed | undefined => {
  if ('error' in ending) {
    const { code, message } = ending.error
    return new CommandFailed(`Cannot start ${program}: ${reasons[code ?? ''] ?? message}.`, 'Nothing was stored.')
  }
  const { exitCode, signal } = ending
  if (exitCode === 0) return undefined
  const how = signal === null ? `failed with exit code ${exitCode}` : `was ended by ${signal}`
  return new CommandFailed(`${program} ${how}.`, 'Nothing was stored; its own messages are above.')
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program in PATH',
  EACCES: 'it is not executable',
}

/** The messages of a command belong before the error about it. */
const lastWords = async ({ stderr }: ChildProcess): Promise<void> => {
  if (stderr === null || stderr.readableEnded || stderr.destroyed) return
  const signal = AbortSignal.timeout(lastWordsMs)
  await once(stderr, 'close', { signal }).catch(() => {
    // A process in the background holds it open: its messages need not come first.
  })
}
