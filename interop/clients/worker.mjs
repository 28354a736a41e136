/**
 * Clients in another language or runtime. One long-running process reads a JSON request per line from standard input and
 * writes a JSON response per line, in the same order. Steps therefore do not pay for the start of an interpreter.
 */
import { createInterface } from 'node:readline'
import { startProcess } from '../servers/support.mjs'

/** `call` resolves with the function's value. It rejects with the worker's error, or with its output if it has ended. */
export const startWorker = (command, parameters, options) => {
  const { child, output, stop } = startProcess(command, parameters, options)
  // A write to a process that has ended emits an error here. `call` reports the missing response instead.
  child.stdin.on('error', () => undefined)
  const responses = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async call(name, ...parameters) {
      child.stdin.write(`${JSON.stringify({ function: name, parameters })}\n`)
      const { value: line, done } = await responses.next()
      if (done) throw new Error(`the worker process ended: ${output().slice(-1500).trim()}`)
      const { value, error } = JSON.parse(line)
      if (error) throw new Error(error)
      return value
    },
    async close() {
      child.stdin.end()
      await stop()
    },
  }
}
