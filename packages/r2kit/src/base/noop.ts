/** Does nothing: the handler of a promise whose failure has no consequence, or the default of a callback. */
export const noop = (): void => undefined
