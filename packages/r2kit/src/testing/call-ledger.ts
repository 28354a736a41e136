/** Counts the calls of all clients of a run, so that those which did not end can be named. */
import type { Call, CallLayer } from '../pipeline/index.js'

/** A call that has begun; its response may be open after it has ended. */
interface OpenCall {
  readonly description: string
  readonly process: CallingProcess
  hasResponse: boolean
}

/** The process that makes calls. Those of a killed one never end, and do not count. */
interface CallingProcess {
  readonly isKilled: boolean
}

export class CallLedger {
  readonly #open = new Set<OpenCall>()

  /** Counts the calls of a process. */
  layer(process: CallingProcess): CallLayer {
    return (next) => async (call) => {
      const open: OpenCall = { description: describe(call), process, hasResponse: false }
      const close = () => this.#open.delete(open)
      this.#open.add(open)
      const onBodyEnd = (error?: unknown) => {
        close()
        call.onBodyEnd?.(error)
      }
      try {
        const output = await next({ ...call, onBodyEnd })
        if (isStreamed(output)) open.hasResponse = true
        else close()
        return output
      } catch (error) {
        close()
        throw error
      }
    }
  }

  /** Descriptions of the calls without an outcome. */
  get pending(): readonly string[] {
    return this.#select((call) => !call.hasResponse)
  }

  /** Descriptions of the calls whose streamed response has not ended. */
  get openResponses(): readonly string[] {
    return this.#select((call) => call.hasResponse)
  }

  #select(test: (call: OpenCall) => boolean): readonly string[] {
    return [...this.#open].filter((call) => !call.process.isKilled && test(call)).map(({ description }) => description)
  }
}

const describe = ({ operation, bucket, key }: Call): string =>
  [operation.name, [bucket, key].filter((part) => part !== undefined).join('/')].join(' ').trim()

const isStreamed = (output: unknown): boolean =>
  typeof output === 'object' && output !== null && (output as { body?: unknown }).body instanceof ReadableStream
