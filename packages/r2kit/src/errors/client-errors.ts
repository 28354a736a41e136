/**
 * The errors that the client itself makes on its way through a call: a wrong input, a connection that breaks, a response that
 * proves nothing. Small programs load only these rows of the table; `error-table.ts` has the errors that servers send, and those
 * of transfers.
 */
import type { ErrorEntry } from './error-entry.js'

/** As in `error-table.ts`: the comment of a row is its meaning in `docs/errors.md`, and a row without `hint` has the reason. */
export const clientErrorRows = {
  /**
   * An option of the client is missing or wrong.
   * @noAdvice The advice depends on the option, which the error names: see its `hint`.
   */
  InvalidConfig: { kind: 'Config', retryable: false },
  /**
   * A field of the request breaks a rule; nothing was sent.
   * @noAdvice The advice depends on the field, which the error names: see its `hint`.
   */
  InvalidInput: { kind: 'Validation', retryable: false },
  /** The transport cannot send this key unchanged; nothing was sent. */
  KeyNotSendable: {
    kind: 'Validation',
    retryable: false,
    hint: 'Use the undici transport (the default on Node), or a key without "." and ".." segments.',
  },
  /** R2 needs the length of a body before the body is sent. */
  LengthRequired: {
    kind: 'Validation',
    retryable: false,
    r2Number: 10033,
    hint: 'Pass contentLength, or use r2.transfers.upload, which takes streams of unknown length.',
  },
  /** The session token of temporary credentials has expired. */
  ExpiredToken: {
    kind: 'Auth',
    retryable: false,
    hint: 'Use a credential provider, which the client calls again before credentials expire.',
  },
  /** The credentials are malformed, or the credential provider failed. */
  InvalidCredentials: {
    kind: 'Auth',
    retryable: false,
    hint: 'An R2 access key id has 32 characters and its secret 64. Check that the two are not swapped.',
  },
  /** The content of the object is not JSON. */
  InvalidJson: { kind: 'Object', retryable: false, hint: 'Read the object with text() to see its content.' },
  /** The bytes that arrived differ from the bytes that were sent. */
  IntegrityMismatch: {
    kind: 'Object',
    retryable: true,
    r2Number: 10037,
    hint: 'Repeat the call. If it fails again, the body changes while it is read, or a proxy changes it.',
  },
  /** The source of an upload threw an error, yielded a value other than bytes, or has another length than declared. */
  SourceFailed: {
    kind: 'Transfer',
    retryable: false,
    hint: 'See the cause, open the source again and repeat the call.',
  },
  /** The connection broke before the response was complete. */
  ConnectionReset: {
    kind: 'Network',
    retryable: true,
    mayHaveActed: true,
    hint: 'Repeat the call. If it fails again, look for a proxy or firewall.',
  },
  /** The connection broke or stalled while a body was sent or received. */
  StreamInterrupted: {
    kind: 'Network',
    retryable: true,
    mayHaveActed: true,
    r2Number: 10013,
    hint: 'Repeat the call. If it fails again, check the network.',
  },
  /** No complete response arrived in time: a timeout, a deadline, or the timeout of the caller's signal has passed. */
  Timeout: {
    kind: 'Network',
    retryable: true,
    mayHaveActed: true,
    hint: 'Check the network, or allow more time.',
  },
  /** The response is larger than the caller allows in memory. */
  ResponseTooLarge: {
    kind: 'Network',
    retryable: false,
    hint: 'Use getStream or transfers.download for large objects, or raise maxBytes.',
  },
  /** The response is not one of R2's: it is truncated or malformed, or another server sent it. */
  InvalidResponse: {
    kind: 'Server',
    retryable: true,
    mayHaveActed: true,
    hint: 'If it persists, look for a proxy or captive portal that responds in place of R2.',
  },
  /**
   * The caller aborted the call.
   * @noAdvice The caller ended the call on purpose.
   */
  Aborted: { kind: 'Aborted', retryable: false },
  /** The client was disposed before the call, or before the call or its response body had ended. */
  ClientClosed: {
    kind: 'Config',
    retryable: false,
    hint: 'Await calls and bodies before dispose(), or use another client.',
  },
  /**
   * The input for a presigned URL breaks a rule; no URL was made.
   * @noAdvice The advice depends on the field, which the error names, and on the rule in its message.
   */
  InvalidPresign: { kind: 'Presign', retryable: false },
} as const satisfies Record<string, ErrorEntry>

/** The codes of errors that the client itself makes. */
export type ClientErrorCode = keyof typeof clientErrorRows
