/** `simulation`: a transport that records the exchanges of a client, or replays a recording. */

import { createFolderOf } from '#config-files'
import type { Transport } from '../http/index.js'
import type { SimulationRecorder } from '../simulation/recording/simulation-recorder.js'
import type { SimulationReplayer } from '../simulation/recording/simulation-replayer.js'

/** The simulation of a configuration. */
export type Simulation =
  | { readonly mode: 'record'; readonly recordingPath: string; readonly recorder: SimulationRecorder }
  | { readonly mode: 'replay'; readonly recordingPath: string; readonly replayer: SimulationReplayer }

/** Options of the client that the recorder and the replayer share. */
interface SharedOptions {
  readonly addressing?: 'path' | 'virtual-host'
}

/** A simulation, and the `transport` option of its client. */
export interface StartedSimulation {
  readonly simulation: Simulation
  readonly transport: (platform: Transport) => Transport
}

/** Starts a recorder. The recording is written when the client is disposed. */
export const startRecorder = async (recordingPath: string, options: SharedOptions): Promise<StartedSimulation> => {
  const { SimulationRecorder } = await import('../simulation/recording/simulation-recorder.js')
  const recorder = new SimulationRecorder(options)
  const transport = (platform: Transport): Transport => {
    const recording = recorder.wrap(platform)
    return {
      name: recording.name,
      cannotSend: (path) => recording.cannotSend?.(path),
      send: (request) => recording.send(request),
      async close() {
        await recording.close()
        await createFolderOf(recordingPath)
        await recorder.save(recordingPath)
      },
    }
  }
  return { simulation: { mode: 'record', recordingPath, recorder }, transport }
}

/** Reads a recording. @throws R2Error `InvalidConfig` for a file that is no recording; an error of the file system */
export const startReplayer = async (recordingPath: string, options: SharedOptions): Promise<StartedSimulation> => {
  const { ReplayTransport, SimulationReplayer } = await import('../simulation/recording/simulation-replayer.js')
  const replayer = await SimulationReplayer.load(recordingPath, options)
  // A function, because options of connections are rejected beside a transport. The platform's opens nothing until it sends.
  return { simulation: { mode: 'replay', recordingPath, replayer }, transport: () => new ReplayTransport(replayer) }
}
