/** The program of `--from-command`: its standard output is uploaded, and its exit code decides whether the object is created. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable, type Writable } from 'node:stream'
import { CommandFailed } from '../errors/error-kinds.js'
import type { OpenStream } from './location.js'

/** The environment in which the program runs. */
export interface ProgramEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Receives the standard error of the program, unchanged. */
  readonly stderr: Writable
}

/** Time between SIGTERM and SIGKILL for a program that is still running. */
const graceMs = 500
/** Time limit for reading the last messages of a program that has failed. */
const lastMessagesMs = 200

/** Starts a program with its arguments, without a shell. */
export const startProgram = (
  [program = '', ...args]: readonly string[],
  { env, stderr }: ProgramEnvironment,
): OpenStream => {
  // The program does not inherit standard input, which may be a terminal or a pipe for another reader.
  const child: ChildProcess = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
  const ending = endingOf(child)
  child.stderr?.pipe(stderr, { end: false })
  // Without free file descriptors, `spawn` fails and the child has no streams.
  const stream = child.stdout ?? Readable.from([])
  return {
    stream,
    async succeeded() {
      const failure = failureOf(program, await ending)
      if (failure === undefined) return
      await lastMessages(child)
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

/** Waits for `exit`, because a background process of the program can delay `close` indefinitely. */
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
  return new CommandFailed(`${program} ${how}.`, 'Nothing was stored; see the messages of the program above.')
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program in PATH',
  EACCES: 'it is not executable',
}

/** Waits for the last messages of a program, so that they are printed before the error about it. */
const lastMessages = async ({ stderr }: ChildProcess): Promise<void> => {
  if (stderr === null || stderr.readableEnded || stderr.destroyed) return
  const signal = AbortSignal.timeout(lastMessagesMs)
  await once(stderr, 'close', { signal }).catch(() => {
    // A background process of the program keeps the stream open. The error is then printed first.
  })
}
