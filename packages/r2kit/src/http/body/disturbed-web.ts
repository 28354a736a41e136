/** Whether a stream has been read from, where there is only the web platform. Chosen by the import condition `#disturbed`. */

/** True for a Web stream of which anything was read or which was cancelled, by any reader. */
export const isDisturbed = (stream: object): boolean => {
  if (!(stream instanceof ReadableStream)) return false
  try {
    // A Response takes no stream that is disturbed (fetch.spec.whatwg.org, "extract a body"); it reads nothing of it.
    new Response(stream)
    return false
  } catch {
    // The constructor's only objection to an unlocked stream.
    return true
  }
}
