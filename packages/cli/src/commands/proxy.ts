import { once } from 'node:events'
import type { Command } from 'commander'
import { addFaultOptions, type FaultOptions, parseFaults } from '../arguments/fault-rules.js'
import { wholeNumber } from '../arguments/option-values.js'
import { systemErrorCode, UsageError } from '../errors/error-kinds.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

interface ProxyOptions extends FaultOptions {
  readonly target: string
  readonly port: number
  readonly record?: string
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Forwards S3 requests to an endpoint, injects faults, and can record the exchanges. Listens on 127.0.0.1 until Ctrl-C. ' +
        "Clients sign for the proxy's host, so the proxy signs again for the target, with the access key of --access-key-id or " +
        'R2_ACCESS_KEY_ID. Clients must use the same access key ID; the proxy does not verify their signatures. Clients ' +
        'address buckets in the path, or as <bucket>.localhost. Bodies pass unchanged; those without a length have at most 64 MiB.',
    )
    .requiredOption('--target <url>', 'the endpoint, such as https://<account id>.r2.cloudflarestorage.com')
    .option(
      '--port <number>',
      'port to listen on; 0 chooses a free one',
      wholeNumber('--port', [0, 65_535], 9000),
      9000,
    )
    .option(
      '--record <file>',
      'write the exchanges with the target to this file at the end, for r2kit/simulation; bodies are kept in memory until then',
    )
    .addHelpText('after', help)
  addFaultOptions(command).action((options: ProxyOptions) => run((context) => serve(context, options)))
}

const serve = async (
  { output, signal, credentials: resolveCredentials }: CommandContext,
  { target, port, fault, faultSeed, record, controlPort }: ProxyOptions,
): Promise<ExitCode> => {
  const faults = await parseFaults(fault)
  const credentials = await resolveCredentials()
  const [{ openFaultControl, startR2Proxy }, recorder] = await Promise.all([
    import('@r2kit/local'),
    record === undefined ? undefined : startRecorder(record),
  ])
  const proxy = await startR2Proxy({
    target,
    credentials,
    port,
    faults,
    faultSeed,
    ...(recorder && { recorder }),
  }).catch((error: unknown) => {
    throw asUsageError(error, port)
  })
  try {
    await using control =
      controlPort === undefined
        ? undefined
        : await openFaultControl(proxy, controlPort).catch((error: unknown) => {
            throw asUsageError(error, controlPort)
          })
    await output.emit({
      event: 'ready',
      endpoint: proxy.endpoint,
      accessKeyId: credentials.accessKeyId,
      target,
      ...(control !== undefined && { control: control.url }),
    })
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await proxy.close()
    if (record !== undefined) await recorder?.save(record)
  }
  // Ctrl-C is the regular end of a server, not an interruption.
  return exitCodes.ok
}

/** Writes an empty recording first, so that a file that cannot be written is an error at the start. */
const startRecorder = async (file: string) => {
  const { SimulationRecorder } = await import('r2kit/simulation')
  const recorder = new SimulationRecorder()
  try {
    await recorder.save(file)
  } catch (error) {
    throw new UsageError(
      `--record ${file} cannot be written: ${systemErrorCode(error) ?? error}.`,
      'Choose another file.',
    )
  }
  return recorder
}

const asUsageError = (error: unknown, port: number): unknown => {
  const code = systemErrorCode(error)
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error
  const problem = code === 'EADDRINUSE' ? 'is in use' : 'is not permitted to this user'
  return new UsageError(`Port ${port} ${problem}.`, 'Choose another port, or --port 0 for a free one.')
}

const help = `
Examples:
  $ r2 proxy --target https://$R2_ACCOUNT_ID.r2.cloudflarestorage.com --fault kind=slow-down,rate=0.1
  $ r2 proxy --target http://127.0.0.1:9000 --port 9100 --record run.recording.json
  $ R2_ENDPOINT=http://127.0.0.1:9100 r2 ls`
