/**
 * What the command reports to the shell. The numbers are part of its interface: scripts branch on them.
 */
export const exitCodes = {
  ok: 0,
  someFailed: 1,
  usage: 2,
  notFound: 3,
  authentication: 4,
  temporary: 5,
  commandFailed: 6,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** For `--help`: number and meaning, in the order of the numbers. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, 'everything was done'],
  [exitCodes.someFailed, 'something failed; what else there was to do has been done'],
  [exitCodes.usage, 'the command line or the configuration is wrong; nothing was done'],
  [exitCodes.notFound, 'the bucket, object or file does not exist'],
  [exitCodes.authentication, 'the credentials are missing, wrong, or not allowed to do this'],
  [exitCodes.temporary, 'a temporary failure (network, 5xx, too many requests): the same command may succeed later'],
  [exitCodes.commandFailed, 'the command of --from-command failed, and nothing was stored'],
  [exitCodes.hungUp, 'ended by SIGHUP; as with the next two, nothing half-written is left behind'],
  [exitCodes.interrupted, 'ended by SIGINT (Ctrl-C)'],
  [exitCodes.terminated, 'ended by SIGTERM'],
]
