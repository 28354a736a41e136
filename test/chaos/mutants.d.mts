export interface Mutant {
  readonly name: string
  /** Below `packages/r2kit/src`. */
  readonly file: string
  readonly replace: string
  readonly by: string
  /** Number of seeds within which the simulation must notice it. */
  readonly within: number
}

export const mutants: readonly Mutant[]
