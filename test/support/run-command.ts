/** Runs the command `r2` in this process, and collects its output. */
import { PassThrough, Readable, Writable } from 'node:stream'
import { main } from '@r2kit/cli'

/** The process environment of the command. */
export interface RunOptions {
  /** Standard input. @defaultValue empty */
  readonly stdin?: string | Uint8Array | Readable
  /** Environment variables. @defaultValue none */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Whether standard error is a terminal. @defaultValue false */
  readonly isTTY?: boolean
  /** Interrupts the command. @defaultValue never aborted */
  readonly signal?: AbortSignal
  /** Standard output. @defaultValue collected in the result */
  readonly stdout?: Writable
}

/** Exit code and output of the command. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  /** Standard output as bytes, for objects that are not text. */
  readonly stdoutBytes: Buffer
  readonly stderr: string
  /** Standard output as JSON lines. Throws for a line that is not an event. */
  readonly events: readonly Record<string, unknown>[]
}

/** Runs one command line. */
export const runCommand = async (args: readonly string[], options: RunOptions = {}): Promise<CommandResult> => {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  const { stdin = '', isTTY = false } = options
  const exitCode = await main(args, {
    stdin: stdin instanceof Readable ? stdin : Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)]),
    stdout: options.stdout ?? collect(stdout),
    stderr: Object.assign(collect(stderr), { isTTY }),
    env: options.env ?? {},
    isTTY,
    signal: options.signal ?? new AbortController().signal,
  })
  const stdoutBytes = Buffer.concat(stdout)
  return {
    exitCode,
    stdout: stdoutBytes.toString(),
    stdoutBytes,
    stderr: Buffer.concat(stderr).toString(),
    get events() {
      return jsonLines(stdoutBytes.toString())
    },
  }
}

/** Parses each line as an event. */
const jsonLines = (text: string): Record<string, unknown>[] => {
  if (text === '') return []
  if (!text.endsWith('\n')) throw new Error('the last JSON line has no line feed')
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line)
      if (typeof value !== 'object' || value === null || !('version' in value) || !('event' in value)) {
        throw new Error(`not an event: ${line}`)
      }
      return { ...value }
    })
}

const collect = (chunks: Buffer[]): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })

/** A standard input that stays open until the test ends or destroys it. */
export const openInput = (): PassThrough => new PassThrough()
