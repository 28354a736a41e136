/** `duplex` is required by platforms where a body streams. */
export type FetchInit = RequestInit & { duplex?: 'half' }

/**
 * Chooses a cache mode in which `fetch` adds no header. In its mode `default` it adds `Cache-Control: no-cache` to a conditional
 * request (Fetch Standard, HTTP-network-or-cache fetch), and R2 would store that with the object. In `force-cache` it adds
 * nothing, and no cache responds to a write.
 */
export const leaveDefaultCacheMode = (init: RequestInit): void => {
  const mode = { cache: 'force-cache' } as RequestInit
  try {
    // Workers reject this mode.
    new Request('http://localhost', mode)
    Object.assign(init, mode)
  } catch {
    // Such a platform adds no header either.
  }
}
