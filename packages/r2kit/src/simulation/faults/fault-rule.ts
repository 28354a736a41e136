/** A fault, and the requests that it is injected into. Data only: `fault-plan.ts` decides, transports and the local R2 act. */
import {
  anyText,
  eitherOf,
  type Field,
  type Fields,
  integer,
  listOf,
  number,
  type ObjectField,
  objectOf,
  oneOf,
  type Refuse,
  required,
  unreadable,
} from '../../validation/index.js'
import { operationField } from './fault-operations.js'

/** Which requests a rule applies to. A field that is left out applies to all. */
export interface FaultSelection {
  /** S3's name of the operation: `PutObject`, `UploadPart`, `ListObjectsV2`. */
  readonly operation?: string | undefined
  readonly bucket?: string | undefined
  /** A key, in which `*` stands for any text: `films/*.mp4`. */
  readonly key?: string | undefined
  /** Number of the part, for `UploadPart`. */
  readonly partNumber?: number | undefined
  /**
   * Number of the request among those for the same operation, bucket, key and part, from 1: `1` is the first attempt, `2` its
   * repetition.
   */
  readonly attempt?: number | undefined
  /** Number of the request among those that the other fields select, in order of arrival, from 1. */
  readonly nth?: number | undefined
  /**
   * Share of the selected requests, from 0 to 1. Drawn from the seed and the request's target, not in order of arrival, so
   * that a run repeats exactly whatever its concurrency. @defaultValue 1
   */
  readonly rate?: number | undefined
  /** Most faults that the rule injects. @defaultValue unlimited */
  readonly times?: number | undefined
}

/** A delay: of a fixed length, uniform between two bounds, or long-tailed. */
export type Latency =
  | number
  | { readonly minMs: number; readonly maxMs: number }
  /** Half of the delays are shorter than `medianMs`, one in a hundred is longer than `p99Ms`; log-normal. */
  | { readonly medianMs: number; readonly p99Ms: number }

/** What goes wrong. `latency` adds to any other fault; of the others, the first rule that applies decides. */
export type Fault =
  /** The request, or its response, is delayed. */
  | { readonly kind: 'latency'; readonly latencyMs: Latency }
  /** No response comes; the attempt ends by its timeout. */
  | { readonly kind: 'timeout' }
  /** The connection is refused. */
  | { readonly kind: 'connection-refused' }
  /** The connection breaks before any byte of the request has been sent. */
  | { readonly kind: 'reset-before-request' }
  /** The connection breaks in the middle of the request body: the server has not acted. */
  | { readonly kind: 'reset-during-request' }
  /** The server acts, and the connection breaks before its response. */
  | { readonly kind: 'reset-after-commit' }
  /** The connection breaks in the middle of the response body. */
  | { readonly kind: 'reset-during-response' }
  /** The response ends in the middle of its body; with `contentLength: 'wrong'` its header claims that this is all. @defaultValue 'right' */
  | { readonly kind: 'truncated-response'; readonly contentLength?: 'right' | 'wrong' | undefined }
  /** One bit of the response body flips. */
  | { readonly kind: 'corrupted-response' }
  /** One bit of the request body flips. */
  | { readonly kind: 'corrupted-request' }
  /** The server responds with this status, and does not act. */
  | {
      readonly kind: 'status'
      readonly status: number
      /** S3's code. @defaultValue R2's usual one for the status */
      readonly code?: string | undefined
      /** `Retry-After`: seconds, or an HTTP date. */
      readonly retryAfter?: number | string | undefined
    }
  /** 503 SlowDown. */
  | { readonly kind: 'slow-down'; readonly retryAfter?: number | string | undefined }
  /** 429 TooManyRequests, R2's response to more than one write per second and key. */
  | { readonly kind: 'too-many-requests'; readonly retryAfter?: number | string | undefined }
  /** An error document in a response with status 200, as S3 sends for copies and completions that fail late. */
  | { readonly kind: 'error-in-200'; readonly code?: string | undefined }
  /** The response body arrives at this rate. */
  | { readonly kind: 'slow-drip'; readonly bytesPerSecond: number }
  /** The server's clock differs by this much: it dates its responses so, and refuses signatures more than 15 minutes away. */
  | { readonly kind: 'clock-skew'; readonly skewMs: number }

export type FaultKind = Fault['kind']

/** A fault and its selection. */
export type FaultRule = FaultSelection & Fault

const selection: Fields<FaultSelection> = {
  operation: operationField,
  bucket: anyText,
  key: anyText,
  partNumber: integer(1, 10_000),
  attempt: integer(1),
  nth: integer(1),
  rate: number(0, 1),
  times: integer(0),
}

const milliseconds = number(0, Number.MAX_SAFE_INTEGER)

const uniform = objectOf('a uniform latency', { minMs: required(milliseconds), maxMs: required(milliseconds) })
const longTailed = objectOf('a long-tailed latency', {
  medianMs: required(number(0.001, 1e9)),
  p99Ms: required(number(0.001, 1e9)),
})

/** The same object, whose first field is not above its second one. */
const ascending = <Low extends string, High extends string>(
  field: Field<Record<Low | High, number>>,
  low: Low,
  high: High,
): Field<Record<Low | High, number>> => ({
  takes: field.takes,
  read(value, name, refuse) {
    const read = field.read(value, name, refuse)
    if (read[low] <= read[high]) return read
    throw refuse(`${name}.${low}`, `is ${read[low]}, which is more than ${high}, ${read[high]}`, 'Exchange the two.')
  },
})

