/**
 * The platform's types that the package's declarations name, for programs that compile with neither `lib: DOM` nor
 * `@types/node`. Where one of them is present, these empty interfaces merge with its own and add nothing. `@types/node` declares
 * `Symbol.asyncDispose` for older libraries in the same way.
 */
declare global {
  interface AbortController {}
  interface AbortSignal {}
  interface Blob {}
  // The type parameters of all declarations of an interface must be identical.
  // biome-ignore lint/suspicious/noExplicitAny: as declared by lib.dom and @types/node.
  interface ReadableStream<R = any> {}
  // biome-ignore lint/suspicious/noExplicitAny: as declared by lib.dom and @types/node.
  interface ReadableStreamDefaultReader<R = any> {}
  interface RequestInit {}
  interface Response {}
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
  interface AsyncDisposable {
    [Symbol.asyncDispose](): PromiseLike<void>
  }
}

export type {}
