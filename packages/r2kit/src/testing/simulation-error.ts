/** The failure of a simulated run, for a test's report. It is no `R2Error`: no request failed, the code under test did. */

/** A defect of a run. */
export type SimulationProblem =
  /** `run` threw. */
  | { readonly kind: 'error'; readonly message: string; readonly error: unknown }
  /** `run` waited for something other than the virtual clock and files. */
  | { readonly kind: 'stuck'; readonly message: string }
  /** A promise was rejected, and no code handled it. */
  | { readonly kind: 'unhandled-rejection'; readonly message: string; readonly error: unknown }
  /** A call of a client had not ended when `run` ended. */
  | { readonly kind: 'pending-call'; readonly message: string }
  /** A streamed response was neither read until its end nor cancelled. */
  | { readonly kind: 'open-response'; readonly message: string }
  /** A timer was still pending after all clients had been disposed. */
  | { readonly kind: 'pending-timer'; readonly message: string }
  /** A multipart upload was neither completed nor aborted. */
  | { readonly kind: 'unfinished-upload'; readonly message: string }

export type SimulationProblemKind = SimulationProblem['kind']

/** A simulated run that failed: the seed that repeats it, and everything that was found. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  /** Pass it to `simulate` to repeat the run. */
  readonly seed: number
  readonly problems: readonly SimulationProblem[]

  constructor(seed: number, problems: readonly SimulationProblem[]) {
    const causes = problems.flatMap((problem) => ('error' in problem ? [problem.error] : []))
    const found = problems.map(({ message }) => `- ${message}`).join('\n')
    super(
      `The simulation with seed ${seed} failed:\n${found}\nReplay it with \`seed: ${seed}\` in the options of simulate().`,
      causes.length === 0 ? {} : { cause: causes[0] },
    )
    this.seed = seed
    this.problems = problems
  }
}