const latency: Field<Latency> = eitherOf<Latency>(
  'milliseconds, { minMs, maxMs } or { medianMs, p99Ms }',
  'Pass 100, { minMs: 10, maxMs: 200 } or { medianMs: 50, p99Ms: 2_000 }.',
  (value) => {
    if (typeof value === 'number') return milliseconds
    if (typeof value !== 'object' || value === null) return undefined
    return 'minMs' in value || 'maxMs' in value
      ? ascending(uniform, 'minMs', 'maxMs')
      : ascending(longTailed, 'medianMs', 'p99Ms')
  },
)

const retryAfter: Field<number | string> = eitherOf<number | string>(
  'a number of seconds, or an HTTP date',
  "Pass 2, or 'Wed, 21 Oct 2026 07:28:00 GMT'.",
  (value) =>
    typeof value === 'number' ? number(0, Number.MAX_SAFE_INTEGER) : typeof value === 'string' ? anyText : undefined,
)

type RuleOf<Kind extends FaultKind> = FaultSelection & Extract<Fault, { kind: Kind }>

/** Kind → its rules. Also the list of all kinds. */
const rulesByKind: { readonly [Kind in FaultKind]: ObjectField<RuleOf<Kind>> } = {
  latency: objectOf<RuleOf<'latency'>>("a 'latency' fault", {
    ...selection,
    kind: required(oneOf('latency')),
    latencyMs: required(latency),
  }),
  timeout: objectOf<RuleOf<'timeout'>>("a 'timeout' fault", { ...selection, kind: required(oneOf('timeout')) }),
  'connection-refused': objectOf<RuleOf<'connection-refused'>>("a 'connection-refused' fault", {
    ...selection,
    kind: required(oneOf('connection-refused')),
  }),
  'reset-before-request': objectOf<RuleOf<'reset-before-request'>>("a 'reset-before-request' fault", {
    ...selection,
    kind: required(oneOf('reset-before-request')),
  }),
  'reset-during-request': objectOf<RuleOf<'reset-during-request'>>("a 'reset-during-request' fault", {
    ...selection,
    kind: required(oneOf('reset-during-request')),
  }),
  'reset-after-commit': objectOf<RuleOf<'reset-after-commit'>>("a 'reset-after-commit' fault", {
    ...selection,
    kind: required(oneOf('reset-after-commit')),
  }),
  'reset-during-response': objectOf<RuleOf<'reset-during-response'>>("a 'reset-during-response' fault", {
    ...selection,
    kind: required(oneOf('reset-during-response')),
  }),
  'truncated-response': objectOf<RuleOf<'truncated-response'>>("a 'truncated-response' fault", {
    ...selection,
    kind: required(oneOf('truncated-response')),
    contentLength: oneOf('right', 'wrong'),
  }),
  'corrupted-response': objectOf<RuleOf<'corrupted-response'>>("a 'corrupted-response' fault", {
    ...selection,
    kind: required(oneOf('corrupted-response')),
  }),
  'corrupted-request': objectOf<RuleOf<'corrupted-request'>>("a 'corrupted-request' fault", {
    ...selection,
    kind: required(oneOf('corrupted-request')),
  }),
  status: objectOf<RuleOf<'status'>>("a 'status' fault", {
    ...selection,
    kind: required(oneOf('status')),
    status: required(integer(200, 599)),
    code: anyText,
    retryAfter,
  }),
  'slow-down': objectOf<RuleOf<'slow-down'>>("a 'slow-down' fault", {
    ...selection,
    kind: required(oneOf('slow-down')),
    retryAfter,
  }),
  'too-many-requests': objectOf<RuleOf<'too-many-requests'>>("a 'too-many-requests' fault", {
    ...selection,
    kind: required(oneOf('too-many-requests')),
    retryAfter,
  }),
  'error-in-200': objectOf<RuleOf<'error-in-200'>>("a 'error-in-200' fault", {
    ...selection,
    kind: required(oneOf('error-in-200')),
    code: anyText,
  }),
  'slow-drip': objectOf<RuleOf<'slow-drip'>>("a 'slow-drip' fault", {
    ...selection,
    kind: required(oneOf('slow-drip')),
    bytesPerSecond: required(number(0.001, Number.MAX_SAFE_INTEGER)),
  }),
  'clock-skew': objectOf<RuleOf<'clock-skew'>>("a 'clock-skew' fault", {
    ...selection,
    kind: required(oneOf('clock-skew')),
    skewMs: required(integer(Number.MIN_SAFE_INTEGER)),
  }),
}

/** All kinds of faults. */
export const faultKinds: readonly FaultKind[] = Object.keys(rulesByKind) as FaultKind[]

const kind = oneOf(...faultKinds)

const kindOf = (value: unknown, name: string, refuse: Refuse): unknown => {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return Reflect.get(value, 'kind')
  } catch (cause) {
    throw unreadable(cause, `${name}.kind`, refuse)
  }
}

/** A rule, checked and copied. */
const faultRuleField: Field<FaultRule> = {
  takes: 'a fault rule',
  read(value: unknown, name: string, refuse: Refuse): FaultRule {
    const found = kindOf(value, name, refuse)
    const known = kind.read(found, `${name}.kind`, refuse)
    return rulesByKind[known].read(value, name, refuse)
  },
}

/** A list of rules, checked and copied. */
export const faultRulesField: Field<readonly FaultRule[]> = listOf(faultRuleField)

/** The names of the fields that a rule of this kind may have beside `kind`. */
export const faultFieldsOf = (known: FaultKind): readonly string[] =>
  Object.keys(rulesByKind[known].fields).filter((name) => name !== 'kind')

/** Checks and copies one rule; its fields are named without a prefix in errors. */
export const readFaultRule = (value: unknown, refuse: Refuse): FaultRule => faultRuleField.read(value, '', refuse)
