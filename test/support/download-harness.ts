/** The engine's downloads on virtual time, from a server without a network, with access to their reservations. */
import type { Integrity, R2ClientOptions } from 'r2kit'
import { ClientIntegrity } from '../../packages/r2kit/src/client/client-integrity.js'
import { createTransferContext, download } from '../../packages/r2kit/src/transfers/engine.js'
import { type StreamDownload, StreamDownloadHandle } from '../../packages/r2kit/src/transfers/handle/stream-download.js'
import { type Transfer, TransferControl, TransferHandle } from '../../packages/r2kit/src/transfers/handle/transfer.js'
import type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DownloadInput,
  DownloadResult,
  FileDownloadOptions,
  StreamDownloadOptions,
} from '../../packages/r2kit/src/transfers.js'
import { fakeClient } from './fake-transport.js'
import { ObjectServer, type StoredObject } from './object-server.js'

const target = { bucket: 'bucket', key: 'k' }

export const downloadHarness = (
  object?: StoredObject,
  settings: R2ClientOptions['transfers'] = {},
  checks: Integrity = 'crc32',
) => {
  const server = new ObjectServer(object)
  const { r2, clock } = fakeClient(undefined, { transport: server.transport, random: () => 0.5 })
  const warnings: string[] = []
  const context = createTransferContext(
    {
      objects: r2.objects,
      multipart: r2.multipart,
      endpoint: r2.endpoint,
      clock,
      random: () => 0.5,
      integrity: new ClientIntegrity(checks, '', undefined),
    },
    { onWarning: (message) => warnings.push(message), ...settings },
  )
  const toBytes = (options: BytesDownloadOptions & Partial<DownloadInput> = {}): Transfer<BytesDownloadResult> => {
    const control = new TransferControl(clock, options)
    return new TransferHandle(control, () => download.bytes(context, control, inputOf(options), options))
  }
  const toFile = (
    path: string,
    options: FileDownloadOptions & Partial<DownloadInput> = {},
  ): Transfer<DownloadResult> => {
    const control = new TransferControl(clock, options)
    return new TransferHandle(control, () => download.file(context, control, inputOf(options), options, { path }))
  }
  const toStream = (options: StreamDownloadOptions & Partial<DownloadInput> = {}): StreamDownload<DownloadResult> =>
    new StreamDownloadHandle(clock, options, (control, outlet) =>
      download.stream(context, control, inputOf(options), options, outlet),
    )
  const collect = async (download: StreamDownload<DownloadResult>): Promise<BytesDownloadResult> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of download.body) chunks.push(chunk)
    return { ...(await download), body: new Uint8Array(Buffer.concat(chunks)) }
  }
  /** Whether all transfers have released their reservations, permits and timers. */
  const isIdle = () => context.budget.usedBytes === 0 && context.limit.inUse === 0 && clock.timers === 0
  return { server, clock, context, warnings, toBytes, toFile, toStream, collect, isIdle }
}

const inputOf = ({ range, ssec, ifMatch }: Partial<DownloadInput>): DownloadInput => ({
  ...target,
  ...(range && { range }),
  ...(ssec && { ssec }),
  ...(ifMatch && { ifMatch }),
})

/** Runs turns of the event loop, so that all work that waits for no timer is done. */
export const flushEventLoop = async (turns = 50): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
