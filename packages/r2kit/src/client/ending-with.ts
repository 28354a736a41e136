/** The same bytes, and `ended` called once, when they have ended, broken off or been cancelled. */
export const endingWith = (body: ReadableStream<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
        } catch (error) {
          ended()
          throw error
        }
        ended()
        controller.close()
      },
      async cancel(reason) {
        ended()
        await reader.cancel(reason)
      },
    },
    // Reads nothing ahead: the window is the transport's.
    { highWaterMark: 0 },
  )
}
