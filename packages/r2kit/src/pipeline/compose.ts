/** The rest of a call or an attempt. */
export type Handler<Subject, Result> = (subject: Subject) => Promise<Result>

/** One concern around the rest of a call or an attempt. */
export type Layer<Subject, Result> = (next: Handler<Subject, Result>) => Handler<Subject, Result>

/** Wraps `handler` in layers; the first of the list is the outermost. */
export const compose = <Subject, Result>(
  layers: readonly Layer<Subject, Result>[],
  handler: Handler<Subject, Result>,
): Handler<Subject, Result> => layers.reduceRight((next, layer) => layer(next), handler)
