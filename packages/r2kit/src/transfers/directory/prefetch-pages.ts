import { noop } from '../../base/noop.js'

/**
 * Yields the pages of a list. Each is requested while the one before it is processed, so that no page is waited for. Ending the
 * iteration early cancels the request in flight.
 */
export async function* prefetchPages<Page>(pages: AsyncGenerator<Page, void>): AsyncGenerator<Page, void> {
  try {
    for (let next = pages.next(); ; ) {
      const step = await next
      if (step.done === true) return
      next = pages.next()
      // A failure is thrown in its turn; if the consumer stops before that, it is ignored.
      next.catch(noop)
      yield step.value
    }
  } finally {
    await pages.return()
  }
}
