/** The pages of a list, each asked for while the one before it is worked through: else all would wait for every page. */
export async function* prefetchPages<Page>(pages: AsyncGenerator<Page, void>): AsyncGenerator<Page, void> {
  for (let next = pages.next(); ; ) {
    const step = await next
    if (step.done === true) return
    next = pages.next()
    // It is told when its turn has come; whoever ends before that does not want to know.
    next.catch(ignore)
    yield step.value
  }
}

const ignore = (): void => undefined
