/** Runs the command `r2` in this process, with streams that are kept, so that a test sees what a shell would see. */
import { PassThrough, Readable, Writable } from 'node:stream'
import { main } from '@r2kit/cli'

export interface RunOptions {
  /** What comes on standard input. @defaultValue nothing */
  readonly stdin?: string | Uint8Array | Readable
  readonly env?: Readonly<Record<string, string | undefined>>
  /** @defaultValue false */
  readonly isTTY?: boolean
  readonly signal?: AbortSignal
  /** @defaultValue a stream that keeps everything */
  readonly stdout?: Writable
}

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  /** Standard output as it was, for objects that are no text. */
  readonly stdoutBytes: Buffer
  readonly stderr: string
  /** Standard output as JSON lines; a line that is not JSON fails the test. */
  readonly events: readonly Record<string, unknown>[]
}

export const runCommand = async (words: readonly string[], options: RunOptions = {}): Promise<CommandResult> => {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  const { stdin = '', isTTY = false } = options
  const exitCode = await main(words, {
    stdin: stdin instanceof Readable ? stdin : Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)]),
    stdout: options.stdout ?? keeping(stdout),
    stderr: Object.assign(keeping(stderr), { isTTY }),
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

/** Every line of the text as an object of the documented shape. */
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

const keeping = (chunks: Buffer[]): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })

/** A standard input that stays open until the test ends it. */
export const openInput = (): PassThrough => new PassThrough()
