/** The options of commands that inject faults, and their help. The parser of rules is loaded only if a rule is given. */
import type { Command } from 'commander'
import { isR2Error } from 'r2kit/protocol'
import type { FaultRule } from 'r2kit/simulation'
import { UsageError } from '../errors/error-kinds.js'
import { repeated, wholeNumber } from './option-values.js'

/** The values of the options that `addFaultOptions` declares. */
export interface FaultOptions {
  readonly fault?: readonly string[]
  readonly faultSeed: number
  readonly controlPort?: number
}

/** Declares `--fault`, `--fault-seed` and `--control-port`. */
export const addFaultOptions = (command: Command): Command =>
  command
    .option(
      '--fault <rule>',
      'inject a fault on the wire, such as kind=status,status=503,operation=PutObject,rate=0.3 (repeatable; see below)',
      repeated,
    )
    .option(
      '--fault-seed <number>',
      'seed of the rates of the faults',
      wholeNumber('--fault-seed', [0, 2 ** 32], 42),
      0,
    )
    .option(
      '--control-port <number>',
      'read and replace the faults over HTTP on this port of 127.0.0.1; 0 chooses a free one (default: off)',
      wholeNumber('--control-port', [0, 65_535], 9001),
    )
    .addHelpText('after', faultsHelp)

/** Parses the values of `--fault`. @throws UsageError naming the rule, the field and the nearest valid name */
export const parseFaults = async (texts: readonly string[] = []): Promise<FaultRule[]> => {
  if (texts.length === 0) return []
  const { parseFaultRule } = await import('r2kit/simulation')
  return texts.map((text) => {
    try {
      return parseFaultRule(text)
    } catch (error) {
      throw isR2Error(error) ? new UsageError(`--fault: ${error.message}.`, error.hint) : error
    }
  })
}

/** The help on rules and on the control port, for the commands that have them. */
const faultsHelp = `
Fault rules:
  Fields are separated by commas; write %2C for a comma and %25 for % in a value. The first rule that applies decides; latencies add up.
  Which requests:  operation=PutObject  bucket=films  key=films/*  partNumber=2  attempt=1  nth=10  rate=0.3  times=5
  kind=latency     latencyMs=100, or minMs=10,maxMs=200, or medianMs=50,p99Ms=2000
  kind=timeout | connection-refused | reset-before-request | reset-during-request | reset-after-commit | reset-during-response
  kind=truncated-response  contentLength=right|wrong
  kind=corrupted-request | corrupted-response
  kind=status      status=503, code=SlowDown, retryAfter=2
  kind=slow-down | too-many-requests  retryAfter=2
  kind=error-in-200  code=InternalError
  kind=slow-drip   bytesPerSecond=1000
  kind=clock-skew  skewMs=1200000

Control port (JSON, this machine only, not for web pages):
  $ curl http://127.0.0.1:9001/faults
  $ curl -X PUT -H 'content-type: application/json' -d '["kind=slow-down,rate=0.5"]' http://127.0.0.1:9001/faults
  $ curl -X DELETE http://127.0.0.1:9001/faults`
