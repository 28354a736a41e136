/** The same bytes, with `onEnd` called once: when they have ended, have been cancelled, or fail with an error. */
export const onBodyEnd = (
  body: ReadableStream<Uint8Array>,
  onEnd: (error?: unknown) => void,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
        } catch (error) {
          onEnd(error)
          throw error
        }
        onEnd()
        controller.close()
      },
      async cancel(reason) {
        onEnd()
        await reader.cancel(reason)
      },
    },
    // No read-ahead: the transport's stream has a buffer already.
    { highWaterMark: 0 },
  )
}
