/** Collects all that a program prints, throws and reports while a test drives it. */
import { inspect } from 'node:util'
import type { Evidence } from './leaks.js'

/** Everything that a value shows when it is printed, logged or serialised. */
export const printedForms = (value: unknown): string[] => {
  const forms = [
    inspect(value, { depth: 12, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
    String(value),
    attempt(() => JSON.stringify(value)),
    attempt(() => JSON.stringify(Object.entries(value as object))),
    attempt(() => JSON.stringify({ ...(value as object) })),
  ]
  if (value instanceof Error) {
    forms.push(value.message, value.stack ?? '')
    if ('summary' in value && typeof value.summary === 'function') forms.push(value.summary())
    if (value.cause !== undefined) forms.push(...printedForms(value.cause))
    if (value instanceof AggregateError) forms.push(...value.errors.flatMap(printedForms))
  }
  return forms
}

const attempt = (print: () => string | undefined): string => {
  try {
    return print() ?? ''
  } catch {
    // A circular structure or a BigInt has no JSON.
    return ''
  }
}

/** Records texts, each once, with its first source. */
export class Witness {
  readonly #texts = new Set<string>()
  #unread: Evidence[] = []
  readonly #restore: (() => void)[] = []
  /** The first word of each source. */
  readonly sources = new Set<string>()
  /** Whether a mask was recorded. */
  hasMask = false

  /** Number of different texts. */
  get size(): number {
    return this.#texts.size
  }

  /** The texts that were recorded since the last call. */
  take(): Evidence[] {
    const taken = this.#unread
    this.#unread = []
    return taken
  }

  /** Records a text. */
  add(source: string, text: string): void {
    if (text === '' || this.#texts.has(text)) return
    this.#texts.add(text)
    this.#unread.push({ source, text })
    this.sources.add(source.split(' ')[0] ?? '')
    this.hasMask ||= text.includes('[REDACTED]')
  }

  /** Records plain data, which has no hidden fields. */
  seeData(source: string, data: unknown): void {
    this.add(source, JSON.stringify(data))
  }

  /** Records a value in all forms in which it can be printed. */
  see(source: string, value: unknown): void {
    for (const form of printedForms(value)) this.add(source, form)
  }

  /** Awaits a call, and records its error or its result. */
  async watch<T>(source: string, work: () => T | Promise<T>, { seesResult = true } = {}): Promise<T | undefined> {
    try {
      const result = await work()
      if (seesResult) this.see(`result of ${source}`, result)
      return result
    } catch (error) {
      this.see(`error of ${source}`, error)
      return undefined
    }
  }

  /** Records the console, both output streams, warnings and unhandled rejections until `close`. */
  watchProcess(): void {
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const) {
      const original = console[method]
      console[method] = (...values: unknown[]) => {
        for (const value of values) this.see(`console.${method}`, value)
      }
      this.#restore.push(() => {
        console[method] = original
      })
    }
    for (const stream of [process.stdout, process.stderr]) {
      const original = stream.write
      stream.write = ((chunk: unknown, ...rest: never[]) => {
        this.add(stream === process.stdout ? 'stdout' : 'stderr', typeof chunk === 'string' ? chunk : String(chunk))
        return Reflect.apply(original, stream, [chunk, ...rest])
      }) as typeof stream.write
      this.#restore.push(() => {
        stream.write = original
      })
    }
    for (const event of ['warning', 'unhandledRejection'] as const) {
      const record = (value: unknown) => this.see(event, value)
      process.on(event, record)
      this.#restore.push(() => process.off(event, record))
    }
  }

  close(): void {
    for (const restore of this.#restore.splice(0)) restore()
  }
}
