/** Exit codes of the command. Scripts branch on them, so a number never changes its meaning. */
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

/** One of the numbers in `exitCodes`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Each exit code with its meaning, in ascending order: the table that `--help` prints. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, 'success; also when the reader of standard output closes it early'],
  [exitCodes.someFailed, 'failed; a recursive command has processed all other objects'],
  [exitCodes.usage, 'the command line or the configuration is invalid; nothing was done'],
  [exitCodes.notFound, 'the bucket, object or file does not exist'],
  [exitCodes.authentication, 'credentials are missing, invalid or lack permission'],
  [exitCodes.temporary, 'temporary failure (network, 429, 5xx): the same command may succeed later'],
  [exitCodes.commandFailed, 'the program of --from-command failed; nothing was stored'],
  [exitCodes.hungUp, 'interrupted by SIGHUP; no incomplete object or file is left at the target'],
  [exitCodes.interrupted, 'interrupted by SIGINT (Ctrl-C); likewise'],
  [exitCodes.terminated, 'interrupted by SIGTERM; likewise'],
]
