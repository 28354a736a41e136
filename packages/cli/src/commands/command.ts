/** The contract between the program and its commands. */
import type { Command } from 'commander'
import type { CredentialsInput, Integrity, R2Client } from 'r2kit'
import type { SigningCredentials } from 'r2kit/protocol'
import type { ConfigurationProblem } from '../errors/error-kinds.js'
import type { ExitCode } from '../errors/exit-codes.js'
import type { SettingEvent } from '../output/events.js'
import type { Output } from '../output/output.js'
import type { Io } from '../process/io.js'

/** Everything that a command may use. */
export interface CommandContext {
  readonly io: Io
  readonly output: Output
  /** Arguments after `--`. Empty if there is no `--`. */
  readonly argumentsAfterDashes: readonly string[]
  /** Aborted when the command is interrupted, and when the reader of standard output closes it. */
  readonly signal: AbortSignal
  /**
   * The client for the options and environment of this run. Created by the first call, disposed when the command ends.
   *
   * @param integrity the check of uploads and downloads. @defaultValue that of the configuration
   */
  connect(integrity?: Integrity): Promise<R2Client>
  /**
   * All settings for the options and environment of this run, and their problems.
   *
   * @param file the configuration file. @defaultValue that of `--config`
   */
  configuration(file?: string): Promise<ShownConfiguration>
  /**
   * The credentials for the options and environment of this run.
   * @throws R2Error `InvalidCredentials` if they are missing
   */
  credentials(): Promise<SigningCredentials>
  /** The credentials for the options, environment and configuration of this run; undefined if there are none. */
  knownCredentials(): Promise<CredentialsInput | undefined>
}

/** A configuration as `r2 config` shows it. */
interface ShownConfiguration {
  readonly settings: readonly Omit<SettingEvent, 'event'>[]
  readonly problems: readonly ConfigurationProblem[]
}

/** Runs the work of a command and keeps its exit code. Errors of the work are reported, not thrown. */
export type Run = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>

/** A module that implements one command. */
export interface CommandModule {
  /** Adds arguments, options, help and action to `command`. */
  define(command: Command, run: Run): void
}
