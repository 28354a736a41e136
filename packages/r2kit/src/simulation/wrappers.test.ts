/** The contract of transports, for those that wrap another one: they must not weaken it. */
import { plainTransport } from '#test/support/plain-transport.js'
import { transportSuite } from '#test/support/transport-suite/index.js'
import { FaultInjectionTransport } from './faults/fault-injection-transport.js'
import { SimulationRecorder } from './recording/simulation-recorder.js'

transportSuite({
  name: 'a recorder around faults around a transport',
  create: (clock) => {
    const rules = [{ kind: 'latency', latencyMs: 0 }] as const
    return new SimulationRecorder({ clock }).wrap(new FaultInjectionTransport(plainTransport(clock), { rules, clock }))
  },
})
