/** Whether a stream has been read from, on platforms without Node's streams. Selected by the import condition `#disturbed`. */

/** Whether any reader has read from or cancelled a Web stream. */
export const isDisturbed = (stream: object): boolean => {
  if (!(stream instanceof ReadableStream)) return false
  try {
    // A Response rejects a disturbed stream (fetch.spec.whatwg.org, "extract a body"), and reads nothing of any other.
    new Response(stream)
    return false
  } catch {
    // The constructor's only objection to an unlocked stream.
    return true
  }
}
