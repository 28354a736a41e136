/** Collects the rejected promises of a run that no code handled. */

interface NodeProcess {
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
  off(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
}

/**
 * Listens until `stop` is called. The runtime has no link from a promise to a run, so rejections of code that runs beside the
 * simulation count too.
 */
export const collectUnhandledRejections = (): { readonly errors: readonly unknown[]; stop(): void } => {
  const errors: unknown[] = []
  const { process } = globalThis as { process?: Partial<NodeProcess> }
  if (typeof process?.on === 'function') {
    const note = (reason: unknown) => {
      errors.push(reason)
    }
    process.on('unhandledRejection', note)
    return { errors, stop: () => process.off?.('unhandledRejection', note) }
  }
  const target = globalThis as unknown as EventTarget
  const note = (event: Event) => {
    event.preventDefault()
    errors.push((event as Event & { reason?: unknown }).reason)
  }
  target.addEventListener('unhandledrejection', note)
  return { errors, stop: () => target.removeEventListener('unhandledrejection', note) }
}
