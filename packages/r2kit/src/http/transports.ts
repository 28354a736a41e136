/**
 * The transports that programs make themselves: an index of their own, because their streams are loaded by `import()`, and esbuild
 * splits the chunks of every program that reaches such an `import()`, even where it drops the code.
 */
export { type CreateTransportOptions, createTransport } from './create-transport.js'
export { type FetchFunction, FetchTransport, type FetchTransportOptions } from './fetch-transport.js'
