/** Records what a client does over a transport, and replays it. */
import { R2Client, type R2ClientOptions, type Transport } from 'r2kit'
import {
  type RecorderOptions,
  type ReplayOptions,
  ReplayTransport,
  SimulationRecorder,
  SimulationReplayer,
} from 'r2kit/simulation'
import { testCredentials } from './fake-transport.js'

type ClientOptions = Partial<Omit<R2ClientOptions, 'accountId' | 'endpoint' | 'connections'>>

export const clientOver = (transport: Transport, options: ClientOptions = {}): R2Client =>
  new R2Client({ endpoint: 'https://r2.test', credentials: testCredentials, transport, ...options })

export interface RecordedOptions {
  readonly client?: ClientOptions
  readonly recorder?: RecorderOptions
  readonly replay?: ReplayOptions
}

/** Records what `work` does, and returns its result, the recorder, and a client that replays it. */
export const recorded = async <T>(
  transport: Transport,
  work: (r2: R2Client) => Promise<T>,
  options: RecordedOptions = {},
): Promise<{ result: T; recorder: SimulationRecorder; replayer: SimulationReplayer; r2: R2Client }> => {
  const recorder = new SimulationRecorder(options.recorder)
  const result = await work(clientOver(recorder.wrap(transport), options.client))
  const replayer = new SimulationReplayer(recorder.export(), options.replay)
  return { result, recorder, replayer, r2: clientOver(new ReplayTransport(replayer), options.client) }
}
