/** Reports the calls of a provider of credentials. Not loaded lazily: the time of a provider is limited. */
import type { CredentialContext, CredentialProvider, CredentialsInput } from '../security/index.js'
import { eventErrorOf } from './event-error.js'
import type { EventStream } from './event-stream.js'

/** Calls the provider once, and reports how that ended. */
export const observeProvider = async (
  provider: CredentialProvider,
  stream: EventStream,
  context: CredentialContext | undefined,
): Promise<CredentialsInput> => {
  const startedMs = stream.clock.monotonicMs()
  const durationMs = () => stream.clock.monotonicMs() - startedMs
  try {
    const credentials = await provider(context)
    const expiresAtMs = credentials.expiresAt?.getTime()
    stream.emit({ type: 'credentials.refreshed', durationMs: durationMs(), expiresAtMs })
    return credentials
  } catch (error) {
    stream.emit({ type: 'credentials.failed', durationMs: durationMs(), error: eventErrorOf(error) })
    throw error
  }
}
